//! An http or https origin: scheme, host and port (RFC 6454 section 4). Two origins are the same
//! when all three parts are; they are never compared as text.

use std::fmt;

use super::authority;
use super::fault::OriginFault;
use super::host::Host;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

impl Scheme {
    /// Reads a scheme's name, in any case.
    pub(in crate::domain) fn parse(name: &str) -> Option<Self> {
        [Self::Http, Self::Https]
            .into_iter()
            .find(|scheme| name.eq_ignore_ascii_case(scheme.name()))
    }

    pub(super) fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `Display` writes it as browsers do (RFC 6454 section 6.2): `https://app.example.com`, with the
/// port only where it isn't the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub(super) scheme: Scheme,
    pub(super) host: Host,
    /// The default port, too, is a number here.
    pub(super) port: u16,
}

impl Origin {
    /// Reads the `host[:port]` after `scheme://`. Upper case and a default port are taken; any
    /// other form than the one that browsers send is refused.
    pub(in crate::domain) fn parse(scheme: Scheme, text: &str) -> Result<Self, OriginFault> {
        let (host, port) = authority::parse(text)?;
        if matches!(host, Host::Ipv6(_)) && !starts_with_ignoring_case(text, &host.to_string()) {
            return Err(OriginFault::Ipv6);
        }
        let port = port.unwrap_or(scheme.default_port());
        Ok(Self { scheme, host, port })
    }

    pub(in crate::domain) fn is_private(&self) -> bool {
        self.host.is_private()
    }

    pub(in crate::domain) fn leads_inward(&self) -> bool {
        self.host.leads_inward()
    }

    /// The host as a connection is made to it, and the port.
    pub fn address(&self) -> (String, u16) {
        (self.host.to_string(), self.port)
    }

    /// Whether the host is an address and not a name.
    pub fn is_at_address(&self) -> bool {
        !matches!(self.host, Host::Domain(_))
    }

    pub fn is_secure(&self) -> bool {
        self.scheme == Scheme::Https
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        if self.port != self.scheme.default_port() {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

/// Whether `name` has the form of a scheme (RFC 3986 section 3.1).
pub(super) fn is_scheme(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(scheme: Scheme, text: &str) -> String {
        Origin::parse(scheme, text).expect(text).to_string()
    }

    #[test]
    fn scheme_is_read_in_any_case() {
        assert_eq!(Scheme::parse("HTTP"), Some(Scheme::Http));
        assert_eq!(Scheme::parse("hTTps"), Some(Scheme::Https));
        for name in ["", "htt", "httpss", "ftp"] {
            assert_eq!(Scheme::parse(name), None);
        }
    }

    #[test]
    fn default_port_is_not_shown_and_any_other_is() {
        assert_eq!(shown(Scheme::Http, "a.example:80"), "http://a.example");
        assert_eq!(shown(Scheme::Https, "a.example:443"), "https://a.example");
        assert_eq!(shown(Scheme::Http, "a.example:443"), "http://a.example:443");
        assert_eq!(shown(Scheme::Https, "a.example:80"), "https://a.example:80");
    }

    #[test]
    fn explicit_default_port_makes_the_same_origin() {
        assert_eq!(
            Origin::parse(Scheme::Https, "a.example"),
            Origin::parse(Scheme::Https, "A.example:443")
        );
    }

    #[test]
    fn ipv6_is_read_in_the_form_browsers_send_only() {
        assert_eq!(shown(Scheme::Http, "[2001:DB8::1]:81"), "http://[2001:db8::1]:81");
        for text in ["[0:0:0:0:0:0:0:1]", "[::01]", "[::ffff:127.0.0.1]", "[1:2:3:4:5:6:7::]"] {
            assert_eq!(Origin::parse(Scheme::Http, text), Err(OriginFault::Ipv6));
        }
    }
}
