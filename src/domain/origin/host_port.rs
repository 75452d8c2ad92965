//! `host` or `host:port`: an entry of the operator's list of hosts that a secret may be sent to.

use super::authority;
use super::fault::OriginFault;
use super::host::Host;
use super::web::Origin;

/// A host at one port, or at any port if none is given. There are no wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    host: Host,
    port: Option<u16>,
}

impl HostPort {
    pub fn parse(text: &str) -> Result<Self, OriginFault> {
        let (host, port) = authority::parse(text)?;
        Ok(Self { host, port })
    }

    pub fn includes(&self, origin: &Origin) -> bool {
        self.host == origin.host && self.port.is_none_or(|port| port == origin.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::origin::Scheme;

    fn includes(listed: &str, origin: &str) -> bool {
        let origin = Origin::parse(Scheme::Https, origin).unwrap();
        HostPort::parse(listed).unwrap().includes(&origin)
    }

    #[test]
    fn a_host_is_at_any_port_and_with_a_port_at_that_one() {
        assert!(includes("a.example", "a.example") && includes("A.example", "a.example:8443"));
        assert!(includes("a.example:443", "a.example") && includes("[::1]:9", "[::1]:9"));
        assert!(!includes("a.example:443", "a.example:8443"));
    }

    #[test]
    fn no_other_host_is_meant() {
        for other in ["b.example", "x.a.example", "a.example.org", "aa.example", "example"] {
            assert!(!includes("a.example", other), "{other}");
        }
    }

    #[test]
    fn urls_stars_and_ports_that_are_none_are_refused() {
        for text in ["https://a.example", "*.a.example", "a.example/v1", "a.example:0", "u@a", ""] {
            assert!(HostPort::parse(text).is_err(), "{text}");
        }
    }
}
