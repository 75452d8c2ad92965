//! The signing keys that make and prove every credential: the Worker secret `TOKEN_KEYS`.
//!
//! The first key signs, all verify, and whatever a dropped key signed is no longer valid (contract
//! section 2).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

/// The number that names one key of the ring inside a credential, 1 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct KeyId(u8);

impl KeyId {
    /// Whether a ring holds such a key or not.
    pub fn from_byte(byte: u8) -> Self {
        Self(byte)
    }

    pub fn byte(self) -> u8 {
        self.0
    }
}

/// What a tag is for. A tag made for one purpose proves nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    TokenValue,
    MintedValue,
    ApiKeyTag,
    ApiKeyDigest,
    Session,
    /// The id of a message that came without one.
    MessageId,
    LimiterName,
    /// A name under which requests are counted that may be shed.
    ShedName,
    /// What compares a credential with `BOOTSTRAP_KEY`.
    BootstrapKey,
}

impl Purpose {
    /// The label at the start of the signed message. A NUL ends it, so that no label is a prefix of
    /// another one.
    fn label(self) -> &'static [u8] {
        match self {
            Self::TokenValue => b"client-tokens/token-value\0",
            Self::MintedValue => b"client-tokens/minted-value\0",
            Self::ApiKeyTag => b"client-tokens/api-key-tag\0",
            Self::ApiKeyDigest => b"client-tokens/api-key-digest\0",
            Self::Session => b"client-tokens/session\0",
            Self::MessageId => b"client-tokens/message-id\0",
            Self::LimiterName => b"client-tokens/limiter-name\0",
            Self::ShedName => b"client-tokens/shed-name\0",
            Self::BootstrapKey => b"client-tokens/bootstrap-key\0",
        }
    }
}

struct SigningKey {
    id: KeyId,
    mac: Hmac<Sha256>,
}

impl SigningKey {
    fn new(id: KeyId, key: &[u8; 32]) -> Self {
        // HMAC pads a key to the block of its hash, 64 bytes, with zeros (RFC 2104).
        let mut block = [0; 64];
        for (place, byte) in block.iter_mut().zip(key) {
            *place = *byte;
        }
        Self { id, mac: Hmac::new(&block.into()) }
    }
}

/// The keys of `TOKEN_KEYS`: never empty, each id once, the first one signs.
pub struct Keyring {
    signing: KeyId,
    keys: Vec<SigningKey>,
}

impl Keyring {
    /// Reads `ID:KEY[,ID:KEY…]`: ids 1 to 255, each once; keys of 64 hex digits (256 bits), each
    /// once and none of one byte repeated, such as zeros: anybody could sign with a placeholder. A
    /// fault never quotes the text, which is a secret.
    pub fn parse(text: &str) -> Result<Self, KeyringFault> {
        let entries = text.split(',').map(|entry| parse_entry(entry.trim()));
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        for (at, (id, key)) in entries.iter().enumerate() {
            let mut others = entries.iter().skip(at + 1);
            if others.clone().any(|(other, _)| other == id) {
                return Err(KeyringFault::RepeatedId);
            }
            if others.any(|(_, other)| other == key) {
                return Err(KeyringFault::RepeatedKey);
            }
            if key.iter().all(|byte| key.first() == Some(byte)) {
                return Err(KeyringFault::WeakKey);
            }
        }
        let signing = entries.first().map(|(id, _)| *id).ok_or(KeyringFault::BadId)?;
        let keys = entries.iter().map(|(id, key)| SigningKey::new(*id, key)).collect();
        Ok(Self { signing, keys })
    }

    pub fn signing_key(&self) -> KeyId {
        self.signing
    }

    /// The ids of all keys, the one that signs first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys.iter().map(|key| key.id)
    }

    /// The last key, and so the oldest one: new keys are put in front. What it tags stays the same
    /// when a key is added.
    pub fn oldest_key(&self) -> KeyId {
        self.keys.last().map_or(self.signing, |key| key.id)
    }

    /// `None` when the ring no longer holds that key.
    pub fn tag(&self, id: KeyId, purpose: Purpose, message: &[u8]) -> Option<[u8; 32]> {
        Some(self.mac(id, purpose, message)?.finalize().into_bytes().into())
    }

    /// Whether `tag` begins the tag over `message` by the key `id`, compared in constant time.
    #[must_use]
    pub fn verifies(&self, id: KeyId, purpose: Purpose, message: &[u8], tag: &[u8]) -> bool {
        self.mac(id, purpose, message).is_some_and(|mac| mac.verify_truncated_left(tag).is_ok())
    }

    fn mac(&self, id: KeyId, purpose: Purpose, message: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = self.keys.iter().find(|k| k.id == id)?.mac.clone();
        mac.update(purpose.label());
        mac.update(message);
        Some(mac)
    }
}

