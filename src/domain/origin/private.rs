//! Hosts that aren't on the public internet, and public names that lead to such hosts.
//!
//! The address or the name alone decides, by the special-purpose registries (RFC 6890). Nothing is
//! resolved here: of the public names with a private address, those of services that are made for
//! it are known, and others aren't noticed.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::host::Host;

/// Names that no public server has, together with all names under them: RFC 6761, RFC 6762 with its
/// appendix G, RFC 7686, RFC 8375, ICANN's reservations of 2018 and 2024 (`home`, `corp`;
/// `internal`), and what machines, clusters and routers call their own.
const PRIVATE_SUFFIXES: [&str; 14] = [
    "localhost",
    "local",
    "internal",
    "home.arpa",
    "home",
    "corp",
    "lan",
    "intranet",
    "private",
    "localdomain",
    "svc",
    "test",
    "invalid",
    "onion",
];

/// Public services whose names, all of them under these, lead inward by design.
const INWARD_SERVICES: [&str; 19] = [
    // They answer with the address that stands in the name: 10-0-0-1.nip.io.
    "nip.io",
    "sslip.io",
    "xip.io",
    "backname.io",
    "traefik.me",
    "local-ip.co",
    "plex.direct",
    // The same, with another address the second time.
    "rbndr.us",
    "1u.ms",
    // They answer with the address of the machine that asks: 127.0.0.1.
    "localtest.me",
    "lvh.me",
    "vcap.me",
    "fuf.me",
    "lacolhost.com",
    "localho.st",
    "local.gd",
    "lcl.host",
    "lndo.site",
    "ddev.site",
];

impl Host {
    /// Whether a request to the host may end on a private network or on this machine.
    pub(super) fn leads_inward(&self) -> bool {
        self.is_private()
            || matches!(self, Self::Domain(domain) if is_under(domain, &INWARD_SERVICES))
    }

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
    !domain.contains('.') || is_under(domain, &PRIVATE_SUFFIXES)
}

/// Whether a name is one of `names`, or under one.
fn is_under(domain: &str, names: &[&str]) -> bool {
    let ends_in = |name: &&str| {
        domain.strip_suffix(*name).is_some_and(|head| head.is_empty() || head.ends_with('.'))
    };
    names.iter().any(ends_in)
}

/// Blocks of IPv4: the first address and the length of the prefix in bits.
const PRIVATE_V4: [(Ipv4Addr, u32); 14] = [
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
    // Documentation.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
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
        // IPv4-compatible, with the unspecified address and the loopback; IPv4-mapped;
        // IPv4-translated (RFC 2765); the well-known prefix of NAT64; 6to4, whose IPv4 address
        // follows the prefix.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_private_v4(embedded(high, low)),
        [0x2002, high, low, ..] if is_private_v4(embedded(high, low)) => true,
        // ISATAP (RFC 5214): the IPv4 address is that of a machine on the site.
        [.., 0 | 0x200, 0x5efe, high, low] if is_private_v4(embedded(high, low)) => true,
        // Teredo, whose IPv4 address is obfuscated; benchmarks; ORCHID; documentation, twice.
        [0x2001, 0 | 0x10..=0x1f | 0xdb8, ..] | [0x2001, 2, 0, ..] | [0x3fff, 0..=0xfff, ..] => {
            true
        }
        // Of all others, only 2000::/3 is given to public servers: not unique local, link-local,
        // site-local or multicast addresses, nor those of NAT64 within a network (RFC 8215).
        [first, ..] => !(0x2000..=0x3fff).contains(&first),
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
            (["192.0.2.0", "192.0.2.255"], ["192.0.1.255", "192.0.3.0"]),
            (["198.51.100.0", "198.51.100.255"], ["198.51.99.255", "198.51.101.0"]),
            (["203.0.113.0", "203.0.113.255"], ["203.0.112.255", "203.0.114.0"]),
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
            "[64:ff9b:1:ffff::1]",
            "[64:ff9b:2::1]",
            "[2001::1]",
            "[2001:0:808:808::1]",
            "[2001:2::1]",
            "[2001:10::1]",
            "[2001:1f:ffff::1]",
            "[2001:db8::1]",
            "[2001:db8:ffff:ffff::1]",
            "[3fff::1]",
            "[3fff:fff::1]",
            "[100::1]",
            "[5f00::1]",
            "[fbff::1]",
            "[1fff:ffff::1]",
            "[4000::1]",
        ] {
            assert!(is_private(address), "{address}");
        }
        for address in [
            "[2606:4700::1111]",
            "[2001:1::1]",
            "[2001:2:1::1]",
            "[2001:20::1]",
            "[2001:db7:ffff::1]",
            "[2001:db9::1]",
            "[2000::1]",
            "[3ffe:ffff::1]",
            "[3fff:1000::1]",
        ] {
            assert!(!is_private(address), "{address}");
        }
    }

    #[test]
    fn an_ipv4_address_within_ipv6_is_judged_by_itself() {
        for (head, tail) in [
            ("::ffff:", ""),
            ("::", ""),
            ("::ffff:0:", ""),
            ("64:ff9b::", ""),
            ("2002:", "::1"),
            ("2606:4700::5efe:", ""),
            ("2606:4700::200:5efe:", ""),
            ("2002:808:808::5efe:", ""),
        ] {
            for (private, public) in [("a00:1", "808:808"), ("7f00:1", "cb00:7201")] {
                assert!(is_private(&format!("[{head}{private}{tail}]")), "{head}{private}");
                assert!(!is_private(&format!("[{head}{public}{tail}]")), "{head}{public}");
            }
        }
        for address in ["[::ffff:10.0.0.1]", "[::127.0.0.1]", "[64:ff9b::169.254.169.254]"] {
            assert!(is_private(address), "{address}");
        }
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
            "wiki.intranet",
            "a.private",
            "localhost.localdomain",
        ] {
            assert!(is_private(name), "{name}");
        }
        for name in
            ["mylocalhost.example", "a.notlocal", "internal.example", "home.arpa.example", "a.lane"]
        {
            assert!(!is_private(name), "{name}");
        }
    }

    #[test]
    fn public_services_that_lead_inward_are_known_and_no_private_hosts() {
        for name in ["10.0.0.1.nip.io", "10-0-0-1.SSLIP.io", "nip.io", "a.lvh.me", "localtest.me"] {
            let host = Host::parse(name).unwrap();
            assert!(host.leads_inward() && !host.is_private(), "{name}");
        }
        for name in ["notnip.io", "nip.io.example", "a.example", "[2606:4700::1111]", "8.8.8.8"] {
            assert!(!Host::parse(name).unwrap().leads_inward(), "{name}");
        }
        for name in ["10.0.0.1", "[::1]", "ollama"] {
            assert!(Host::parse(name).unwrap().leads_inward(), "{name}");
        }
    }
}
