//! Reading the `Origin` header of a request (RFC 6454 section 7, contract section 5).
//!
//! Only this header tells one web page from another, so it is read strictly: a value that no
//! browser sends is malformed.

use std::fmt;

use super::authority;
use super::web::{Origin, Scheme, is_scheme};

/// The most bytes of the host of an origin that isn't http or https: those of the longest domain.
const LONGEST_FOREIGN_HOST: usize = 253;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestOrigin {
    /// No such header: the request isn't from a browser, or it is a same-origin GET.
    Absent,
    /// `null`, from a sandboxed page, a local file or a redirect across origins.
    Null,
    /// `file://`, which old web views send for every page on the device: no more of a name than
    /// `null`.
    File,
    Web(Origin),
    /// An origin of another scheme, such as `capacitor://localhost` or
    /// `chrome-extension://…`; the scheme in lower case, the rest as it came.
    Foreign(String),
}

impl RequestOrigin {
    /// [`MalformedOrigin`] is whatever is neither `null` nor `file://` nor exactly one
    /// `scheme://host[:port]`: several origins, for example, or one with a path.
    pub fn parse(header: Option<&str>) -> Result<Self, MalformedOrigin> {
        let Some(text) = header else {
            return Ok(Self::Absent);
        };
        if text == "null" {
            return Ok(Self::Null);
        }
        let (name, rest) = text.split_once("://").ok_or(MalformedOrigin)?;
        if rest.is_empty() && name.eq_ignore_ascii_case("file") {
            return Ok(Self::File);
        }
        match Scheme::parse(name) {
            Some(scheme) => Origin::parse(scheme, rest).map(Self::Web).map_err(|_| MalformedOrigin),
            None if is_scheme(name) && is_foreign_authority(rest) => {
                Ok(Self::Foreign(format!("{}://{rest}", name.to_ascii_lowercase())))
            }
            None => Err(MalformedOrigin),
        }
    }

    /// As it is stored with a conversation; `None` when the header was absent.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Absent => None,
            present => Some(present.to_string()),
        }
    }
}

/// The origin as a browser writes it, or `no Origin`.
impl fmt::Display for RequestOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("no Origin"),
            Self::Null => f.write_str("null"),
            Self::File => f.write_str("file://"),
            Self::Web(origin) => write!(f, "{origin}"),
            Self::Foreign(text) => f.write_str(text),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the Origin header is neither \"null\" nor \"file://\" nor one \"scheme://host[:port]\"")]
pub struct MalformedOrigin;