fn parse_entry(entry: &str) -> Result<(KeyId, [u8; 32]), KeyringFault> {
    let (id, hex) = entry.split_once(':').ok_or(KeyringFault::BadId)?;
    let id = id.parse().ok().filter(|n| *n > 0).ok_or(KeyringFault::BadId)?;
    let mut key = [0; 32];
    let length = base16ct::mixed::decode(hex, &mut key).map_err(|_| KeyringFault::BadKey)?.len();
    if length == key.len() { Ok((KeyId(id), key)) } else { Err(KeyringFault::BadKey) }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyringFault {
    #[error("an entry must begin with an id from 1 to 255 and a colon")]
    BadId,
    #[error("a key must be 64 hexadecimal digits")]
    BadKey,
    #[error("two entries have the same id")]
    RepeatedId,
    #[error("two entries have the same key")]
    RepeatedKey,
    #[error("a key must be random, not one byte repeated: openssl rand -hex 32 makes one")]
    WeakKey,
}

/// For tests: a key in hex, another one for each hex digit.
#[cfg(test)]
pub(crate) fn hex_key(digit: impl fmt::Display) -> String {
    (0..32).map(|at| format!("{digit}{:x}", at % 16)).collect::<Vec<_>>().concat()
}

/// For tests: a ring of one key, whose id is 1.
#[cfg(test)]
pub(crate) fn ring(digit: impl fmt::Display) -> Keyring {
    Keyring::parse(&format!("1:{}", hex_key(digit))).unwrap()
}

#[cfg(test)]
mod tests {
    use super::{hex_key as hex, *};

    #[test]
    fn the_first_key_signs_and_all_verify() {
        let old = ring('a');
        let both =
            Keyring::parse(&format!("2:{}, 1:{}", hex('b'), hex('a').to_uppercase())).unwrap();
        assert_eq!(both.signing_key(), KeyId(2));
        let tag = old.tag(KeyId(1), Purpose::TokenValue, b"m").unwrap();
        assert!(both.verifies(KeyId(1), Purpose::TokenValue, b"m", &tag));
        assert!(!both.verifies(KeyId(2), Purpose::TokenValue, b"m", &tag));
    }

    #[test]
    fn the_last_key_is_the_oldest_and_a_new_first_one_leaves_it() {
        let old = Keyring::parse(&format!("1:{}", hex('a'))).unwrap();
        let both = Keyring::parse(&format!("2:{},1:{}", hex('b'), hex('a'))).unwrap();
        assert_eq!([old.oldest_key(), both.oldest_key()], [KeyId(1), KeyId(1)]);
    }

    #[test]
    fn a_dropped_key_proves_nothing() {
        let old = ring('a');
        let new = Keyring::parse(&format!("2:{}", hex('a'))).unwrap();
        let tag = old.tag(KeyId(1), Purpose::TokenValue, b"m").unwrap();
        assert!(!new.verifies(KeyId(1), Purpose::TokenValue, b"m", &tag));
        assert_eq!(new.tag(KeyId(1), Purpose::TokenValue, b"m"), None);
    }

    #[test]
    fn purposes_are_apart() {
        let ring = ring('a');
        let tag = ring.tag(KeyId(1), Purpose::ApiKeyTag, b"m").unwrap();
        assert!(ring.verifies(KeyId(1), Purpose::ApiKeyTag, b"m", &tag[..8]));
        assert!(!ring.verifies(KeyId(1), Purpose::ApiKeyDigest, b"m", &tag));
    }

    #[test]
    fn the_tag_is_hmac_sha256() {
        // Computed with an independent implementation over label, NUL and message.
        let ring = ring('0');
        let tag = ring.tag(KeyId(1), Purpose::TokenValue, b"m").unwrap();
        assert_eq!(tag[..8], [0x72, 0xa1, 0x19, 0x8a, 0x8a, 0x26, 0x95, 0xf4]);
        assert_eq!(tag[24..], [0xea, 0x2f, 0x20, 0x5f, 0xe0, 0xa1, 0x89, 0x71]);
    }

    #[test]
    fn malformed_secrets_are_refused() {
        use KeyringFault::{BadId, BadKey, RepeatedId};
        let key = hex('a');
        for (text, fault) in [
            (String::new(), BadId),
            (key.clone(), BadId),
            (format!("0:{key}"), BadId),
            (format!("256:{key}"), BadId),
            (format!("x:{key}"), BadId),
            ("1:abc".into(), BadKey),
            (format!("1:{}", hex('g')), BadKey),
            (format!("1:{}", "é".repeat(32)), BadKey),
            (format!("1:{}", &key[..62]), BadKey),
            (format!("1:{}", &key[..63]), BadKey),
            (format!("1:{key}0"), BadKey),
            (format!("1:{key}00"), BadKey),
            (format!("1:{key},"), BadId),
            (format!("1:{key},1:{key}"), RepeatedId),
        ] {
            assert_eq!(Keyring::parse(&text).unwrap_err(), fault, "{text}");
        }
    }

    #[test]
    fn keys_that_anybody_can_guess_are_refused() {
        use KeyringFault::{RepeatedKey, WeakKey};
        let (key, other) = (hex('a'), hex('b'));
        for (text, fault) in [
            (format!("1:{}", "0".repeat(64)), WeakKey),
            (format!("1:{}", "a1".repeat(32)), WeakKey),
            (format!("2:{key},1:{}", "fF".repeat(32)), WeakKey),
            (format!("1:{key},2:{key}"), RepeatedKey),
            (format!("1:{key},2:{other},3:{}", key.to_uppercase()), RepeatedKey),
        ] {
            assert_eq!(Keyring::parse(&text).unwrap_err(), fault, "{text}");
        }
        // One bit that differs is no repetition: what is random isn't measured.
        assert!(Keyring::parse(&format!("1:{}01", "00".repeat(31))).is_ok());
    }

    #[test]
    fn debug_shows_no_key() {
        let ring = ring('a');
        assert_eq!(format!("{ring:?}"), "Keyring");
    }
}
