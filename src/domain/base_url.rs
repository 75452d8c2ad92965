//! Base URLs: where an upstream is.
//!
//! A URL is requested exactly as it is stored. One that `fetch` would have to repair, one with a
//! credential in it and plain http over the public internet are refused when a target is saved.
//! Which addresses a deployment allows is decided in [`crate::domain::outbound`].

use serde::Deserialize;

use crate::domain::origin::{Origin, OriginFault, Scheme};

/// An https URL of a host, perhaps a port and perhaps a path; plain http to private addresses and
/// names only. It never ends with a slash.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BaseUrl {
    text: String,
    origin: Origin,
}

impl TryFrom<String> for BaseUrl {
    type Error = BaseUrlFault;

    fn try_from(text: String) -> Result<Self, BaseUrlFault> {
        Self::parse(&text)
    }
}

impl BaseUrl {
    /// In characters.
    pub const MAX: usize = 512;

    /// The host is written in lower case; a default port and slashes at the end are dropped.
    pub fn parse(text: &str) -> Result<Self, BaseUrlFault> {
        if text.chars().nth(Self::MAX).is_some() {
            return Err(BaseUrlFault::TooLong);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(BaseUrlFault::Blank);
        }
        let (scheme, rest) = text.split_once("://").ok_or(BaseUrlFault::Scheme)?;
        let scheme = Scheme::parse(scheme).ok_or(BaseUrlFault::Scheme)?;
        let (authority, path) =
            rest.split_at(rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len()));
        let origin = Origin::parse(scheme, authority)?;
        check_path(path)?;
        if scheme == Scheme::Http && !origin.is_private() {
            return Err(BaseUrlFault::Insecure);
        }
        Ok(Self { text: format!("{origin}{}", path.trim_end_matches('/')), origin })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// Holds a path to RFC 3986 section 3.3.
fn check_path(path: &str) -> Result<(), BaseUrlFault> {
    match path.find(['?', '#']).and_then(|at| path.get(at..)) {
        Some(tail) if tail.starts_with('?') => return Err(BaseUrlFault::Query),
        Some(_) => return Err(BaseUrlFault::Fragment),
        None => {}
    }
    let mut pieces = path.split('%');
    let head_is_plain = pieces.next().is_none_or(is_plain);
    let is_escape = |piece: &str| match piece.split_at_checked(2) {
        Some((hex, rest)) => hex.bytes().all(|b| b.is_ascii_hexdigit()) && is_plain(rest),
        None => false,
    };
    if head_is_plain && pieces.all(is_escape) { Ok(()) } else { Err(BaseUrlFault::Path) }
}

fn is_plain(piece: &str) -> bool {
    piece.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&b))
}

/// Why a base URL was refused. `Display` reads on after the field's name: "must begin with …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlFault {
    #[error("must have at most {} characters", BaseUrl::MAX)]
    TooLong,
    #[error("must not contain white space or control characters")]
    Blank,
    #[error("must begin with https://, as in https://api.example.com/v1")]
    Scheme,
    #[error(
        "must begin with https://; http:// is for this machine and for private networks only, such as http://localhost:11434 or http://ollama:11434"
    )]
    Insecure,
    #[error("must not hold a user name or password; name a Worker secret in apiKeySecret instead")]
    UserInfo,
    #[error("must name a host, as in https://api.example.com/v1")]
    NoHost,
    #[error("has a host that can't be one: {0}")]
    Host(OriginFault),
    #[error("has a port that is not a number from 1 to 65535 without leading zeros")]
    Port,
    #[error("has a character in its path that no URL has; percent-encode it, as in %20")]
    Path,
    #[error(
        "must not have a \"?\" and what follows it; put that into query: {{\"name\": \"value\"}}"
    )]
    Query,
    #[error("must not have a \"#\" and what follows it")]
    Fragment,
}

