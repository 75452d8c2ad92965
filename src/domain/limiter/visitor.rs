//! Who is counted: one visitor, known by the address, or one signed-in user, whatever the address
//! (contract sections 8 and 3.9). A browser changes its IPv6 address within a /64 as it likes
//! (RFC 8981) and stays one visitor all the same.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor(Known);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    /// The id that the site's server gave the user.
    User(String),
    V4(Ipv4Addr),
    /// An IPv6 /64, as its first address.
    V6(Ipv6Addr),
    /// Everyone without a readable address, together.
    Unknown,
}

impl Visitor {
    /// The signed-in user whom a minted value names by this id.
    pub fn from_user(id: &str) -> Self {
        Self(Known::User(id.to_owned()))
    }

    /// The visitor at an address: an IPv4 address, the IPv4 address that an IPv6 one maps
    /// (RFC 4291 section 2.5.5.2), or an IPv6 /64. All other text is one visitor.
    pub fn from_ip(text: &str) -> Self {
        let address = text.parse::<IpAddr>().map(|ip| ip.to_canonical());
        Self(match address {
            Ok(IpAddr::V4(address)) => Known::V4(address),
            Ok(IpAddr::V6(address)) => {
                Known::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64))
            }
            Err(_) => Known::Unknown,
        })
    }
}

impl fmt::Display for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            // No address begins with a word and a blank.
            Known::User(id) => write!(f, "user {id}"),
            Known::V4(address) => write!(f, "{address}"),
            Known::V6(network) => write!(f, "{network}/64"),
            Known::Unknown => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Visitor;

    fn text(ip: &str) -> String {
        Visitor::from_ip(ip).to_string()
    }

    #[test]
    fn an_ipv4_address_is_one_visitor() {
        assert_eq!(text("203.0.113.7"), "203.0.113.7");
        assert_ne!(Visitor::from_ip("203.0.113.7"), Visitor::from_ip("203.0.113.8"));
    }

    #[test]
    fn an_ipv6_64_is_one_visitor_and_its_neighbours_are_others() {
        let network = "2001:db8:1:2::/64";
        for ip in ["2001:db8:1:2::", "2001:DB8:1:2::7", "2001:db8:1:2:ffff:ffff:ffff:ffff"] {
            assert_eq!(text(ip), network);
        }
        for ip in ["2001:db8:1:1:ffff:ffff:ffff:ffff", "2001:db8:1:3::", "::2"] {
            assert_ne!(text(ip), network);
        }
    }

    #[test]
    fn an_ipv4_mapped_address_is_the_ipv4_address() {
        for ip in ["::ffff:203.0.113.7", "::ffff:cb00:7107"] {
            assert_eq!(Visitor::from_ip(ip), Visitor::from_ip("203.0.113.7"));
        }
        assert_eq!(text("::fffe:203.0.113.7"), "::/64");
    }

    #[test]
    fn a_user_is_nobody_at_an_address() {
        for id in ["203.0.113.7", "unknown", "::/64", "user"] {
            assert_eq!(Visitor::from_user(id).to_string(), format!("user {id}"));
            assert_ne!(Visitor::from_user(id), Visitor::from_ip(id));
            assert_eq!(Visitor::from_ip(&format!("user {id}")), Visitor::from_ip(""));
        }
    }

    #[test]
    fn unreadable_addresses_are_one_visitor() {
        for ip in ["", "unknown", "203.0.113", "203.0.113.07", " 203.0.113.7", "[::1]", "fe80::1%0"]
        {
            assert_eq!(text(ip), "unknown", "{ip:?}");
        }
    }
}
