//! What a token's conversations and its feedback hold together, in bytes, and when that is enough
//! (contract section 8).
//!
//! The ledger hears of what is added, and not of what is deleted. So what it has summed is never too
//! little for long, and before it calls a token full it looks into the database.

use crate::domain::{id::ClientTokenId, time::Timestamp};

/// The most bytes of a token unless the deployment says otherwise: 2 GiB.
const USUAL_MOST: u64 = 2 * 1024 * 1024 * 1024;

/// The least and the most that `STORED_BYTES_PER_TOKEN` may say: one message fits, and all numbers are
/// exact.
const BOUNDS: std::ops::RangeInclusive<u64> = 2_000_000..=9_007_199_254_740_991;

const FAULT: &str =
    "STORED_BYTES_PER_TOKEN must be a whole number of bytes from 2000000 on, or off: 2 GiB hold";

/// The most tokens that an instance knows to be full.
const MOST_KNOWN: usize = 1_000;

/// The ledger's answer to a delivery when the token is full.
pub const FULL: &str = "full";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// Bytes found by the last look, with all that was added since.
    pub bytes: u64,
    pub looked_at: Option<Timestamp>,
}

impl Held {
    /// Minutes between two looks: so long a token may be called full that isn't any more.
    pub const LOOK_MINUTES: u32 = 10;

    /// Whether the database is to be looked into at `now`: first of all once, since it may be older than
    /// the ledger, and then only where the token would be full.
    pub fn wants_look(&self, most: u64, now: Timestamp) -> bool {
        self.looked_at.is_none_or(|moment| {
            self.is_full(most) && moment.plus_minutes(Self::LOOK_MINUTES) <= now
        })
    }

    pub fn is_full(&self, most: u64) -> bool {
        self.bytes >= most
    }
}

/// Reads the variable `STORED_BYTES_PER_TOKEN`, a whole number of bytes; unset it is 2 GiB, and `off` is
/// no ceiling. For any other text it is 2 GiB, too, and there is a fault to be logged.
pub fn most_stored(variable: Option<&str>) -> (Option<u64>, Option<&'static str>) {
    match variable.map(str::trim).filter(|text| !text.is_empty()) {
        None => (Some(USUAL_MOST), None),
        Some("off") => (None, None),
        Some(text) => {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse().ok().filter(|n| is_number && BOUNDS.contains(n));
            (number.or(Some(USUAL_MOST)), number.is_none().then_some(FAULT))
        }
    }
}

/// The tokens that an instance of the Worker was told are full, and when.
#[derive(Debug, Default)]
pub struct FullTokens(Vec<(ClientTokenId, Timestamp)>);

impl FullTokens {
    /// Takes in what a ledger told at `now`.
    pub fn hear(&mut self, token: ClientTokenId, is_full: bool, now: Timestamp) {
        self.0.retain(|(known, told)| *known != token && is_fresh(*told, now));
        if is_full && self.0.len() < MOST_KNOWN {
            self.0.push((token, now));
        }
    }

    /// Whether a token is full, as far as is known at `now`.
    pub fn has(&self, token: ClientTokenId, now: Timestamp) -> bool {
        self.0.iter().any(|(known, told)| *known == token && is_fresh(*told, now))
    }
}

/// What nobody asked about for so long is asked anew.
fn is_fresh(told: Timestamp, now: Timestamp) -> bool {
    now < told.plus_minutes(Held::LOOK_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: u32) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000).plus_minutes(minutes)
    }

    #[test]
    fn the_database_is_looked_into_once_and_then_only_for_a_token_that_would_be_full() {
        let held = |bytes, looked_at| Held { bytes, looked_at };
        assert!(held(0, None).wants_look(10, at(0)));
        assert!(!held(9, Some(at(0))).wants_look(10, at(1_000)));
        assert!(!held(10, Some(at(0))).wants_look(10, at(9)));
        assert!(held(10, Some(at(0))).wants_look(10, at(10)));
        assert_eq!([9, 10].map(|bytes| held(bytes, None).is_full(10)), [false, true]);
    }

    #[test]
    fn the_variable_is_a_number_of_bytes_or_off() {
        for (text, most) in [
            (None, Some(2_147_483_648)),
            (Some(""), Some(2_147_483_648)),
            (Some("off"), None),
            (Some(" 2000000 "), Some(2_000_000)),
        ] {
            assert_eq!(most_stored(text), (most, None), "{text:?}");
        }
        for text in ["0", "1999999", "-1", "+3000000", "2GiB", "9007199254740992", "1e9"] {
            assert_eq!(most_stored(Some(text)), (Some(2_147_483_648), Some(FAULT)), "{text}");
        }
    }

    #[test]
    fn a_token_is_full_until_its_ledger_says_otherwise_or_nobody_has_asked_for_long() {
        let [one, other] = [1, 2].map(|byte| ClientTokenId::from_bytes([byte; 16]));
        let mut full = FullTokens::default();
        full.hear(one, true, at(0));
        full.hear(other, false, at(0));
        assert!(full.has(one, at(9)) && !full.has(other, at(0)));
        assert!(!full.has(one, at(10)));
        full.hear(one, true, at(5));
        assert!(full.has(one, at(14)));
        full.hear(one, false, at(6));
        assert!(!full.has(one, at(6)));
    }

    #[test]
    fn what_is_known_of_tokens_is_bounded() {
        let token = |nth: u16| {
            let mut bytes = [0; 16];
            bytes[..2].copy_from_slice(&nth.to_be_bytes());
            ClientTokenId::from_bytes(bytes)
        };
        let mut full = FullTokens::default();
        (0..1_002).for_each(|nth| full.hear(token(nth), true, at(0)));
        assert_eq!(full.0.len(), 1_000);
        full.hear(token(2_000), true, at(10));
        assert_eq!(full.0, [(token(2_000), at(10))]);
    }
}
