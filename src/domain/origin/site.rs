//! An entry of `allowedOrigins` that names a host, unlike `*` and `native`: its parts, and their
//! comparison with those of an origin.

use std::fmt;

use super::authority;
use super::fault::OriginFault;
use super::host::{Host, LONGEST_DOMAIN};
use super::shared_suffix::is_shared;
use super::web::{Origin, Scheme, is_scheme};

/// The web origins that an entry admits, by their parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site {
    /// `None` in a bare entry: http or https.
    scheme: Option<Scheme>,
    /// Whether the subdomains of `host`, at any depth, are meant instead of `host` itself.
    subdomains: bool,
    host: Host,
    /// `None` in a bare entry without a port: any port.
    port: Option<u16>,
}

impl Site {
    pub(super) fn parse(entry: &str) -> Result<Self, OriginFault> {
        if entry.is_empty() {
            return Err(OriginFault::Empty);
        }
        if entry.chars().any(|found| found.is_whitespace() || found.is_control()) {
            return Err(OriginFault::Blank);
        }
        let (scheme, rest) = split_scheme(entry)?;
        let authority = without_tail(rest)?;
        let (subdomains, authority) = match authority.strip_prefix("*.") {
            Some(parent) => (true, parent),
            None => (false, authority),
        };
        let (host, port) = authority::parse(authority)?;
        if subdomains {
            check_parent(&host)?;
        }
        let port = port.or(scheme.map(Scheme::default_port));
        Ok(Self { scheme, subdomains, host, port })
    }

    pub(super) fn admits_http(&self) -> bool {
        self.scheme != Some(Scheme::Https)
    }

    pub(super) fn is_over_shared_suffix(&self) -> bool {
        self.subdomains && matches!(&self.host, Host::Domain(domain) if is_shared(domain))
    }

    pub(super) fn is_loopback(&self) -> bool {
        self.host.is_loopback()
    }

    pub(super) fn admits(&self, origin: &Origin) -> bool {
        let host_fits = if self.subdomains {
            origin.host.is_subdomain_of(&self.host)
        } else {
            origin.host == self.host
        };
        host_fits
            && self.scheme.is_none_or(|scheme| scheme == origin.scheme)
            && self.port.is_none_or(|port| port == origin.port)
    }

    /// Whether this admits every origin that `other` admits.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let host_fits = match (self.subdomains, other.subdomains) {
            (true, true) => other.host == self.host || other.host.is_subdomain_of(&self.host),
            (true, false) => other.host.is_subdomain_of(&self.host),
            (false, is_wider) => !is_wider && other.host == self.host,
        };
        host_fits
            && (self.scheme.is_none() || self.scheme == other.scheme)
            && (self.port.is_none() || self.port == other.port)
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = self.scheme {
            write!(f, "{scheme}://")?;
        }
        if self.subdomains {
            f.write_str("*.")?;
        }
        write!(f, "{}", self.host)?;
        match self.port {
            Some(port) if self.scheme.map(Scheme::default_port) != Some(port) => {
                write!(f, ":{port}")
            }
            _ => Ok(()),
        }
    }
}

/// Splits `scheme://` off. `localhost:3000` has none: its colon is followed by a port.
fn split_scheme(entry: &str) -> Result<(Option<Scheme>, &str), OriginFault> {
    let Some((name, after)) = entry.split_once(':') else {
        return Ok((None, entry));
    };
    match (Scheme::parse(name), after.strip_prefix("//")) {
        (Some(scheme), Some(rest)) => Ok((Some(scheme), rest)),
        (Some(_), None) => Err(OriginFault::MissingSlashes),
        (None, Some(_)) if !name.is_ascii() => Err(OriginFault::NonAscii),
        (None, Some(_)) if is_scheme(name) || name == "*" => Err(scheme_fault(name)),
        (None, None) if is_scheme_before(name, after) => Err(scheme_fault(name)),
        _ => Ok((None, entry)),
    }
}

/// Whether `name` is meant as a scheme, as in `mailto:x` and `blob:https://a.example`, and not as a
/// host before a bad port, as in `a.example:x`.
fn is_scheme_before(name: &str, after: &str) -> bool {
    is_scheme(name)
        && !name.contains('.')
        && after.starts_with(|next: char| next.is_ascii_alphabetic())
}

fn scheme_fault(name: &str) -> OriginFault {
    OriginFault::Scheme(name.to_owned())
}

/// Drops a single `/` at the end, and refuses whatever else follows the authority.
fn without_tail(rest: &str) -> Result<&str, OriginFault> {
    let (authority, tail) = split_before(rest, &['/', '\\', '?', '#']);
    let (path, after_path) = split_before(tail, &['?', '#']);
    if authority.is_empty() {
        Err(OriginFault::EmptyHost)
    } else if path.contains('\\') {
        Err(OriginFault::Backslash)
    } else if path.len() > 1 {
        Err(OriginFault::Path(path.to_owned()))
    } else if after_path.starts_with('?') {
        Err(OriginFault::Query)
    } else if after_path.starts_with('#') {
        Err(OriginFault::Fragment)
    } else {
        Ok(authority)
    }
}

fn split_before<'a>(text: &'a str, stops: &[char]) -> (&'a str, &'a str) {
    text.split_at(text.find(stops).unwrap_or(text.len()))
}

/// Checks the host after `*.`.
fn check_parent(host: &Host) -> Result<(), OriginFault> {
    match host {
        Host::Domain(domain) if !domain.contains('.') => Err(OriginFault::WildcardOverSingleLabel),
        // The shortest subdomain adds two characters, as in `a.`.
        Host::Domain(domain) if domain.len() + 2 > LONGEST_DOMAIN => Err(OriginFault::TooLong),
        Host::Domain(_) => Ok(()),
        Host::Ipv4(_) | Host::Ipv6(_) => Err(OriginFault::WildcardOverAddress),
    }
}
