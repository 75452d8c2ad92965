//! A sliding window over the buckets: which of them count in a second, and when what a bucket holds
//! has left for certain. Both follow from the grain of one second.

use super::{Bucket, Counted, Limit, LimitReached, Standing, State, seconds_until};
use crate::domain::time::Timestamp;

/// A span of whole seconds, both ends included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window(u32);

impl Window {
    pub(super) const MINUTE: Self = Self(60);
    pub(super) const HOUR: Self = Self(3_600);

    /// The oldest second whose requests count in `second`: the last of them may lie a whole
    /// window before the first moment of the next second.
    pub(super) fn oldest_counted(self, second: i64) -> i64 {
        second.saturating_sub(self.0.into())
    }

    /// The moment from which the requests of `bucket` no longer count.
    pub(super) fn leaves_at(self, bucket: Bucket) -> Timestamp {
        let second = bucket.second.saturating_add(i64::from(self.0) + 1);
        Timestamp::from_millis(second.saturating_mul(1_000))
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Measure {
    Requests(Counted),
    /// Bytes of requests of every kind.
    Bytes,
}

impl Measure {
    fn sum(self, buckets: &[Bucket]) -> u32 {
        buckets.iter().fold(0, |sum, bucket| sum.saturating_add(self.of(bucket)))
    }

    fn of(self, bucket: &Bucket) -> u32 {
        match self {
            Self::Requests(Counted::Chat) => bucket.chats,
            Self::Requests(Counted::Feedback) => bucket.feedback,
            Self::Bytes => bucket.bytes,
        }
    }
}

/// How much of something a window may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub(super) by: Limit,
    pub(super) measure: Measure,
    pub(super) quota: u32,
}

impl Bound {
    fn window(self) -> Window {
        match self.by {
            Limit::Minute | Limit::MinuteBytes => Window::MINUTE,
            Limit::Hour | Limit::HourBytes | Limit::Session => Window::HOUR,
        }
    }

    pub(super) fn standing(self, state: &State, now: Timestamp) -> Standing {
        let counted = self.counted(state, now);
        let sum = self.measure.sum(counted);
        // Until there is room for more than now: one below the sum, or below the quota if that was
        // lowered.
        let below = sum.min(self.quota).checked_sub(1);
        let reset = below.and_then(|most| self.falls_to(counted, most));
        Standing {
            quota: self.quota,
            window: self.window().0,
            remaining: self.quota.saturating_sub(sum),
            reset: reset.map(|moment| seconds_until(moment, now)),
        }
    }

    /// The refusal of a request that would add `more`.
    pub(super) fn refusal(self, state: &State, more: u32, now: Timestamp) -> Option<LimitReached> {
        let counted = self.counted(state, now);
        let room = self.quota.checked_sub(more);
        if room.is_some_and(|room| self.measure.sum(counted) <= room) {
            return None;
        }
        // What is more than the whole quota never fits.
        let moment = room.and_then(|room| self.falls_to(counted, room));
        let retry_after = moment.map_or(self.window().0, |moment| seconds_until(moment, now));
        Some(LimitReached { by: self.by, quota: self.quota, retry_after })
    }

    fn counted(self, state: &State, now: Timestamp) -> &[Bucket] {
        state.buckets_since(self.window().oldest_counted(state.second(now)))
    }

    /// When no more than `most` is left of what is `counted` and is more than that.
    fn falls_to(self, counted: &[Bucket], most: u32) -> Option<Timestamp> {
        let mut left = self.measure.sum(counted);
        counted.iter().find_map(|bucket| {
            left = left.saturating_sub(self.measure.of(bucket));
            (left <= most).then(|| self.window().leaves_at(*bucket))
        })
    }
}
