//! API keys: the secrets of servers.
//!
//! A key is random, unlike every derived credential (contract section 4): it is shown once, stored
//! as a peppered digest, and carries a short tag so that a made-up one costs no database read.

use std::fmt;

use crate::domain::{
    credential,
    environment::Environment,
    id::ApiKeyId,
    keyring::{KeyId, Keyring, Purpose},
    permission::Permissions,
    text::Name,
    time::Timestamp,
};

pub type KeyEntropy = [u8; 32];

/// Bytes: 32 random ones and the id of the signing key.
const PAYLOAD: usize = 33;
const TAG: usize = 8;
const LENGTH: usize = PAYLOAD + TAG;

/// `lastUsedAt` of keys and tokens moves at most once in so many milliseconds, which spares a write
/// on most requests.
pub const USE_GRAIN_MILLIS: i64 = 60_000;

/// A key in plain text. It is stored nowhere.
pub struct ApiKeyValue {
    text: String,
    key: KeyId,
    environment: Environment,
}

impl ApiKeyValue {
    /// `None` if the ring lacks its own signing key, which [`Keyring::parse`] rules out.
    pub fn mint(keyring: &Keyring, environment: Environment, entropy: &KeyEntropy) -> Option<Self> {
        let key = keyring.signing_key();
        let payload = [entropy.as_slice(), &[key.byte()]].concat();
        let prefix = prefix(environment);
        let body = credential::seal(keyring, Purpose::ApiKeyTag, prefix, &payload, TAG)?;
        let text = format!("{prefix}_{body}");
        Some(Self { text, key, environment })
    }

    /// Reads a key whose tag proves that this deployment made it; `None` for any other text.
    pub fn verify(text: &str, keyring: &Keyring) -> Option<Self> {
        let (environment, body) = Environment::ALL
            .into_iter()
            .find_map(|e| Some((e, text.strip_prefix(prefix(e))?.strip_prefix('_')?)))?;
        let bytes: [u8; LENGTH] =
            credential::open(keyring, Purpose::ApiKeyTag, prefix(environment), body, PAYLOAD)?;
        let key = KeyId::from_byte(*bytes.get(PAYLOAD - 1)?);
        Some(Self { text: text.to_owned(), key, environment })
    }

    /// The environment in the key's prefix, which the tag covers.
    pub fn environment(&self) -> Environment {
        self.environment
    }

    /// The digest by which the database finds the key; `None` when the ring no longer holds the
    /// signing key that peppers it.
    pub fn digest(&self, keyring: &Keyring) -> Option<KeyDigest> {
        keyring.tag(self.key, Purpose::ApiKeyDigest, self.text.as_bytes()).map(KeyDigest)
    }

    /// The last four characters, by which a person recognises the key.
    pub fn hint(&self) -> &str {
        credential::hint(&self.text)
    }

    /// The plain text, for the answer to whoever made the key.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for ApiKeyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyValue")
    }
}

pub fn prefix(environment: Environment) -> &'static str {
    match environment {
        Environment::Live => "rt_live",
        Environment::Test => "rt_test",
    }
}

/// HMAC-SHA256 of a key under a pepper that only the Worker knows.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// 64 lower-case hex digits, as stored.
    pub fn to_hex(&self) -> String {
        base16ct::lower::encode_string(&self.0)
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest")
    }
}

#[derive(Debug)]
pub struct NewApiKey {
    pub id: ApiKeyId,
    pub name: Name,
    pub environment: Environment,
    pub permissions: Permissions,
    pub digest: KeyDigest,
    pub hint: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

#[derive(Debug)]
pub struct NewKeyValue {
    pub digest: KeyDigest,
    pub hint: String,
    /// How long the old value works on: at most [`MAX_GRACE_SECONDS`].
    pub grace_millis: i64,
}

/// A day.
pub const MAX_GRACE_SECONDS: u32 = 86_400;

pub fn grace_millis(seconds: u32) -> i64 {
    i64::from(seconds) * 1000
}

/// The last of a value that isn't its key's present one any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retirement {
    /// When the key was given its present value.
    pub since: Timestamp,
    /// When the old value, or the whole key, stops working.
    pub until: Timestamp,
}

/// The value that a key had before its present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Previous {
    /// The end of its period of grace; at this instant it is over.
    pub until: Timestamp,
    /// The last use of it since there is a newer one, up to [`USE_GRAIN_MILLIS`] too early; `None`
    /// before the first one.
    pub last_used_at: Option<Timestamp>,
}

