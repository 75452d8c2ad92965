//! What an instance of the Worker counted for one token, until it is handed over.

use serde::{Deserialize, Serialize};

use super::{Counts, OTHER, Seen, Sighting, hour};
use crate::domain::{id::ClientTokenId, time::Timestamp};

/// The most allowed origins of a batch, and the most refused ones. More are counted together, as
/// [`OTHER`]: neither kind takes the places of the other.
const MOST_OF_A_KIND: usize = 50;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noted {
    pub counts: Counts,
    /// Where it came from, if that is to be counted.
    pub seen: Option<Seen>,
    pub stored_bytes: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// By the hour in which a request came, also what its answer cost; each hour once.
    pub hours: Vec<(i64, Counts)>,
    /// Each origin once.
    pub origins: Vec<Sighting>,
    pub stored_bytes: u64,
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.hours.is_empty() && self.origins.is_empty() && self.stored_bytes == 0
    }

    pub(super) fn add(&mut self, noted: &Noted, moment: Timestamp) {
        self.stored_bytes = self.stored_bytes.saturating_add(noted.stored_bytes);
        if noted.counts != Counts::default() {
            self.count(hour(moment), &noted.counts);
        }
        if let Some(seen) = &noted.seen {
            self.see(Sighting {
                origin: seen.origin.clone(),
                allowed: seen.allowed,
                count: 1,
                first_seen_at: moment,
                last_seen_at: moment,
            });
        }
    }

    fn count(&mut self, hour: i64, counts: &Counts) {
        match self.hours.iter_mut().find(|(known, _)| *known == hour) {
            Some((_, known)) => known.add(counts),
            None => self.hours.push((hour, *counts)),
        }
    }

    fn see(&mut self, sighting: Sighting) {
        let origins = &mut self.origins;
        if let Some(known) = origins.iter_mut().find(|known| known.origin == sighting.origin) {
            return known.add(&sighting);
        }
        let of_its_kind = |known: &&Sighting| known.allowed == sighting.allowed;
        let is_full = origins.iter().filter(of_its_kind).count() >= MOST_OF_A_KIND;
        if is_full && sighting.origin != OTHER {
            return self.see(Sighting { origin: OTHER.to_owned(), allowed: false, ..sighting });
        }
        origins.push(sighting);
    }

    /// Requests that it counts, to be told when they are lost.
    pub(super) fn requests(&self) -> u64 {
        let of_hour = |counts: &Counts| {
            let refused: u64 = counts.refused.iter().map(|(_, count)| count).sum();
            counts.inits.saturating_add(counts.chats).saturating_add(refused)
        };
        self.hours.iter().map(|(_, counts)| of_hour(counts)).sum()
    }
}

/// A batch on its way to the token's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub token: ClientTokenId,
    /// The number of the batch: each of a sender's batches for a token has a higher one than that
    /// before, and follows it only when that was received.
    pub number: u64,
    /// The moment of the newest request that the sender knew of.
    pub sent_at: Timestamp,
    pub batch: Batch,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ledger::Refusal;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn refused(origin: &str) -> Noted {
        let seen = Seen { origin: origin.to_owned(), allowed: false };
        Noted { counts: Counts::refused(Refusal::Origin), seen: Some(seen), stored_bytes: 0 }
    }

    fn allowed(origin: &str) -> Noted {
        let seen = Seen { origin: origin.to_owned(), allowed: true };
        Noted {
            counts: Counts { inits: 1, ..Counts::default() },
            seen: Some(seen),
            stored_bytes: 7,
        }
    }

    #[test]
    fn a_request_counts_in_the_hour_in_which_it_came() {
        let mut batch = Batch::default();
        assert!(batch.is_empty());
        batch.add(&allowed("https://a.example"), at(3_599_999));
        batch.add(&allowed("https://a.example"), at(3_600_000));
        let inits: Vec<_> =
            batch.hours.iter().map(|(hour, counts)| (*hour, counts.inits)).collect();
        assert_eq!(inits, [(0, 1), (1, 1)]);
        let [seen] = batch.origins.as_slice() else { panic!() };
        assert_eq!(
            (seen.count, seen.first_seen_at, seen.last_seen_at),
            (2, at(3_599_999), at(3_600_000))
        );
    }

    #[test]
    fn made_up_origins_take_no_place_of_allowed_ones_and_count_together() {
        let mut batch = Batch::default();
        for nth in 0..1_000 {
            batch.add(&refused(&format!("https://{nth}.invalid")), at(nth));
        }
        batch.add(&allowed("https://a.example"), at(7));
        assert_eq!(batch.origins.len(), 52);
        assert_eq!(batch.origins.last().unwrap().origin, "https://a.example");
        let other = batch.origins.iter().find(|seen| seen.origin == OTHER).unwrap();
        assert_eq!((other.count, other.allowed), (950, false));
        assert_eq!((other.first_seen_at, other.last_seen_at), (at(50), at(999)));
        assert_eq!(batch.requests(), 1_001);
    }
}
