//! Shedding: a crowd of requests is turned away before the database is asked. It protects the
//! deployment, is counted by the platform in each of its places and approximate by design; the
//! exact limits of a token are the limiter's ([`crate::domain::limiter`]).
//!
//! The platform keeps the names that are counted, so each is a digest under a key: it shows
//! neither an address nor a token, and can't be undone by trying all of them.

use std::net::{IpAddr, Ipv6Addr};

use crate::domain::{
    actor::UserId,
    api_key::KeyDigest,
    base62,
    id::ClientTokenId,
    keyring::{Keyring, Purpose},
};

/// The seconds in which requests are counted.
pub const PERIOD: u32 = 60;

/// The most that `TOKEN_CEILING_PER_MINUTE` may say.
const MAX_CEILING: u32 = 1_000_000;

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crowd {
    /// Those of one API key, or of one signed-in user.
    ApiKey,
    /// Those of the pages at one address, an IPv6 /48 counting as one.
    Address,
    /// Those of all pages with one token: so many in a minute.
    Token(u32),
}

impl Crowd {
    /// The most requests in [`PERIOD`].
    pub fn limit(self) -> u32 {
        match self {
            Self::ApiKey => 600,
            Self::Address => 300,
            Self::Token(ceiling) => ceiling,
        }
    }

    /// The name under which the requests of one member are counted; `None` if the ring lacks its
    /// own key, which [`Keyring::parse`] rules out.
    fn name(self, member: &str, keyring: &Keyring) -> Option<String> {
        let kind = match self {
            Self::ApiKey => "api-key",
            Self::Address => "address",
            Self::Token(_) => "token",
        };
        let named = format!("{kind} {member}");
        let tag = keyring.tag(keyring.oldest_key(), Purpose::ShedName, named.as_bytes())?;
        tag.get(..16).map(base62::encode)
    }
}

/// One member of a crowd, as the platform counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub crowd: Crowd,
    pub name: String,
}

impl Member {
    pub fn of_key(digest: &KeyDigest, keyring: &Keyring) -> Option<Self> {
        Self::named(Crowd::ApiKey, &digest.to_hex(), keyring)
    }

    /// A signed-in user, counted as a key of its own.
    pub fn of_user(id: &UserId, keyring: &Keyring) -> Option<Self> {
        Self::named(Crowd::ApiKey, &format!("user {}", id.as_str()), keyring)
    }

    /// Whoever has the deployment's `BOOTSTRAP_KEY`, counted as a key of its own.
    pub fn of_bootstrap(keyring: &Keyring) -> Option<Self> {
        Self::named(Crowd::ApiKey, "bootstrap", keyring)
    }

    /// The pages at an address: an IPv4 address, also one that is mapped into IPv6, or an IPv6
    /// /48, which is what one site gets (RFC 6177). All other text is one address.
    pub fn of_address(address: &str, keyring: &Keyring) -> Option<Self> {
        let network = match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
            Ok(IpAddr::V4(address)) => address.to_string(),
            Ok(IpAddr::V6(address)) => {
                format!("{}/48", Ipv6Addr::from_bits(address.to_bits() >> 80 << 80))
            }
            Err(_) => "unknown".to_owned(),
        };
        Self::named(Crowd::Address, &network, keyring)
    }

    /// A token with a ceiling. Its id stays when its value is regenerated, and so does the count.
    pub fn of_token(id: ClientTokenId, ceiling: u32, keyring: &Keyring) -> Option<Self> {
        Self::named(Crowd::Token(ceiling), &id.to_string(), keyring)
    }

    fn named(crowd: Crowd, member: &str, keyring: &Keyring) -> Option<Self> {
        Some(Self { crowd, name: crowd.name(member, keyring)? })
    }
}

/// Reads the variable `TOKEN_CEILING_PER_MINUTE`: a whole number from 1 to 1,000,000. Unset, empty
/// and `off` are no ceiling. The error says what it must be.
pub fn ceiling(variable: Option<&str>) -> Result<Option<u32>, &'static str> {
    let text = variable.map(str::trim).filter(|text| !text.is_empty() && *text != "off");
    let Some(text) = text else { return Ok(None) };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|n| is_number && (1..=MAX_CEILING).contains(n));
    number
        .map(Some)
        .ok_or("TOKEN_CEILING_PER_MINUTE must be a whole number from 1 to 1000000, or off")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::keyring::ring;

    fn address(text: &str) -> String {
        Member::of_address(text, &ring(1)).unwrap().name
    }

    #[test]
    fn an_ipv6_48_is_one_address_and_its_neighbour_another() {
        let network = address("2001:db8:7::1");
        assert_eq!(address("2001:db8:7:ffff:ffff:ffff:ffff:ffff"), network);
        assert_ne!(address("2001:db8:8::1"), network);
        assert_ne!(address("2001:db8:6:ffff::1"), network);
    }

    #[test]
    fn an_ipv4_address_is_one_and_mapped_it_is_the_same() {
        assert_eq!(address("::ffff:203.0.113.7"), address("203.0.113.7"));
        assert_ne!(address("203.0.113.8"), address("203.0.113.7"));
    }

    #[test]
    fn what_is_no_address_is_one_together() {
        for text in ["", "localhost", "203.0.113.7, 203.0.113.8", "203.0.113.7:80"] {
            assert_eq!(address(text), address("unknown"), "{text}");
        }
    }

    #[test]
    fn a_name_shows_nothing_and_no_two_crowds_share_one() {
        let (ring, id) = (ring(1), ClientTokenId::from_bytes([7; 16]));
        let token = Member::of_token(id, 5, &ring).unwrap();
        let by_text = Member::of_address(&id.to_string(), &ring).unwrap();
        for member in [&token, &by_text] {
            assert_eq!(member.name.len(), 22);
            assert!(member.name.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
        assert_ne!(token.name, by_text.name);
        let other = keyring_of_two();
        assert_ne!(Member::of_token(id, 5, &other).unwrap().name, token.name);
        // Another ceiling goes on counting where the old one was.
        assert_eq!(Member::of_token(id, 9, &ring).unwrap().name, token.name);
    }

    fn keyring_of_two() -> Keyring {
        let [two, three] = [2, 3].map(crate::domain::keyring::hex_key);
        Keyring::parse(&format!("1:{two},2:{three}")).unwrap()
    }

    #[test]
    fn the_crowds_have_their_limits() {
        let limits = [Crowd::ApiKey, Crowd::Address, Crowd::Token(12)].map(Crowd::limit);
        assert_eq!(limits, [600, 300, 12]);
    }

    #[test]
    fn a_ceiling_is_a_number_or_off() {
        for none in [None, Some(""), Some(" "), Some("off")] {
            assert_eq!(ceiling(none), Ok(None), "{none:?}");
        }
        for (text, number) in [("1", 1), (" 600 ", 600), ("1000000", 1_000_000)] {
            assert_eq!(ceiling(Some(text)), Ok(Some(number)));
        }
        for text in ["0", "-1", "+5", "1.5", "1000001", "many", "99999999999"] {
            assert!(ceiling(Some(text)).is_err(), "{text}");
        }
    }
}