/// A key as stored: everything but its value. Revoked ones are never read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    /// For people; need not be unique.
    pub name: Name,
    /// Never changes: the key's own text names it.
    pub environment: Environment,
    pub permissions: Permissions,
    /// The last four characters of the key's value.
    pub hint: String,
    pub created_at: Timestamp,
    /// The last use, up to [`USE_GRAIN_MILLIS`] too early; `None` before the first one.
    pub last_used_at: Option<Timestamp>,
    /// The key works before this moment only; `None`: for ever.
    pub expires_at: Option<Timestamp>,
    /// The key that made this one; `None` if it was minted on the command line.
    pub created_by: Option<ApiKeyId>,
    /// The value before, if it was given a period of grace, whether that still runs or not.
    pub previous: Option<Previous>,
}

impl ApiKey {
    /// At the instant `expires_at` itself it has.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// The value before, as long as its period of grace runs, which ends with the key at the latest.
    pub fn in_grace(&self, now: Timestamp) -> Option<Previous> {
        let Previous { until, last_used_at } = self.previous?;
        let until = self.expires_at.map_or(until, |last| last.min(until));
        (now < until).then_some(Previous { until, last_used_at })
    }

    /// Whether the last recorded use is so old that a use at `now` is recorded too; one of the value
    /// before is also recorded by itself.
    pub fn use_is_news(&self, now: Timestamp, is_of_previous: bool) -> bool {
        let is_news = |last: Option<Timestamp>| {
            last.is_none_or(|last| now.millis() - last.millis() >= USE_GRAIN_MILLIS)
        };
        let of_previous = self.previous.filter(|_| is_of_previous);
        is_news(self.last_used_at) || of_previous.is_some_and(|value| is_news(value.last_used_at))
    }
}

impl From<NewApiKey> for ApiKey {
    /// The key once it is stored, made by no other key.
    fn from(key: NewApiKey) -> Self {
        let NewApiKey { id, name, environment, permissions, hint, created_at, expires_at, .. } =
            key;
        let (last_used_at, created_by, previous) = (None, None, None);
        Self {
            id,
            name,
            environment,
            permissions,
            hint,
            created_at,
            last_used_at,
            expires_at,
            created_by,
            previous,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::keyring::ring;

    #[test]
    fn a_minted_key_is_read_back() {
        let ring = ring("a");
        for environment in Environment::ALL {
            let key = ApiKeyValue::mint(&ring, environment, &[9; 32]).unwrap();
            assert_eq!(key.expose().len(), "rt_live_".len() + 56);
            let read = ApiKeyValue::verify(key.expose(), &ring).unwrap();
            assert_eq!(read.environment(), environment);
            assert_eq!(read.digest(&ring), key.digest(&ring));
        }
    }

    #[test]
    fn a_made_up_key_is_refused() {
        let ring = ring("a");
        let key = ApiKeyValue::mint(&ring, Environment::Live, &[9; 32]).unwrap();
        let text = key.expose();
        for forged in [
            text.replace("rt_live", "rt_test"),
            text.replacen("rt_live_", "rt_live_1", 1),
            format!("{text} "),
            format!("rt_live_{}", "0".repeat(56)),
            "rt_live_".into(),
            String::new(),
        ] {
            assert!(ApiKeyValue::verify(&forged, &ring).is_none(), "{}", forged.len());
        }
        assert!(ApiKeyValue::verify(text, &crate::domain::keyring::ring("b")).is_none());
    }

    #[test]
    fn the_digest_depends_on_the_pepper() {
        let key = ApiKeyValue::mint(&ring("a"), Environment::Live, &[9; 32]).unwrap();
        assert_ne!(key.digest(&ring("a")), key.digest(&ring("b")));
        assert_eq!(key.digest(&ring("a")).unwrap().to_hex().len(), 64);
    }

    #[test]
    fn a_digest_is_written_in_lower_case_hex() {
        let digest = KeyDigest(std::array::from_fn(|at| if at == 0 { 0xf0 } else { 0x0a }));
        assert_eq!(digest.to_hex(), format!("f0{}", "0a".repeat(31)));
    }

    #[test]
    fn debug_shows_no_secret() {
        let key = ApiKeyValue::mint(&ring("a"), Environment::Live, &[9; 32]).unwrap();
        assert_eq!(
            format!("{key:?} {:?}", key.digest(&ring("a")).unwrap()),
            "ApiKeyValue KeyDigest"
        );
    }
}
