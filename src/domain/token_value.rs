//! The value of a client token: the credential in the source of a web page.
//!
//! A value is derived, never stored (contract section 2): the token's UUID, its generation and the
//! signing key's id, proved by a 128-bit tag. A forged or mistyped one is refused without a look at
//! the database. A minted value is made of the same parts under a tag of its own, which covers a
//! grant that follows (contract section 3.9).

use std::fmt;

use crate::domain::{
    base62, credential,
    environment::Environment,
    grant::Grant,
    id::ClientTokenId,
    keyring::{KeyId, Keyring, Purpose},
    refusal_code::Flaw,
};

/// Bytes: UUID 16, generation 4, signing key's id 1.
const PAYLOAD: usize = 21;
const TAG: usize = 16;
const LENGTH: usize = PAYLOAD + TAG;

/// The most characters of a minted value (contract section 3.9).
pub const LONGEST: usize = 2_048;

/// What stands before the grant of a minted value. Neither base62 nor base64url has it.
const BEFORE_GRANT: char = '.';

/// The contents of a value, from which it can be derived again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    pub id: ClientTokenId,
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

pub fn prefix(environment: Environment) -> &'static str {
    match environment {
        Environment::Live => "ct_live",
        Environment::Test => "ct_test",
    }
}

/// A token's value in plain text. Web pages publish it, yet it stays out of the logs.
pub struct TokenValue(String);

impl TokenValue {
    /// `None` when the ring no longer holds its signing key.
    pub fn derive(claims: &Claims, keyring: &Keyring) -> Option<Self> {
        let prefix = prefix(claims.environment);
        let body = credential::seal(keyring, Purpose::TokenValue, prefix, &claims.payload(), TAG)?;
        Some(Self(format!("{prefix}_{body}")))
    }

    /// Mints a value that allows what `grant` leaves of the token; `None` when the ring no longer
    /// holds the token's signing key. It may be longer than [`LONGEST`], and then is of no use.
    pub fn mint(claims: &Claims, grant: &Grant, keyring: &Keyring) -> Option<Self> {
        let (prefix, grant) = (prefix(claims.environment), grant.to_text());
        let context = minted_context(prefix, &grant);
        let payload = claims.payload();
        let body = credential::seal(keyring, Purpose::MintedValue, &context, &payload, TAG)?;
        Some(Self(format!("{prefix}_{body}{BEFORE_GRANT}{grant}")))
    }

    /// The plain text, for answers to the token's owner.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The last four characters, by which a person recognises the value.
    pub fn hint(&self) -> &str {
        credential::hint(&self.0)
    }
}

impl fmt::Debug for TokenValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenValue")
    }
}

/// What the tag of a minted value covers beside its payload.
fn minted_context(prefix: &str, grant: &str) -> String {
    format!("{prefix}{BEFORE_GRANT}{grant}")
}

/// What is wrong with a text that [`verify`] doesn't prove.
pub fn flaw(text: &str) -> Flaw {
    if is_well_formed(text) { Flaw::Forged } else { Flaw::Malformed }
}

/// Whether `text` has the form of a value, genuine or forged, the token's own or a minted one.
pub(crate) fn is_well_formed(text: &str) -> bool {
    parts(text).is_some_and(|parts| {
        base62::decode::<LENGTH>(parts.body).is_some()
            && parts.grant.is_none_or(|grant| Grant::from_text(grant).is_some())
    })
}

struct Parts<'a> {
    environment: Environment,
    /// Payload and tag.
    body: &'a str,
    grant: Option<&'a str>,
}

fn parts(text: &str) -> Option<Parts<'_>> {
    // Nothing longer is looked at: anybody may send it.
    let text = Some(text).filter(|text| text.len() <= LONGEST)?;
    let (environment, rest) = Environment::ALL
        .into_iter()
        .find_map(|e| Some((e, text.strip_prefix(prefix(e))?.strip_prefix('_')?)))?;
    let (body, grant) = rest.split_once(BEFORE_GRANT).unzip();
    Some(Parts { environment, body: body.unwrap_or(rest), grant })
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    pub claims: Claims,
    /// What a minted value allows; `None` for the token's own value, which allows all that the
    /// token does.
    pub grant: Option<Grant>,
}

/// What the tag of `text` proves; `None` when it is forged, mistyped or signed by a dropped key.
///
/// An old generation passes, and a minted value that has ended: the token's row tells which
/// generation is valid ([`crate::domain::client_token::ClientToken::has_claims`]), and the clock
/// the rest ([`Grant::is_over`]).
pub fn verify(text: &str, keyring: &Keyring) -> Option<Proved> {
    let Parts { environment, body, grant } = parts(text)?;
    let prefix = prefix(environment);
    let bytes: [u8; LENGTH] = match grant {
        None => credential::open(keyring, Purpose::TokenValue, prefix, body, PAYLOAD)?,
        Some(grant) => {
            let context = minted_context(prefix, grant);
            credential::open(keyring, Purpose::MintedValue, &context, body, PAYLOAD)?
        }
    };
    let (uuid, rest) = bytes.split_first_chunk::<16>()?;
    let (generation, rest) = rest.split_first_chunk::<4>()?;
    let claims = Claims {
        id: ClientTokenId::from_bytes(*uuid),
        environment,
        generation: u32::from_be_bytes(*generation),
        key: KeyId::from_byte(*rest.first()?),
    };
    let grant = match grant {
        None => None,
        Some(grant) => Some(Grant::from_text(grant)?),
    };
    Some(Proved { claims, grant })
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
            assert_eq!(verify(value.expose(), &ring), Some(Proved { claims, grant: None }));
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
