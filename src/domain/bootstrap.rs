//! The Worker secret `BOOTSTRAP_KEY`: a deployment's first API key without a shell. Its value is good
//! for one exchange into an API key, and another value for one more.
//!
//! Whoever sets a Worker's secrets may do everything in it anyway, so an exchange takes no other
//! right.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::domain::{
    id::ApiKeyId,
    keyring::{Keyring, Purpose},
    time::Timestamp,
};

/// The secret's value, which is a bearer token as RFC 6750 section 2.1 spells it.
pub struct BootstrapKey(String);

/// Why there is no exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BootstrapFault {
    /// The deployment has no such secret.
    Unset,
    /// The deployment's secret can be guessed, or no header can carry it.
    Unusable,
    /// The request brings none.
    Missing,
    /// The request brings another one.
    Wrong,
}

/// What came of a value that was exchanged before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchanged {
    pub key: ApiKeyId,
    pub at: Timestamp,
}

impl BootstrapKey {
    /// In characters.
    pub const MIN: usize = 32;
    /// In characters.
    pub const MAX: usize = 512;
    /// The least different characters: hexadecimal digits, the fewest that random text is written
    /// in, have 8 of their 16 among 32 in all but one of millions.
    pub const MIN_DIFFERENT: usize = 8;

    /// Reads the secret; white space around it, which forms and shells leave there, doesn't count.
    pub fn parse(secret: Option<&str>) -> Result<Self, BootstrapFault> {
        let text = secret.map(str::trim).filter(|text| !text.is_empty());
        let text = text.ok_or(BootstrapFault::Unset)?;
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        let mut different: Vec<u8> = text.bytes().collect();
        different.sort_unstable();
        different.dedup();
        let is_usable = (Self::MIN..=Self::MAX).contains(&text.len())
            && text.bytes().all(is_token)
            && different.len() >= Self::MIN_DIFFERENT;
        if is_usable { Ok(Self(text.to_owned())) } else { Err(BootstrapFault::Unusable) }
    }

    /// Compared by tags, in constant time.
    pub fn is(&self, offered: &str, keyring: &Keyring) -> bool {
        let (key, purpose) = (keyring.signing_key(), Purpose::BootstrapKey);
        let tag = keyring.tag(key, purpose, self.0.as_bytes());
        tag.is_some_and(|tag| keyring.verifies(key, purpose, offered.as_bytes(), &tag))
    }

    /// What is stored of a value that is used up: 64 hex digits. It doesn't depend on the signing
    /// keys, so that changing those makes no value good again.
    pub fn mark(&self) -> String {
        let digest = Sha256::new().chain_update(b"client-tokens/bootstrap-mark\0");
        base16ct::lower::encode_string(&digest.chain_update(self.0.as_bytes()).finalize())
    }
}

impl fmt::Debug for BootstrapKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BootstrapKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::keyring::ring;

    const VALUE: &str = "0123456789abcdefABCDEF-._~+/=xyz";

    fn parse(text: &str) -> Result<BootstrapKey, BootstrapFault> {
        BootstrapKey::parse(Some(text))
    }

    #[test]
    fn a_value_has_enough_characters_that_a_header_can_carry() {
        use BootstrapFault::{Unset, Unusable};
        assert_eq!(VALUE.len(), BootstrapKey::MIN);
        let longest = VALUE.repeat(16);
        assert_eq!(longest.len(), BootstrapKey::MAX);
        for text in [VALUE, &longest, &format!(" {VALUE}\r\n"), &"01234567".repeat(4)] {
            assert!(parse(text).is_ok(), "{text}");
        }
        for (text, fault) in [
            (String::new(), Unset),
            (" \n".to_owned(), Unset),
            (VALUE[1..].to_owned(), Unusable),
            (format!("{longest}x"), Unusable),
            ("0123456".repeat(5), Unusable),
            ("x".repeat(64), Unusable),
            (VALUE.replace('x', " "), Unusable),
            (VALUE.replace('x', ","), Unusable),
            (VALUE.replace('x', "é"), Unusable),
        ] {
            assert_eq!(parse(&text).unwrap_err(), fault, "{text}");
        }
        assert_eq!(BootstrapKey::parse(None).unwrap_err(), Unset);
    }

    #[test]
    fn only_the_value_itself_is_the_value() {
        let (ring, value) = (ring("a"), parse(VALUE).unwrap());
        assert!(value.is(VALUE, &ring));
        for other in ["", &VALUE[1..], &format!("{VALUE}x"), &VALUE.to_uppercase()] {
            assert!(!value.is(other, &ring), "{other}");
        }
    }

    #[test]
    fn a_mark_is_the_values_own_and_does_not_show_it() {
        let [one, two] = [VALUE, &VALUE.to_uppercase()].map(|text| parse(text).unwrap().mark());
        assert_ne!(one, two);
        assert_eq!(one, parse(&format!("{VALUE}\n")).unwrap().mark());
        assert_eq!(one.len(), 64);
        assert_eq!(format!("{:?}", parse(VALUE).unwrap()), "BootstrapKey");
    }
}
