//! How long a ledger keeps what it counted, and when it looks for what is over.

use super::begin;
use crate::domain::time::Timestamp;

/// Days without a request after which an origin is forgotten.
pub const WINDOW_DAYS: u32 = 7;

/// Days for which the counts of an hour are kept: those of a year ago can be compared with today's.
pub(super) const KEPT_DAYS: u32 = 400;

/// Days for which a sender's last number is kept, so that a batch sent again counts once.
const SENDER_DAYS: u32 = 1;

/// Hours after which a sender gives up a batch that it couldn't hand over: well before its last
/// number is forgotten.
pub(super) const GIVE_UP_HOURS: u32 = 12;

/// The least days between two alarms.
const ALARM_DAYS: u32 = 1;

/// What is over at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Hours before this one.
    pub hour: i64,
    /// Origins last seen at this moment or before.
    pub origin: Timestamp,
    /// Senders last heard of at this moment or before.
    pub sender: Timestamp,
}

impl Bounds {
    pub fn at(now: Timestamp) -> Self {
        Self {
            hour: super::hour(now.minus_days(KEPT_DAYS)),
            origin: now.minus_days(WINDOW_DAYS),
            sender: now.minus_days(SENDER_DAYS),
        }
    }
}

/// The oldest rows of a ledger, where it has any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Oldest {
    pub hour: Option<i64>,
    /// When the origin was seen that wasn't for the longest time.
    pub origin: Option<Timestamp>,
    /// When the sender was heard of that wasn't for the longest time.
    pub sender: Option<Timestamp>,
}

/// What an alarm that rang leads to, once what is over was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// Nothing is left: the ledger deletes all there is.
    Forget,
    WakeAt(Timestamp),
}

/// When a ledger with these rows looks next, at `now`: when the first of them is over, but at most
/// once a day.
pub fn ring(oldest: &Oldest, now: Timestamp) -> Alarm {
    let hour = oldest.hour.map(|hour| begin(hour + 1).plus_minutes(KEPT_DAYS * 1_440));
    let origin = oldest.origin.map(|moment| moment.plus_minutes(WINDOW_DAYS * 1_440));
    let sender = oldest.sender.map(|moment| moment.plus_minutes(SENDER_DAYS * 1_440));
    let soonest = now.plus_minutes(ALARM_DAYS * 1_440);
    let due = [hour, origin, sender].into_iter().flatten().min();
    due.map_or(Alarm::Forget, |due| Alarm::WakeAt(due.max(soonest)))
}

/// When a ledger first looks that is new at `now`.
pub fn first_look(now: Timestamp) -> Timestamp {
    now.plus_minutes(ALARM_DAYS * 1_440)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + millis)
    }

    #[test]
    fn a_ledger_wakes_when_the_first_of_its_rows_is_over_but_at_most_once_a_day() {
        let hour = Some(super::super::hour(at(0)));
        let all = Oldest { hour, origin: Some(at(0)), sender: Some(at(0)) };
        assert_eq!(ring(&all, at(0)), Alarm::WakeAt(at(DAY)));
        assert_eq!(ring(&all, at(DAY / 2)), Alarm::WakeAt(at(DAY + DAY / 2)));
        assert_eq!(ring(&Oldest { sender: None, ..all }, at(DAY)), Alarm::WakeAt(at(7 * DAY)));
        let Alarm::WakeAt(last) = ring(&Oldest { hour, ..Oldest::default() }, at(0)) else {
            panic!()
        };
        assert!(super::super::hour(at(0)) < Bounds::at(last).hour);
        assert!(last < at(401 * DAY));
        assert_eq!(ring(&Oldest::default(), at(0)), Alarm::Forget);
    }

    #[test]
    fn a_sender_is_remembered_for_longer_than_it_tries() {
        const { assert!(GIVE_UP_HOURS * 2 <= SENDER_DAYS * 24) };
    }
}
