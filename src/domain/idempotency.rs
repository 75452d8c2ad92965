//! The key under which a client sends a request again without its being carried out twice
//! (draft-ietf-httpapi-idempotency-key-header-07).

use sha2::{Digest, Sha256};

/// How long a key counts: 24 hours, in milliseconds.
pub const KEPT_MILLIS: i64 = 86_400_000;

/// A client's own name for a request: 1 to 255 characters of printable ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    #[error("is empty")]
    Empty,
    #[error("has more than {} characters", IdempotencyKey::MAX)]
    TooLong,
    #[error("must be one key of printable ASCII; blanks and commas need quotes around it")]
    Malformed,
}

impl IdempotencyKey {
    pub const MAX: usize = 255;

    /// Reads a header: a string in quotes, as the draft has it (RFC 8941 section 3.3.3), or the
    /// same text without them, as many clients send it. Without quotes neither blanks nor commas
    /// belong to a key, since several headers arrive as one with commas between.
    pub fn parse(header: &str) -> Result<Self, KeyFault> {
        let header = header.trim_matches([' ', '\t']);
        let text = match header.strip_prefix('"') {
            Some(rest) => unquoted(rest).ok_or(KeyFault::Malformed)?,
            None => header.to_owned(),
        };
        let is_bare = !header.starts_with('"');
        let is_one = |byte: u8| match byte {
            b' ' | b',' | b'"' | b'\\' => !is_bare,
            other => other.is_ascii_graphic(),
        };
        match text.len() {
            0 => Err(KeyFault::Empty),
            _ if !text.bytes().all(is_one) => Err(KeyFault::Malformed),
            length if length > Self::MAX => Err(KeyFault::TooLong),
            _ => Ok(Self(text)),
        }
    }
}

/// The content of a string whose first quote is gone; `None` unless it ends with the text.
fn unquoted(rest: &str) -> Option<String> {
    let mut text = String::new();
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => return characters.next().is_none().then_some(text),
            '\\' => text.push(characters.next().filter(|c| matches!(c, '"' | '\\'))?),
            other => text.push(other),
        }
    }
}

/// A request under a key, as it is remembered: digests only, since a key may tell what isn't meant
/// to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Of the key and of where it counts.
    pub id: String,
    /// Of the request's body.
    pub request: String,
}

impl Claim {
    /// `scope` are the parts of where the key counts: the caller, the method and the path.
    pub fn of(key: &IdempotencyKey, scope: &[&str], body: &[u8]) -> Self {
        let mut digest = Sha256::new();
        for part in scope.iter().chain([&key.0.as_str()]) {
            // With its length before it no part runs into the next one.
            digest.update(format!("{}:{part}", part.len()));
        }
        Self { id: hex(&digest.finalize()), request: hex(&Sha256::digest(body)) }
    }
}

fn hex(digest: &[u8]) -> String {
    base16ct::lower::encode_string(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(header: &str) -> Result<String, KeyFault> {
        IdempotencyKey::parse(header).map(|key| key.0)
    }

    #[test]
    fn a_key_is_read_with_and_without_quotes() {
        let longest = "k".repeat(255);
        for (header, read) in [
            ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
            ("\"8e03978e\"", "8e03978e"),
            (" k\t", "k"),
            ("\"a, b\"", "a, b"),
            (r#""\"\\""#, r#""\"#),
            ("!~", "!~"),
            (&longest, &longest),
            (&format!("\"{longest}\""), &longest),
        ] {
            assert_eq!(key(header).as_deref(), Ok(read), "{header}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for (header, fault) in [
            ("", KeyFault::Empty),
            (" ", KeyFault::Empty),
            ("\"\"", KeyFault::Empty),
            (&"k".repeat(256), KeyFault::TooLong),
            (&format!("\"{}\"", "k".repeat(256)), KeyFault::TooLong),
            ("a b", KeyFault::Malformed),
            ("a, b", KeyFault::Malformed),
            ("\"a\", \"b\"", KeyFault::Malformed),
            ("\"a", KeyFault::Malformed),
            ("a\"", KeyFault::Malformed),
            ("\"a\\", KeyFault::Malformed),
            ("\"a\\b\"", KeyFault::Malformed),
            ("\"", KeyFault::Malformed),
            ("é", KeyFault::Malformed),
            ("\"é\"", KeyFault::Malformed),
            ("a\u{0}", KeyFault::Malformed),
            ("\"a\tb\"", KeyFault::Malformed),
            ("a\u{7f}", KeyFault::Malformed),
        ] {
            assert_eq!(key(header), Err(fault), "{header}");
        }
    }

    #[test]
    fn a_claim_depends_on_each_part_and_on_the_body() {
        let key = IdempotencyKey::parse("k").unwrap();
        let claim = Claim::of(&key, &["a", "bc"], b"{}");
        assert_eq!(claim, Claim::of(&IdempotencyKey::parse("\"k\"").unwrap(), &["a", "bc"], b"{}"));
        for scope in [vec!["ab", "c"], vec!["abc"], vec!["a", "b", "c"], vec!["a", "bc", ""]] {
            assert_ne!(claim.id, Claim::of(&key, &scope, b"{}").id, "{scope:?}");
        }
        let other = Claim::of(&key, &["a", "bc"], b"{ }");
        assert_eq!(claim.id, other.id);
        assert_ne!(claim.request, other.request);
        assert!(claim.id.len() == 64 && claim.request.len() == 64);
    }
}
