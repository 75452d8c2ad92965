//! The end of a history: what to do when the alarm rings that was set for it.

use super::State;
use crate::domain::time::Timestamp;

/// Minutes until a history that couldn't be read is looked at again.
const RETRY_MINUTES: u32 = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// Nothing counts any more: delete all there is.
    Forget,
    /// Leave everything as it is and set the alarm for this moment.
    WakeAt(Timestamp),
}

/// Whether an admission at `now` must set an alarm, by the history before it. While anything in it
/// counts, an alarm is set for its end: it was stored together with the first request. One that
/// should have rung by now may have been lost.
pub fn wants_alarm(history: &State, now: Timestamp) -> bool {
    history.forget_at().is_none_or(|moment| moment <= now)
}

/// Decides at `now` over a history as it was read from storage. `None` is one that couldn't be
/// read: it may hold what still counts, so it is never deleted.
pub fn ring(history: Option<&State>, now: Timestamp) -> Alarm {
    let Some(history) = history else {
        return Alarm::WakeAt(now.plus_minutes(RETRY_MINUTES));
    };
    let rest = history.forget_at().filter(|moment| *moment > now);
    rest.map_or(Alarm::Forget, Alarm::WakeAt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::limiter::{Ask, admit};

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + millis)
    }

    #[test]
    fn a_history_is_kept_until_nothing_in_it_counts() {
        let mut state = State::default();
        admit(&mut state, &Ask::default(), at(0));
        let end = 3_601_000;
        assert_eq!(ring(Some(&state), at(0)), Alarm::WakeAt(at(end)));
        assert_eq!(ring(Some(&state), at(end - 1)), Alarm::WakeAt(at(end)));
        assert_eq!(ring(Some(&state), at(end)), Alarm::Forget);
    }

    #[test]
    fn an_alarm_is_set_for_a_history_that_is_new_or_over() {
        let mut state = State::default();
        assert!(wants_alarm(&state, at(0)));
        admit(&mut state, &Ask::default(), at(0));
        assert!(!wants_alarm(&state, at(0)));
        assert!(!wants_alarm(&state, at(3_600_999)));
        assert!(wants_alarm(&state, at(3_601_000)));
    }

    #[test]
    fn an_empty_history_is_forgotten() {
        assert_eq!(ring(Some(&State::default()), at(0)), Alarm::Forget);
    }

    #[test]
    fn a_history_that_cannot_be_read_is_kept_and_looked_at_again() {
        assert_eq!(ring(None, at(0)), Alarm::WakeAt(at(600_000)));
    }
}
