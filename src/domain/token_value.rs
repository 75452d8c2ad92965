//! The value of a client token: the credential in the source of a web page.
//!
//! A value is derived, never stored (contract section 2): the token's UUID, its generation and the
//! signing key's id, proved by a 128-bit tag. A forged or mistyped one is refused without a look at
//! the database.

use std::fmt;

use crate::domain::{
    base62, credential,
    environment::Environment,
    id::ClientTokenId,
    keyring::{KeyId, Keyring, Purpose},
};

/// Bytes: UUID 16, generation 4, signing key's id 1.
const PAYLOAD: usize = 21;
const TAG: usize = 16;
const LENGTH: usize = PAYLOAD + TAG;

/// The contents of a value, from which it can be derived again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// The token that the value belongs to.
    pub id: ClientTokenId,
    /// The token's environment, which never changes.
    pub environment: Environment,
    /// How often the token's value had been regenerated, from 0.
    pub generation: u32,
    /// The signing key of this generation.
    pub key: KeyId,
}

impl Claims {
    fn payload(&self) -> [u8; PAYLOAD] {
        let mut bytes = [0; PAYLOAD];
        let (uuid, rest) = bytes.split_at_mut(16);
        let (generation, key) = rest.split_at_mut(4);
        uuid.copy_from_slice(self.id.bytes());
        generation.copy_from_slice(&self.generation.to_be_bytes());
        key.fill(self.key.byte());
        bytes
    }
}

/// What a value begins with: `ct_live` or `ct_test`.
#[must_use]
pub fn prefix(environment: Environment) -> &'static str {
    match environment {
        Environment::Live => "ct_live",
        Environment::Test => "ct_test",
    }
}

/// A token's value in plain text. Web pages publish it, yet it stays out of the logs.
pub struct TokenValue(String);

impl TokenValue {
    /// Derives the value; `None` when the ring no longer holds its signing key.
    #[must_use]
    pub fn derive(claims: &Claims, keyring: &Keyring) -> Option<Self> {
        let prefix = prefix(claims.environment);
        let body = credential::seal(keyring, Purpose::TokenValue, prefix, &claims.payload(), TAG)?;
        Some(Self(format!("{prefix}_{body}")))
    }

    /// The plain text, for answers to the token's owner.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last four characters, by which a person recognises the value.
    #[must_use]
    pub fn hint(&self) -> &str {
        credential::hint(&self.0)
    }
}

impl fmt::Debug for TokenValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenValue")
    }
}

/// Whether `text` has the form of a value, genuine or forged.
#[must_use]
pub(crate) fn is_well_formed(text: &str) -> bool {
    parts(text).is_some_and(|(_, body)| base62::decode::<LENGTH>(body).is_some())
}

/// The environment that a value's prefix names, and what follows the prefix.
fn parts(text: &str) -> Option<(Environment, &str)> {
    Environment::ALL
        .into_iter()
        .find_map(|e| Some((e, text.strip_prefix(prefix(e))?.strip_prefix('_')?)))
}

/// The claims of `text` if its tag proves them; `None` when it is forged, mistyped or signed by a
/// dropped key.
///
/// An old generation passes: only the token's row tells which one is valid
/// ([`crate::domain::client_token::ClientToken::has_claims`]).
#[must_use]
pub fn verify(text: &str, keyring: &Keyring) -> Option<Claims> {
    let (environment, body) = parts(text)?;
    let bytes: [u8; LENGTH] =
        credential::open(keyring, Purpose::TokenValue, prefix(environment), body, PAYLOAD)?;
    let (uuid, rest) = bytes.split_first_chunk::<16>()?;
    let (generation, rest) = rest.split_first_chunk::<4>()?;
    Some(Claims {
        id: ClientTokenId::from_bytes(*uuid),
        environment,
        generation: u32::from_be_bytes(*generation),
        key: KeyId::from_byte(*rest.first()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::keyring::hex_key;
    use proptest::prelude::*;

    fn ring(entries: &[(u8, char)]) -> Keyring {
        let entries: Vec<_> =
            entries.iter().map(|(id, c)| format!("{id}:{}", hex_key(c))).collect();
        Keyring::parse(&entries.join(",")).unwrap()
    }

    fn claims(generation: u32, key: u8) -> Claims {
        Claims {
            id: ClientTokenId::from_bytes([7; 16]),
            environment: Environment::Live,
            generation,
            key: KeyId::from_byte(key),
        }
    }

    #[test]
    fn a_derived_value_verifies_to_its_claims() {
        let ring = ring(&[(2, 'b'), (1, 'a')]);
        for key in [1, 2] {
            let claims = claims(u32::MAX, key);
            let value = TokenValue::derive(&claims, &ring).unwrap();
            assert!(value.expose().starts_with("ct_live_"));
            assert_eq!(value.expose().len(), "ct_live_".len() + 50);
            assert!(value.expose().ends_with(value.hint()) && value.hint().len() == 4);
            assert_eq!(verify(value.expose(), &ring), Some(claims));
        }
    }

    #[test]
    fn each_generation_has_another_value() {
        let ring = ring(&[(1, 'a')]);
        let value = |g| TokenValue::derive(&claims(g, 1), &ring).unwrap().0;
        assert_ne!(value(0), value(1));
    }

    #[test]
    fn the_environment_is_signed() {
        let ring = ring(&[(1, 'a')]);
        let value = TokenValue::derive(&claims(0, 1), &ring).unwrap();
        assert_eq!(verify(&value.expose().replace("ct_live", "ct_test"), &ring), None);
    }

    #[test]
    fn a_dropped_or_replaced_key_kills_what_it_signed() {
        let value = TokenValue::derive(&claims(0, 1), &ring(&[(1, 'a')])).unwrap();
        assert_eq!(verify(value.expose(), &ring(&[(2, 'a')])), None);
        assert_eq!(verify(value.expose(), &ring(&[(1, 'b')])), None);
        assert!(TokenValue::derive(&claims(0, 1), &ring(&[(2, 'a')])).is_none());
    }

    #[test]
    fn debug_shows_no_value() {
        let value = TokenValue::derive(&claims(0, 1), &ring(&[(1, 'a')])).unwrap();
        assert_eq!(format!("{value:?}"), "TokenValue");
    }

    proptest! {
        #[test]
        fn one_changed_character_is_refused(at in 0usize..58, with in "[0-9A-Za-z_]") {
            let ring = ring(&[(1, 'a')]);
            let value = TokenValue::derive(&claims(3, 1), &ring).unwrap().0;
            let mut forged = value.clone();
            forged.replace_range(at..=at, &with);
            prop_assume!(forged != value);
            prop_assert_eq!(verify(&forged, &ring), None);
        }

        #[test]
        fn other_text_is_refused(text: String) {
            prop_assert_eq!(verify(&text, &ring(&[(1, 'a')])), None);
        }
    }
}
