//! Headers that a target sends to its upstream: a text, or a Worker secret that is known by name.
//!
//! What belongs to the connection, to the body or to this service stays with the Worker. A header
//! that opens a door must name a secret: what stands in a target is shown to everybody who may read
//! it, and is written to the audit log.

use serde::{Deserialize, Serialize};

use crate::domain::secret_name::SecretName;

/// The name of a header that a target may set, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct HeaderName(String);

/// Names that are the Worker's, and beginnings of such names.
const RESERVED: [&str; 9] = [
    "host",
    "cookie",
    "connection",
    "transfer-encoding",
    "x-request-id",
    "upgrade",
    "te",
    "trailer",
    "expect",
];
const RESERVED_HEADS: [&str; 5] = ["content-", "accept", "cf-", "proxy-", "keep-alive"];

/// Cloudflare's AI Gateway is spoken to with these.
const AI_GATEWAY: &str = "cf-aig-";

/// The header of the key, unless a target has another.
pub const AUTHORIZATION: &str = "authorization";

impl HeaderName {
    /// In characters.
    pub const MAX: usize = 64;

    /// A token of RFC 9110 section 5.6.2 that isn't the Worker's own.
    pub fn parse(text: &str) -> Result<Self, HeaderFault> {
        let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if text.is_empty() || text.len() > Self::MAX || !text.bytes().all(is_token) {
            return Err(HeaderFault::NotAName);
        }
        let name = text.to_ascii_lowercase();
        let is_reserved = RESERVED.contains(&name.as_str())
            || RESERVED_HEADS.iter().any(|head| name.starts_with(head));
        if is_reserved && !name.starts_with(AI_GATEWAY) {
            return Err(HeaderFault::Reserved);
        }
        Ok(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what it holds opens a door.
    pub fn is_credential(&self) -> bool {
        [AUTHORIZATION, "api-key"].iter().any(|end| self.0.ends_with(end))
    }
}

impl From<HeaderName> for String {
    fn from(name: HeaderName) -> Self {
        name.0
    }
}

impl TryFrom<String> for HeaderName {
    type Error = HeaderFault;

    fn try_from(text: String) -> Result<Self, HeaderFault> {
        Self::parse(&text)
    }
}

/// A header; its JSON form is the wire's and the database's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Header {
    /// With a text that everybody may know.
    Text {
        name: HeaderName,
        /// Checked by [`check_text`].
        value: String,
    },
    Secret {
        name: HeaderName,
        secret: SecretName,
        /// What stands before the secret, such as `Bearer `.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prefix: Option<String>,
    },
}

impl Header {
    pub fn name(&self) -> &HeaderName {
        match self {
            Self::Text { name, .. } | Self::Secret { name, .. } => name,
        }
    }

    pub fn secret(&self) -> Option<&SecretName> {
        match self {
            Self::Text { .. } => None,
            Self::Secret { secret, .. } => Some(secret),
        }
    }
}

/// Holds a value to 1 to `max` printable ASCII characters.
pub fn check_text(text: &str, max: usize) -> Result<(), HeaderFault> {
    if text.len() > max {
        return Err(HeaderFault::TooLong(max));
    }
    let is_printable = |b: u8| (b' '..=b'~').contains(&b);
    if text.trim().is_empty() || !text.bytes().all(is_printable) {
        return Err(HeaderFault::NotPrintable);
    }
    Ok(())
}

/// Why a header was refused. `Display` reads on after the field's name: "must be …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    #[error("must be the name of a header: 1 to {} letters, digits, - and _", HeaderName::MAX)]
    NotAName,
    /// A name that the Worker sets itself, or that a request to an upstream never has.
    #[error(
        "is not for targets to set: the Worker's own are Host, Cookie, Content-*, Accept*, Connection and its like, Transfer-Encoding, X-Request-Id and CF-* (but cf-aig-*)"
    )]
    Reserved,
    #[error("must have at most {0} characters")]
    TooLong(usize),
    #[error("must have printable ASCII characters only, and something to see")]
    NotPrintable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_token_in_any_case() {
        for (text, stored) in [
            ("HTTP-Referer", "http-referer"),
            ("x_title", "x_title"),
            ("A", "a"),
            ("Cf-Aig-Authorization", "cf-aig-authorization"),
        ] {
            assert_eq!(HeaderName::parse(text).unwrap().as_str(), stored);
        }
        let long = "a".repeat(65);
        assert!(HeaderName::parse(&long[..64]).is_ok());
        for text in ["", " ", "a b", "a:", "ä", "a\n", "a\"", &long] {
            assert_eq!(HeaderName::parse(text), Err(HeaderFault::NotAName), "{text}");
        }
    }

    #[test]
    fn what_is_the_workers_own_is_not_for_targets() {
        for text in [
            "Host",
            "COOKIE",
            "Content-Type",
            "content-length",
            "Content-Encoding",
            "Accept",
            "accept-encoding",
            "Connection",
            "Keep-Alive",
            "Transfer-Encoding",
            "X-Request-Id",
            "CF-Connecting-IP",
            "cf-ray",
            "Upgrade",
            "TE",
            "Trailer",
            "Expect",
            "Proxy-Authorization",
        ] {
            assert_eq!(HeaderName::parse(text), Err(HeaderFault::Reserved), "{text}");
        }
        for text in ["hosts", "x-cookie", "x-content-type", "cf-aig-metadata", "x-request-id-2"] {
            assert!(HeaderName::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_opens_a_door_is_known_by_its_name() {
        let opens = |text| HeaderName::parse(text).unwrap().is_credential();
        assert!(
            ["Authorization", "cf-aig-authorization", "api-key", "X-Api-Key"]
                .into_iter()
                .all(opens)
        );
        assert!(!["x-title", "openai-organization", "api-keys"].into_iter().any(opens));
    }

    #[test]
    fn a_value_is_printable_and_bounded_from_both_sides() {
        assert_eq!(check_text("Bearer ", 7), Ok(()));
        assert_eq!(check_text("12345678", 7), Err(HeaderFault::TooLong(7)));
        for text in ["", "  ", "a\nb", "a\tb", "é", "a\u{7f}"] {
            assert_eq!(check_text(text, 9), Err(HeaderFault::NotPrintable), "{text:?}");
        }
    }

    #[test]
    fn the_stored_form_is_that_of_the_wire() {
        for text in [
            r#"[{"name":"x-title","value":"Shop"}]"#,
            r#"[{"name":"x-key","secret":"UPSTREAM_X","prefix":"Key "}]"#,
            r#"[{"name":"x-key","secret":"UPSTREAM_X"}]"#,
        ] {
            let headers: Vec<Header> = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&headers).unwrap(), text);
        }
        for text in
            [r#"[{"name":"host","value":"x"}]"#, r#"[{"name":"x-key","secret":"sk-1"}]"#, "[{}]"]
        {
            assert!(serde_json::from_str::<Vec<Header>>(text).is_err(), "{text}");
        }
    }
}