impl From<OriginFault> for BaseUrlFault {
    fn from(fault: OriginFault) -> Self {
        match fault {
            OriginFault::UserInfo => Self::UserInfo,
            OriginFault::EmptyHost => Self::NoHost,
            OriginFault::Port(_) => Self::Port,
            // Only entries of allowedOrigins have wildcards; here a star is a wrong character.
            OriginFault::MisplacedWildcard => Self::Host(OriginFault::Character('*')),
            fault => Self::Host(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> String {
        BaseUrl::parse(text).expect(text).as_str().to_owned()
    }

    #[test]
    fn a_path_is_kept_and_slashes_at_the_end_are_dropped() {
        assert_eq!(stored("https://api.example.com/v1"), "https://api.example.com/v1");
        assert_eq!(stored("https://api.example.com/v1/"), "https://api.example.com/v1");
        assert_eq!(stored("https://api.example.com//"), "https://api.example.com");
        assert_eq!(
            stored("https://a.example/a%20b/~c;d=1:2@3"),
            "https://a.example/a%20b/~c;d=1:2@3"
        );
    }

    #[test]
    fn scheme_host_and_port_are_stored_as_fetch_would_send_them() {
        assert_eq!(stored("HTTPS://API.Example.com:443/V1"), "https://api.example.com/V1");
        assert_eq!(stored("https://a.example:8443"), "https://a.example:8443");
        assert_eq!(stored("https://[2001:db8::1]/x"), "https://[2001:db8::1]/x");
    }

    #[test]
    fn plain_http_stays_within_private_networks() {
        for text in [
            "http://localhost:11434/v1",
            "http://ollama.localhost",
            "http://127.8.9.1",
            "http://[::1]:8080",
            "http://10.0.0.1",
            "http://ollama:11434",
            "http://models.svc",
            "http://host.docker.internal:8000/v1",
        ] {
            assert_eq!(stored(text), text);
        }
        for text in [
            "http://a.example",
            "http://8.8.8.8",
            "http://localhost.example",
            "http://[2606:4700::1111]",
            // Where it leads, only the service of the name decides.
            "http://10.0.0.1.nip.io",
            "http://localtest.me",
        ] {
            assert_eq!(BaseUrl::parse(text), Err(BaseUrlFault::Insecure), "{text}");
        }
    }

    #[test]
    fn what_fetch_would_repair_or_leak_is_refused() {
        let fault = |text: &str| BaseUrl::parse(text).unwrap_err();
        for text in ["", "api.example.com", "ftp://a.example", "://a.example", "https:/a.example"] {
            assert_eq!(fault(text), BaseUrlFault::Scheme, "{text}");
        }
        for text in ["https://user@a.example", "https://u:p@a.example/v1", "https://@a.example"] {
            assert_eq!(fault(text), BaseUrlFault::UserInfo, "{text}");
        }
        for text in ["https://", "https:///v1", "https://:443"] {
            assert_eq!(fault(text), BaseUrlFault::NoHost, "{text}");
        }
        for text in [
            "https://a.example/\\b",
            "https://a.example\\b",
            "https://a.example/%2",
            "https://a.example/%zz",
            "https://a.example/ü",
            "https://a.example/\"",
            "https://a.example/%é",
        ] {
            assert_eq!(fault(text), BaseUrlFault::Path, "{text}");
        }
        assert_eq!(fault("https://a.example/?key=1"), BaseUrlFault::Query);
        assert_eq!(fault("https://a.example#?"), BaseUrlFault::Fragment);
        assert_eq!(fault("https://a.example/ b"), BaseUrlFault::Blank);
        assert_eq!(fault("https://a.example:0"), BaseUrlFault::Port);
        assert_eq!(fault("https://127.1"), BaseUrlFault::Host(OriginFault::Ipv4));
        assert_eq!(fault("https://*.a.example"), BaseUrlFault::Host(OriginFault::Character('*')));
    }

    #[test]
    fn the_length_is_bounded_from_both_sides() {
        let of = |length: usize| format!("https://a.example/{}", "x".repeat(length - 18));
        assert_eq!(stored(&of(512)).len(), 512);
        assert_eq!(BaseUrl::parse(&of(513)), Err(BaseUrlFault::TooLong));
    }
}
