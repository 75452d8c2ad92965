//! The name of a limiter: who shares one shares the limits, and two that must not be counted
//! together never get the same one.
//!
//! The runtime keeps the names of Durable Objects, and neither a visitor's address nor a user's id
//! must be kept in clear. A plain digest could be undone by trying every address, so the name is
//! one under a key.

use super::Visitor;
use crate::domain::{
    base62,
    id::ClientTokenId,
    keyring::{self, Keyring},
};

/// The name under which the requests of `visitor` through `token` are counted. The token's id
/// stays when its value is regenerated, and so do the counts.
///
/// The oldest key of the ring makes it, so that a new signing key leaves the counts alone. When
/// the oldest one leaves the ring, every count starts anew, once.
pub fn name(token: ClientTokenId, visitor: &Visitor, keyring: &Keyring) -> Option<String> {
    let named = format!("{token} {visitor}");
    let key = keyring.oldest_key();
    let tag = keyring.tag(key, keyring::Purpose::LimiterName, named.as_bytes())?;
    // 128 bits: so few visitors as there can be don't meet by chance.
    tag.get(..16).map(base62::encode)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(text: &str) -> Keyring {
        let entry = |id: char| format!("{id}:{}", id.to_string().repeat(62) + "ab");
        Keyring::parse(&text.chars().map(entry).collect::<Vec<_>>().join(",")).unwrap()
    }

    fn token(byte: u8) -> ClientTokenId {
        ClientTokenId::from_bytes([byte; 16])
    }

    #[test]
    fn token_and_visitor_each_make_another_name() {
        let [here, there] = ["203.0.113.7", "2001:db8::1"].map(Visitor::from_ip);
        let name = |byte, visitor: &Visitor| name(token(byte), visitor, &ring("1"));
        let names = [
            name(1, &here),
            name(1, &there),
            name(2, &here),
            name(1, &Visitor::from_user("203.0.113.7")),
        ];
        for (at, name) in names.iter().enumerate() {
            assert!(name.is_some() && !names[at + 1..].contains(name), "{name:?}");
        }
        let neighbour = Visitor::from_ip("2001:db8::2");
        assert_eq!(super::name(token(1), &neighbour, &ring("1")), names[1]);
    }

    #[test]
    fn a_name_shows_neither_the_address_nor_the_token() {
        let visitor = Visitor::from_ip("203.0.113.7");
        let name = name(token(1), &visitor, &ring("1")).unwrap();
        assert!(name.len() == 22 && name.chars().all(|c| c.is_ascii_alphanumeric()), "{name}");
    }

    #[test]
    fn a_new_first_key_leaves_the_name_and_another_oldest_one_makes_another() {
        let name = |keys| name(token(1), &Visitor::from_ip("::1"), &ring(keys)).unwrap();
        assert_eq!(name("21"), name("1"));
        assert_eq!(name("321"), name("1"));
        assert_ne!(name("2"), name("1"));
        assert_ne!(name("12"), name("1"));
    }
}
