//! The signing keys: what makes and proves every derived credential.
//!
//! It is here because the rules of the Worker secret `TOKEN_KEYS` (the first key signs, all
//! verify, dropping one kills what it signed) and the separation of purposes hold for token
//! values and API keys alike (contract section 2).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The number that names one key of the ring inside a credential, 1 to 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId(u8);

impl KeyId {
    /// The id with the given number; whether a ring holds it is another question.
    #[must_use]
    pub fn from_byte(byte: u8) -> Self {
        Self(byte)
    }

    /// The number.
    #[must_use]
    pub fn byte(self) -> u8 {
        self.0
    }
}

/// What a tag is for. A tag made for one purpose proves nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The tag inside a client token's value.
    TokenValue,
    /// The short tag inside an API key.
    ApiKeyTag,
    /// The digest under which an API key is stored.
    ApiKeyDigest,
    /// The tag inside a session id.
    Session,
    /// The id of a message that came without one.
    MessageId,
    /// The name of a limiter.
    LimiterName,
}

impl Purpose {
    /// The label that begins the signed message; a NUL ends it, so none is a prefix of another.
    fn label(self) -> &'static [u8] {
        match self {
            Self::TokenValue => b"client-tokens/token-value\0",
            Self::ApiKeyTag => b"client-tokens/api-key-tag\0",
            Self::ApiKeyDigest => b"client-tokens/api-key-digest\0",
            Self::Session => b"client-tokens/session\0",
            Self::MessageId => b"client-tokens/message-id\0",
            Self::LimiterName => b"client-tokens/limiter-name\0",
        }
    }
}

struct SigningKey {
    id: KeyId,
    mac: Hmac<Sha256>,
}

/// The keys of `TOKEN_KEYS`: never empty, each id once, the first one signs.
pub struct Keyring {
    signing: KeyId,
    keys: Vec<SigningKey>,
}

impl Keyring {
    /// Reads `ID:KEY[,ID:KEY…]`: ids 1 to 255, each once; keys of 64 hex digits (256 bits).
    ///
    /// # Errors
    /// A [`KeyringFault`]; it never quotes the text, which is a secret.
    pub fn parse(text: &str) -> Result<Self, KeyringFault> {
        let mut keys: Vec<SigningKey> = Vec::new();
        for entry in text.split(',').map(str::trim) {
            let key = parse_entry(entry)?;
            if keys.iter().any(|k| k.id == key.id) {
                return Err(KeyringFault::RepeatedId);
            }
            keys.push(key);
        }
        let signing = keys.first().map(|k| k.id).ok_or(KeyringFault::BadId)?;
        Ok(Self { signing, keys })
    }

    /// The key that signs what is made now.
    #[must_use]
    pub fn signing_key(&self) -> KeyId {
        self.signing
    }

    /// The key that has been in the ring longest, if new ones are put in front as they should: what
    /// it makes stays the same when a key is added.
    #[must_use]
    pub fn oldest_key(&self) -> KeyId {
        self.keys.last().map_or(self.signing, |key| key.id)
    }

    /// The tag over `message` by the key `id`; `None` when the ring no longer holds that key.
    #[must_use]
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

fn parse_entry(entry: &str) -> Result<SigningKey, KeyringFault> {
    let (id, hex) = entry.split_once(':').ok_or(KeyringFault::BadId)?;
    let id = id.parse().ok().filter(|n| *n > 0).ok_or(KeyringFault::BadId)?;
    // HMAC pads a key to the block of its hash, 64 bytes, with zeros (RFC 2104).
    let mut block = [0u8; 64];
    if hex.len() != 64 {
        return Err(KeyringFault::BadKey);
    }
    for (byte, pair) in block.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = hex_byte(pair).ok_or(KeyringFault::BadKey)?;
    }
    Ok(SigningKey { id: KeyId(id), mac: Hmac::new(&block.into()) })
}

fn hex_byte(pair: &[u8]) -> Option<u8> {
    pair.iter().try_fold(0u8, |byte, digit| {
        let value = char::from(*digit).to_digit(16)?;
        Some(byte << 4 | u8::try_from(value).ok()?)
    })
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring")
    }
}

/// What is wrong with `TOKEN_KEYS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyringFault {
    /// An entry has no id of 1 to 255 before a colon.
    BadId,
    /// A key isn't 64 hex digits.
    BadKey,
    /// Two entries have the same id.
    RepeatedId,
}

impl fmt::Display for KeyringFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadId => "an entry must begin with an id from 1 to 255 and a colon",
            Self::BadKey => "a key must be 64 hexadecimal digits",
            Self::RepeatedId => "two entries have the same id",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digit: char) -> String {
        digit.to_string().repeat(64)
    }

    #[test]
    fn the_first_key_signs_and_all_verify() {
        let old = Keyring::parse(&format!("1:{}", hex('a'))).unwrap();
        let both = Keyring::parse(&format!("2:{}, 1:{}", hex('b'), hex('A'))).unwrap();
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
        let old = Keyring::parse(&format!("1:{}", hex('a'))).unwrap();
        let new = Keyring::parse(&format!("2:{}", hex('a'))).unwrap();
        let tag = old.tag(KeyId(1), Purpose::TokenValue, b"m").unwrap();
        assert!(!new.verifies(KeyId(1), Purpose::TokenValue, b"m", &tag));
        assert_eq!(new.tag(KeyId(1), Purpose::TokenValue, b"m"), None);
    }

    #[test]
    fn purposes_are_apart() {
        let ring = Keyring::parse(&format!("1:{}", hex('a'))).unwrap();
        let tag = ring.tag(KeyId(1), Purpose::ApiKeyTag, b"m").unwrap();
        assert!(ring.verifies(KeyId(1), Purpose::ApiKeyTag, b"m", &tag[..8]));
        assert!(!ring.verifies(KeyId(1), Purpose::ApiKeyDigest, b"m", &tag));
    }

    #[test]
    fn the_tag_is_hmac_sha256() {
        // Computed with an independent implementation over label, NUL and message.
        let ring = Keyring::parse(&format!("1:{}", hex('0'))).unwrap();
        let tag = ring.tag(KeyId(1), Purpose::TokenValue, b"m").unwrap();
        assert_eq!(tag[..8], [0x04, 0xa3, 0x08, 0x42, 0x31, 0x04, 0x0c, 0x50]);
        assert_eq!(tag[24..], [0x67, 0xe4, 0x62, 0x1a, 0xf6, 0xc1, 0x84, 0x5b]);
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
            (format!("1:{key},"), BadId),
            (format!("1:{key},1:{key}"), RepeatedId),
        ] {
            assert_eq!(Keyring::parse(&text).unwrap_err(), fault, "{text}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let ring = Keyring::parse(&format!("1:{}", hex('a'))).unwrap();
        assert_eq!(format!("{ring:?}"), "Keyring");
    }
}
