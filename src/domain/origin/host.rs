//! The host of an origin: a domain, an IPv4 or an IPv6 address (WHATWG URL section 3.5).
//!
//! Only the form in which a browser writes a host is taken. Where the URL standard repairs an input
//! (`127.1`, percent-escapes), a fault says what to write instead.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::fault::OriginFault;
use super::punycode;

/// Bytes of a domain as text, without a trailing dot (RFC 1035 section 2.3.4).
pub(super) const LONGEST_DOMAIN: usize = 253;
const LONGEST_LABEL: usize = 63;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// Lower case, without empty labels.
    Domain(String),
    Ipv4(Ipv4Addr),
    Ipv6(Ipv6Addr),
}

impl Host {
    pub(super) fn parse(text: &str) -> Result<Self, OriginFault> {
        if text.is_empty() {
            return Err(OriginFault::EmptyHost);
        }
        if let Some(inner) = text.strip_prefix('[') {
            return inner
                .strip_suffix(']')
                .and_then(|address| address.parse().ok())
                .map(Self::Ipv6)
                .ok_or(OriginFault::Ipv6);
        }
        check_characters(text)?;
        let domain = text.to_ascii_lowercase();
        check_labels(&domain)?;
        if ends_in_a_number(&domain) {
            return domain.parse().map(Self::Ipv4).map_err(|_| OriginFault::Ipv4);
        }
        Ok(Self::Domain(domain))
    }

    /// Whether the host is the visitor's own machine: `localhost` and the names under it (RFC 6761
    /// section 6.3), `127.0.0.0/8`, `::1`.
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Domain(domain) => domain
                .strip_suffix("localhost")
                .is_some_and(|head| head.is_empty() || head.ends_with('.')),
            Self::Ipv4(address) => address.is_loopback(),
            Self::Ipv6(address) => address.is_loopback(),
        }
    }

    /// Whether this is `parent` with one or more labels in front.
    pub(super) fn is_subdomain_of(&self, parent: &Self) -> bool {
        match (self, parent) {
            (Self::Domain(domain), Self::Domain(parent)) => {
                domain.strip_suffix(parent.as_str()).is_some_and(|head| head.ends_with('.'))
            }
            _ => false,
        }
    }
}

/// The WHATWG serialisation. Unlike std's, it never writes the end of an IPv6 address as IPv4.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(domain) => f.write_str(domain),
            Self::Ipv4(address) => write!(f, "{address}"),
            Self::Ipv6(address) => match (address.to_ipv4_mapped(), address.segments()) {
                (Some(_), [.., high, low]) => write!(f, "[::ffff:{high:x}:{low:x}]"),
                _ => write!(f, "[{address}]"),
            },
        }
    }
}

fn check_characters(text: &str) -> Result<(), OriginFault> {
    for found in text.chars() {
        match found {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => {}
            '*' => return Err(OriginFault::MisplacedWildcard),
            '%' => return Err(OriginFault::PercentEscape),
            _ if found.is_ascii() => return Err(OriginFault::Character(found)),
            _ => return Err(OriginFault::NonAscii),
        }
    }
    Ok(())
}

fn check_labels(domain: &str) -> Result<(), OriginFault> {
    if domain.len() > LONGEST_DOMAIN {
        return Err(OriginFault::TooLong);
    }
    if domain.ends_with('.') {
        return Err(OriginFault::TrailingDot);
    }
    for label in domain.split('.') {
        if label.is_empty() {
            return Err(OriginFault::EmptyLabel);
        }
        if label.len() > LONGEST_LABEL {
            return Err(OriginFault::TooLong);
        }
        if let Some(encoded) = label.strip_prefix("xn--")
            && !punycode::is_valid(encoded)
        {
            return Err(OriginFault::Punycode(label.to_owned()));
        }
    }
    Ok(())
}

/// The "ends in a number" check of the URL standard: such a host is IPv4 or refused.
fn ends_in_a_number(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or(domain);
    match last.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests;
