//! What an instance of the Worker counted and hasn't handed over yet.
//!
//! For each token there is one batch under way at the most. It stays as it was sealed, under its
//! number, until the ledger has received it: one that is sent again, because its receipt was lost,
//! is known by its number. What is counted meanwhile waits for the next.

use super::{Batch, Delivery, Noted, retention::GIVE_UP_HOURS};
use crate::domain::{id::ClientTokenId, time::Timestamp};

/// The most tokens that are counted for at a time: as many calls as a request may make, by far.
const MOST_TOKENS_COUNTED: usize = 500;

/// Milliseconds after which a flush that was begun must have failed: its request is gone.
const FLUSH_PATIENCE: i64 = 30_000;

#[derive(Debug, Default)]
pub struct Pending {
    tokens: Vec<Waiting>,
    last_number: u64,
    /// The moment of the newest request.
    latest: Option<Timestamp>,
    /// When the flush began that will seal what is open.
    flush_began: Option<Timestamp>,
    lost: u64,
}

#[derive(Debug)]
struct Waiting {
    token: ClientTokenId,
    sealed: Option<Sealed>,
    open: Batch,
}

#[derive(Debug)]
struct Sealed {
    number: u64,
    at: Timestamp,
    batch: Batch,
}

impl Pending {
    /// Counts what a request that came at `moment` adds. Tells whether nobody is about to flush, so
    /// that the caller must: later, with [`Self::seal`].
    #[must_use = "the caller may have to flush"]
    pub fn note(&mut self, token: ClientTokenId, noted: &Noted, moment: Timestamp) -> bool {
        self.latest = self.latest.max(Some(moment));
        let has_room = self.tokens.len() < MOST_TOKENS_COUNTED;
        match self.tokens.iter_mut().find(|waiting| waiting.token == token) {
            Some(waiting) => waiting.open.add(noted, moment),
            None if has_room => {
                let mut open = Batch::default();
                open.add(noted, moment);
                self.tokens.push(Waiting { token, sealed: None, open });
            }
            None => self.lost = self.lost.saturating_add(1),
        }
        self.claim()
    }

    /// Takes on the flush, unless somebody has.
    fn claim(&mut self) -> bool {
        let Some(now) = self.latest else { return false };
        let is_alive = |began: Timestamp| (began.millis() - now.millis()).abs() < FLUSH_PATIENCE;
        let is_free = !self.flush_began.is_some_and(is_alive);
        if is_free {
            self.flush_began = Some(now);
        }
        is_free
    }

    /// Seals what is open, and gives all that is to be sent: also what was sent before, but not
    /// received. From now on another may take on the next flush.
    pub fn seal(&mut self) -> Vec<Delivery> {
        self.flush_began = None;
        let Some(now) = self.latest else { return Vec::new() };
        let (last_number, lost) = (&mut self.last_number, &mut self.lost);
        let deliveries = self.tokens.iter_mut().filter_map(|waiting| {
            *lost = lost.saturating_add(waiting.give_up(now));
            let token = waiting.token;
            let sealed = waiting.seal(last_number, now)?;
            let (number, batch) = (sealed.number, sealed.batch.clone());
            Some(Delivery { token, number, sent_at: now, batch })
        });
        deliveries.collect()
    }

    pub fn received(&mut self, token: ClientTokenId, number: u64) {
        for waiting in self.tokens.iter_mut().filter(|waiting| waiting.token == token) {
            waiting.sealed.take_if(|sealed| sealed.number == number);
        }
        self.tokens.retain(|waiting| waiting.sealed.is_some() || !waiting.open.is_empty());
    }

    /// Whether something is left that nobody is about to flush; the caller has taken it on then.
    #[must_use = "the flush is taken on"]
    pub fn takes_on_the_rest(&mut self) -> bool {
        !self.tokens.is_empty() && self.flush_began.is_none() && self.claim()
    }

    /// Gives the flush that was taken on back to the next request.
    pub fn leave(&mut self) {
        self.flush_began = None;
    }

    /// How many requests couldn't be counted, each told once.
    pub fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }
}

impl Waiting {
    /// Drops a batch that couldn't be handed over for so long that the ledger may have forgotten
    /// its sender: sent once more, it might count twice. Gives how many requests that were.
    fn give_up(&mut self, now: Timestamp) -> u64 {
        let is_over = |sealed: &mut Sealed| sealed.at.plus_minutes(GIVE_UP_HOURS * 60) <= now;
        self.sealed.take_if(is_over).map_or(0, |sealed| sealed.batch.requests())
    }

