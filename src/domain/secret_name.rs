//! Names of Worker secrets.
//!
//! A target names the secret that holds its upstream's key. A text that looks like the key itself
//! is refused, so that no key is ever stored in the database.

use serde::{Deserialize, Serialize};

use crate::domain::upstream::known;

/// The name of a Worker secret: an upper-case letter and at most 63 of `[A-Z0-9_]` after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SecretName(String);

/// The words of a name are shorter; so many characters with digits among them look like a key.
const LONGEST_WORD: usize = 20;

impl SecretName {
    pub const MAX: usize = 64;

    /// Targets may name only secrets that begin so: the deployment has others.
    pub const PREFIX: &str = "UPSTREAM_";

    /// Takes the name as it stands, with or without [`SecretName::PREFIX`]: stored targets from
    /// before the prefix was required must still be readable, or nobody could correct them. A fault
    /// doesn't repeat the text: it may be a key.
    pub fn parse(text: &str) -> Result<Self, SecretNameFault> {
        if text == "TOKEN_KEYS" {
            return Err(SecretNameFault::Reserved);
        }
        let is_name = text.starts_with(|first: char| first.is_ascii_uppercase())
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if text.len() > Self::MAX || text.starts_with("sk-") || text.split('_').any(is_key_like) {
            Err(SecretNameFault::LooksLikeAKey)
        } else if is_name {
            Ok(Self(text.to_owned()))
        } else {
            Err(SecretNameFault::NotAName)
        }
    }

    /// Whether targets may name it: something follows [`SecretName::PREFIX`].
    pub fn is_for_upstreams(&self) -> bool {
        self.0.strip_prefix(Self::PREFIX).is_some_and(|rest| !rest.is_empty())
    }

    /// The hosts that it is for where the deployment lists none: those of the service that it is
    /// named after.
    pub fn default_hosts(&self) -> &'static [&'static str] {
        self.0.strip_prefix(Self::PREFIX).map_or(&[], known::hosts)
    }

    pub fn variable(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.0)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<SecretName> for String {
    fn from(name: SecretName) -> Self {
        name.0
    }
}

impl TryFrom<String> for SecretName {
    type Error = SecretNameFault;

    fn try_from(text: String) -> Result<Self, SecretNameFault> {
        Self::parse(&text)
    }
}

fn is_key_like(word: &str) -> bool {
    word.len() >= LONGEST_WORD && word.bytes().any(|b| b.is_ascii_digit())
}

/// Why a name was refused. `Display` reads on after the field's name: "must be the name …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretNameFault {
    #[error(
        "must be the name of a Worker secret, such as UPSTREAM_OPENAI (A-Z, 0-9 and _ only), never the key itself"
    )]
    NotAName,
    #[error(
        "must be the name of a Worker secret, such as UPSTREAM_OPENAI, and this looks like the key itself: set that as the secret, and send the secret's name"
    )]
    LooksLikeAKey,
    #[error("must not be TOKEN_KEYS, which signs this deployment's own credentials")]
    Reserved,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_upper_case_letters_digits_and_underscores() {
        for text in ["A", "OPENAI_API_KEY", "KEY_2", "SOMEPRODUCTIONKEY"] {
            assert_eq!(SecretName::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "_KEY", "2KEY", "openai_api_key", "OPENAI-KEY", "KEY ", "KÉY", "A.B"] {
            assert_eq!(SecretName::parse(text), Err(SecretNameFault::NotAName), "{text}");
        }
    }

    #[test]
    fn the_length_is_bounded_from_both_sides() {
        assert!(SecretName::parse(&"A".repeat(64)).is_ok());
        assert_eq!(SecretName::parse(&"A".repeat(65)), Err(SecretNameFault::LooksLikeAKey));
    }

    #[test]
    fn what_looks_like_a_key_is_refused_as_one() {
        for text in [
            "sk-abc",
            "sk-proj-0123456789abcdef0123456789abcdef",
            "AKIAIOSFODNN7EXAMPLE",
            "xai_0123456789abcdefghij",
            "gsk_0123456789ABCDEFGHIJ",
        ] {
            assert_eq!(SecretName::parse(text), Err(SecretNameFault::LooksLikeAKey), "{text}");
        }
    }

    #[test]
    fn only_what_follows_the_prefix_is_for_upstreams() {
        for (text, is_for_upstreams) in [
            ("UPSTREAM_OPENAI", true),
            ("UPSTREAM_2", true),
            ("UPSTREAM_", false),
            ("UPSTREAM", false),
            ("UPSTREAMX_A", false),
            ("OPENAI_API_KEY", false),
        ] {
            let name = SecretName::parse(text).unwrap();
            assert_eq!(name.is_for_upstreams(), is_for_upstreams, "{text}");
        }
    }

    #[test]
    fn the_signing_keys_are_nobodys_upstream_key() {
        assert_eq!(SecretName::parse("TOKEN_KEYS"), Err(SecretNameFault::Reserved));
        assert!(SecretName::parse("TOKEN_KEYS_2").is_ok());
    }
}
