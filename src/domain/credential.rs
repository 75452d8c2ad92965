//! The form of every credential (token value, API key, session id): base62 of a payload and a tag
//! over it.
//!
//! A payload's last byte is the id of the key that signs it. The text around the base62 (a prefix,
//! a target) is the context: it isn't in the payload, but the tag covers it too.

use crate::domain::{
    base62,
    keyring::{KeyId, Keyring, Purpose},
};

fn message(context: &str, payload: &[u8]) -> Vec<u8> {
    // All payloads of a purpose have the same length, so where the context ends is unambiguous.
    [context.as_bytes(), payload].concat()
}

/// Writes `payload` and the first `tag_bytes` of its tag; `None` when the ring lacks the key.
pub(super) fn seal(
    keyring: &Keyring,
    purpose: Purpose,
    context: &str,
    payload: &[u8],
    tag_bytes: usize,
) -> Option<String> {
    let key = KeyId::from_byte(*payload.last()?);
    let tag = keyring.tag(key, purpose, &message(context, payload))?;
    Some(base62::encode(&[payload, tag.get(..tag_bytes)?].concat()))
}

/// Reads payload and tag, `LENGTH` bytes of which the first `payload_bytes` are the payload; `None`
/// unless the tag proves them.
pub(super) fn open<const LENGTH: usize>(
    keyring: &Keyring,
    purpose: Purpose,
    context: &str,
    text: &str,
    payload_bytes: usize,
) -> Option<[u8; LENGTH]> {
    let bytes = base62::decode::<LENGTH>(text)?;
    let (payload, tag) = bytes.split_at_checked(payload_bytes)?;
    let key = KeyId::from_byte(*payload.last()?);
    keyring.verifies(key, purpose, &message(context, payload), tag).then_some(bytes)
}

/// The last four characters of a credential, by which a person recognises it.
pub(super) fn hint(text: &str) -> &str {
    text.get(text.len().saturating_sub(4)..).unwrap_or_default()
}
