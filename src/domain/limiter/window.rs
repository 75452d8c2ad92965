//! A sliding window over the buckets: which of them count in a second, and when the requests of a
//! bucket have left for certain. Both follow from the grain of one second.

use super::{Bucket, Limit, LimitReached, Standing, State, seconds_until};
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

    pub(super) fn standing(self, state: &State, quota: u32, now: Timestamp) -> Standing {
        let counted = state.buckets_since(self.oldest_counted(state.second(now)));
        let count = sum(counted);
        let reset = self.leaves_below(counted, count.min(quota));
        Standing {
            quota,
            window: self.0,
            remaining: quota.saturating_sub(count),
            reset: reset.map(|moment| seconds_until(moment, now)),
        }
    }

    pub(super) fn refusal(
        self,
        state: &State,
        quota: u32,
        now: Timestamp,
        by: Limit,
    ) -> Option<LimitReached> {
        let standing = self.standing(state, quota, now);
        // A quota of 0, which no token can have, never gives way.
        let retry_after = standing.reset.unwrap_or(self.0);
        (standing.remaining == 0).then_some(LimitReached { by, quota, retry_after })
    }

    /// When fewer than `count` of the requests in `counted` are left; `None` if that can't be.
    fn leaves_below(self, counted: &[Bucket], count: u32) -> Option<Timestamp> {
        let mut left = sum(counted);
        counted.iter().find_map(|bucket| {
            left = left.saturating_sub(bucket.count);
            (left < count).then(|| self.leaves_at(*bucket))
        })
    }
}

fn sum(buckets: &[Bucket]) -> u32 {
    buckets.iter().fold(0, |sum, bucket| sum.saturating_add(bucket.count))
}