/// Whether `text` is `host[:port]` of a scheme other than http and https. Such a host is opaque:
/// the rules for labels and IPv4 numbers don't apply to it.
fn is_foreign_authority(text: &str) -> bool {
    if text.starts_with('[') {
        return authority::parse(text).is_ok();
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    (1..=LONGEST_FOREIGN_HOST).contains(&host.len())
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~'))
        && port.is_none_or(|port| authority::parse_port(port).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(header: &str) -> String {
        RequestOrigin::parse(Some(header)).expect(header).to_string()
    }

    fn is_malformed(header: &str) -> bool {
        RequestOrigin::parse(Some(header)).is_err()
    }

    #[test]
    fn no_header_is_absent_and_leaves_no_text() {
        let origin = RequestOrigin::parse(None).unwrap();
        assert_eq!(origin, RequestOrigin::Absent);
        assert_eq!(origin.as_text(), None);
        assert_eq!(origin.to_string(), "no Origin");
    }

    #[test]
    fn null_is_null_in_lower_case_only() {
        let origin = RequestOrigin::parse(Some("null")).unwrap();
        assert_eq!(origin, RequestOrigin::Null);
        assert_eq!(origin.as_text().as_deref(), Some("null"));
        assert!(is_malformed("NULL"));
    }

    #[test]
    fn file_without_a_host_is_read_in_any_case_and_nothing_longer_is() {
        for header in ["file://", "FILE://", "File://"] {
            let origin = RequestOrigin::parse(Some(header)).unwrap();
            assert_eq!(origin, RequestOrigin::File);
            assert_eq!(origin.as_text().as_deref(), Some("file://"));
        }
        for header in
            ["file:", "file:/", "file:///", "file://, file://", "file:///sdcard/a.html", " file://"]
        {
            assert!(is_malformed(header), "{header}");
        }
        let named = RequestOrigin::Foreign("file://localhost".into());
        assert_eq!(RequestOrigin::parse(Some("file://localhost")), Ok(named));
    }

    #[test]
    fn web_origin_is_shown_as_browsers_write_it() {
        for header in [
            "https://app.example.com",
            "http://localhost:3000",
            "http://127.0.0.1:8080",
            "https://[2001:db8::1]:8443",
            "https://xn--bcher-kva.example",
        ] {
            assert!(matches!(RequestOrigin::parse(Some(header)), Ok(RequestOrigin::Web(_))));
            assert_eq!(shown(header), header);
            assert_eq!(
                RequestOrigin::parse(Some(header)).unwrap().as_text().as_deref(),
                Some(header)
            );
        }
        assert_eq!(shown("HTTPS://App.Example.COM:443"), "https://app.example.com");
    }

    #[test]
    fn origin_of_another_scheme_is_foreign_and_kept_as_it_came() {
        for header in [
            "capacitor://localhost",
            "ionic://localhost:8100",
            "chrome-extension://abcdefghijklmnop",
            "moz-extension://9d7f3a52-1c1e-4b7e-8f3a-000000000001",
            "safari-web-extension://6D5DA2F3",
            "app://127.1",
            "ftp://[::1]:21",
        ] {
            assert_eq!(
                RequestOrigin::parse(Some(header)),
                Ok(RequestOrigin::Foreign(header.into()))
            );
            assert_eq!(shown(header), header);
        }
        assert_eq!(shown("Capacitor://Host"), "capacitor://Host");
    }

    #[test]
    fn several_origins_are_malformed() {
        for header in [
            "https://a.example https://b.example",
            "https://a.example, https://b.example",
            "https://a.example,https://b.example",
            "capacitor://a capacitor://b",
            "null, null",
            "null https://a.example",
        ] {
            assert!(is_malformed(header), "{header}");
        }
    }

    #[test]
    fn path_query_fragment_and_userinfo_are_malformed() {
        for rest in [
            "a.example/",
            "a.example/x",
            "a.example?x",
            "a.example#x",
            "a.example\\x",
            "user@a.example",
            "user:pass@a.example",
            "@a.example",
        ] {
            assert!(is_malformed(&format!("https://{rest}")), "{rest}");
            assert!(is_malformed(&format!("app://{rest}")), "{rest}");
        }
    }

    #[test]
    fn anything_that_is_no_origin_is_malformed() {
        for header in [
            "",
            " ",
            "*",
            "native",
            "a.example",
            "localhost:3000",
            "//a.example",
            "://a.example",
            "https:",
            "https:a.example",
            "https:/a.example",
            "https://",
            "https://:443",
            "app://",
            "1app://a",
            "a b://a",
            "app://a:",
            "app://a:0",
            "app://a:65536",
            "app://a:b",
            "app://[::",
            "https://*.a.example",
            "https://a.example.",
            "https://a..example",
            "https://127.1",
            "https://a.example:",
            "https://a.example:080",
            "https://[::01]",
            "https://b\u{fc}cher.example",
            " https://a.example",
            "https://a.example ",
            "https://a.example\0",
            "app://b\u{fc}cher",
        ] {
            assert!(is_malformed(header), "{header:?}");
        }
    }

    #[test]
    fn foreign_host_of_253_characters_is_kept_and_of_254_is_malformed() {
        assert!(!is_malformed(&format!("app://{}", "a".repeat(253))));
        assert!(is_malformed(&format!("app://{}", "a".repeat(254))));
    }
}