    fn seal(&mut self, last_number: &mut u64, now: Timestamp) -> Option<&Sealed> {
        if self.sealed.is_none() && !self.open.is_empty() {
            *last_number += 1;
            let batch = std::mem::take(&mut self.open);
            self.sealed = Some(Sealed { number: *last_number, at: now, batch });
        }
        self.sealed.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ledger::Counts;

    fn token(nth: u16) -> ClientTokenId {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&nth.to_be_bytes());
        ClientTokenId::from_bytes(bytes)
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + millis)
    }

    fn init() -> Noted {
        Noted { counts: Counts { inits: 1, ..Counts::default() }, ..Noted::default() }
    }

    fn inits(delivery: &Delivery) -> u64 {
        delivery.batch.hours.iter().map(|(_, counts)| counts.inits).sum()
    }

    #[test]
    fn the_first_request_of_a_batch_flushes_and_the_others_do_not() {
        let mut pending = Pending::default();
        assert!(pending.note(token(1), &init(), at(0)));
        assert!(!pending.note(token(1), &init(), at(1)));
        assert!(!pending.note(token(2), &init(), at(2)));
        let sent = pending.seal();
        assert_eq!(sent.iter().map(inits).collect::<Vec<_>>(), [2, 1]);
        assert!(pending.note(token(1), &init(), at(3)), "the next one begins the next flush");
    }

    #[test]
    fn a_flush_whose_request_is_gone_is_taken_on_by_another() {
        let mut pending = Pending::default();
        assert!(pending.note(token(1), &init(), at(0)));
        assert!(!pending.note(token(1), &init(), at(FLUSH_PATIENCE - 1)));
        assert!(pending.note(token(1), &init(), at(FLUSH_PATIENCE)));
    }

    #[test]
    fn what_was_not_received_is_sent_again_as_it_was_and_the_rest_waits() {
        let mut pending = Pending::default();
        let _ = pending.note(token(1), &init(), at(0));
        let first = pending.seal();
        let _ = pending.note(token(1), &init(), at(1));
        let again = pending.seal();
        assert_eq!((again[0].number, &again[0].batch), (first[0].number, &first[0].batch));
        pending.received(token(1), first[0].number);
        let rest = pending.seal();
        assert!(rest[0].number > first[0].number);
        assert_eq!(inits(&rest[0]), 1);
        pending.received(token(1), first[0].number);
        assert_eq!(pending.seal(), rest, "an old receipt says nothing of the next batch");
        pending.received(token(1), rest[0].number);
        assert!(pending.seal().is_empty());
        assert!(!pending.takes_on_the_rest());
    }

    #[test]
    fn whoever_flushed_takes_on_what_is_left_unless_another_has() {
        let mut pending = Pending::default();
        let _ = pending.note(token(1), &init(), at(0));
        let _ = pending.seal();
        assert!(pending.takes_on_the_rest());
        assert!(!pending.takes_on_the_rest());
        assert!(!pending.note(token(1), &init(), at(1)));
        pending.leave();
        assert!(pending.note(token(1), &init(), at(1)));
        assert!(!pending.takes_on_the_rest());
    }

    #[test]
    fn a_batch_is_given_up_before_its_sender_is_forgotten() {
        let mut pending = Pending::default();
        let _ = pending.note(token(1), &init(), at(0));
        let first = pending.seal();
        let over = i64::from(GIVE_UP_HOURS) * 3_600_000;
        let _ = pending.note(token(2), &init(), at(over - 1));
        assert_eq!(pending.seal()[0], Delivery { sent_at: at(over - 1), ..first[0].clone() });
        let _ = pending.note(token(2), &init(), at(over));
        assert!(pending.seal().iter().all(|delivery| delivery.token == token(2)));
        assert_eq!(pending.take_lost(), 1);
        assert_eq!(pending.take_lost(), 0);
    }

    #[test]
    fn more_tokens_than_can_be_flushed_are_told_as_lost() {
        let mut pending = Pending::default();
        for nth in 0..502 {
            let _ = pending.note(token(nth), &init(), at(0));
        }
        let _ = pending.note(token(7), &init(), at(0));
        assert_eq!(pending.take_lost(), 2);
        assert_eq!(pending.seal().len(), 500);
    }
}
