//! Hosts that aren't on the public internet.
//!
//! The address or the name alone decides, by the special-purpose registries (RFC 6890). A public
//! name that resolves to a private address isn't noticed: nothing is resolved here.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::host::Host;

/// Names that no public server has, together with all names under them: RFC 6761, RFC 6762, RFC
/// 7686, RFC 8375, ICANN's reservations of 2018 and 2024 (`home`, `corp`; `internal`), and what
/// clusters and routers call their own.
const PRIVATE_SUFFIXES: [&str; 11] = [
    "localhost",
    "local",
    "internal",
    "home.arpa",
    "home",
    "corp",
    "lan",
    "svc",
    "test",
    "invalid",
    "onion",
];

impl Host {
    /// Whether the host is on a private network, on this machine or on its link, or is an address
    /// that no server can have.
    pub(super) fn is_private(&self) -> bool {
        match self {
            Self::Domain(domain) => is_private_name(domain),
            Self::Ipv4(address) => is_private_v4(*address),
            Self::Ipv6(address) => is_private_v6(*address),
        }
    }
}

/// A name of a single label counts as private: it is looked up in the network's own domain.
fn is_private_name(domain: &str) -> bool {
    let ends_in = |suffix: &&str| {
        domain.strip_suffix(*suffix).is_some_and(|head| head.is_empty() || head.ends_with('.'))
    };
    !domain.contains('.') || PRIVATE_SUFFIXES.iter().any(ends_in)
}

/// Blocks of IPv4: the first address and the length of the prefix in bits.
const PRIVATE_V4: [(Ipv4Addr, u32); 11] = [
    // This network, private use, loopback.
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Shared by carriers and their customers (RFC 6598).
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // Link-local; clouds serve machines' metadata and credentials there.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // Private use.
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Protocol assignments, benchmarks.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Multicast; reserved, with the broadcast address.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

fn is_private_v4(address: Ipv4Addr) -> bool {
    let is_in = |(first, bits): (Ipv4Addr, u32)| {
        (address.to_bits() ^ first.to_bits()).leading_zeros() >= bits
    };
    PRIVATE_V4.into_iter().any(is_in)
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Unspecified, loopback, IPv4-compatible and IPv4-mapped; the well-known prefix of NAT64;
        // 6to4, whose IPv4 address follows the prefix.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => is_private_v4(embedded(high, low)),
        // NAT64 within a network (RFC 8215); Teredo, whose IPv4 address is obfuscated; unique
        // local; link-local and site-local; multicast.
        [0x64, 0xff9b, 1, ..]
        | [0x2001, 0, ..]
        | [0xfc00..=0xfdff | 0xfe80..=0xfeff | 0xff00..=0xffff, ..] => true,
        _ => false,
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_private(text: &str) -> bool {
        Host::parse(text).unwrap().is_private()
    }

    #[test]
    fn every_private_ipv4_range_is_known_from_both_sides() {
        for (inside, outside) in [
            (["0.0.0.0", "0.255.255.255"], ["1.0.0.0", "1.0.0.1"]),
            (["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0"]),
            (["100.64.0.0", "100.127.255.255"], ["100.63.255.255", "100.128.0.0"]),
            (["127.0.0.1", "127.255.255.255"], ["126.255.255.255", "128.0.0.0"]),
            (["169.254.0.0", "169.254.169.254"], ["169.253.255.255", "169.255.0.0"]),
            (["172.16.0.0", "172.31.255.255"], ["172.15.255.255", "172.32.0.0"]),
            (["192.0.0.0", "192.0.0.255"], ["191.255.255.255", "192.0.1.0"]),
            (["192.168.0.0", "192.168.255.255"], ["192.167.255.255", "192.169.0.0"]),
            (["198.18.0.0", "198.19.255.255"], ["198.17.255.255", "198.20.0.0"]),
            (["224.0.0.0", "255.255.255.255"], ["223.255.255.255", "8.8.8.8"]),
        ] {
            assert!(inside.iter().all(|address| is_private(address)), "{inside:?}");
            assert!(!outside.iter().any(|address| is_private(address)), "{outside:?}");
        }
    }

    #[test]
    fn private_ipv6_ranges_are_known() {
        for address in [
            "[::]",
            "[::1]",
            "[fc00::]",
            "[fdff:ffff::1]",
            "[fe80::1]",
            "[febf::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[64:ff9b:1::808:808]",
            "[2001::1]",
        ] {
            assert!(is_private(address), "{address}");
        }
        for address in ["[2001:db8::1]", "[2606:4700::1111]", "[fbff::1]", "[2001:1::1]"] {
            assert!(!is_private(address), "{address}");
        }
    }

    #[test]
    fn an_ipv4_address_within_ipv6_is_judged_by_itself() {
        for (head, tail) in [("::ffff:", ""), ("::", ""), ("64:ff9b::", ""), ("2002:", "::1")] {
            for (private, public) in [("a00:1", "808:808"), ("7f00:1", "cb00:7101")] {
                assert!(is_private(&format!("[{head}{private}{tail}]")), "{head}{private}");
                assert!(!is_private(&format!("[{head}{public}{tail}]")), "{head}{public}");
            }
        }
        assert!(is_private("[::ffff:10.0.0.1]"));
    }

    #[test]
    fn private_names_are_known_by_whole_labels() {
        for name in [
            "localhost",
            "LOCALHOST",
            "a.b.localhost",
            "printer.local",
            "metadata.google.internal",
            "nas.home.arpa",
            "intranet",
            "models.team.svc",
            "nas.lan",
            "a.home",
            "a.corp",
            "a.test",
            "a.invalid",
            "a.onion",
        ] {
            assert!(is_private(name), "{name}");
        }
        for name in
            ["mylocalhost.example", "a.notlocal", "internal.example", "home.arpa.example", "a.lane"]
        {
            assert!(!is_private(name), "{name}");
        }
    }
}
