//! The question put to the limiter.
//!
//! The limits come with every question: a changed one holds from the next request on, and what is
//! stored is history only.

use serde::{Deserialize, Serialize};

use super::{
    Limit, LimitReached, State, Verdict, seconds_until,
    window::{Bound, Measure},
};
use crate::domain::{limits::Limits, time::Timestamp};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counted {
    /// A chat or a resumption.
    #[default]
    Chat,
    /// Feedback, counted apart (contract section 6.3).
    Feedback,
}

/// One request and the limits that hold for it; `None` admits any number, counted all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// What it counts as: the limits below are those of its own kind.
    pub counted: Counted,
    /// The most requests in any 60 seconds, 1 or more.
    pub per_minute: Option<u32>,
    /// The most requests in any 3600 seconds, 1 or more.
    pub per_hour: Option<u32>,
    /// Bytes that it gives to be stored. Those of all kinds are summed, and held to
    /// [`Ask::MOST_BYTES_PER_MINUTE`] and [`Ask::MOST_BYTES_PER_HOUR`].
    pub bytes: u32,
    /// The session that the request counts in, too: for a chat, not for a leg of one.
    pub session: Option<SessionAsk>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionAsk {
    /// Names the session: its conversation and when it started.
    pub key: String,
    /// The most chats in the session, 1 or more.
    pub cap: Option<u32>,
    /// The chats of the session that the database knows of. It lags behind the limiter, but
    /// knows what other visitors' limiters admitted: the greater number counts.
    pub seen: u32,
    /// Minutes without a chat, 1 or more, after which the count may be forgotten: the session
    /// is over then, or, kept alive by an init, fully known to the database.
    pub idle_minutes: u32,
    /// Milliseconds until the session ends if nothing more happens, as far as the asker knows.
    pub left_millis: u32,
}

impl Ask {
    /// The most bytes that a visitor gives in any 60 seconds (contract section 8).
    pub const MOST_BYTES_PER_MINUTE: u32 = 8 * 1024 * 1024;

    pub const MOST_BYTES_PER_HOUR: u32 = 64 * 1024 * 1024;

    pub(super) const BYTES: [Bound; 2] = [
        Bound {
            by: Limit::MinuteBytes,
            measure: Measure::Bytes,
            quota: Self::MOST_BYTES_PER_MINUTE,
        },
        Bound { by: Limit::HourBytes, measure: Measure::Bytes, quota: Self::MOST_BYTES_PER_HOUR },
    ];

    /// The feedback of one visitor: 60 a minute and 600 an hour (contract section 6.3).
    pub fn feedback(bytes: u32) -> Self {
        let (per_minute, per_hour) = (Some(60), Some(600));
        Self { counted: Counted::Feedback, per_minute, per_hour, bytes, session: None }
    }

    /// A request of a visitor under the limits of a token; a chat adds its session.
    pub fn request(limits: &Limits) -> Self {
        let Limits { per_minute, per_hour, .. } = *limits;
        Self { per_minute, per_hour, ..Self::default() }
    }

    pub(super) fn requests(&self) -> [Option<Bound>; 2] {
        let measure = Measure::Requests(self.counted);
        let bound = |by, quota: Option<u32>| quota.map(|quota| Bound { by, measure, quota });
        [bound(Limit::Minute, self.per_minute), bound(Limit::Hour, self.per_hour)]
    }
}

impl SessionAsk {
    /// The verdict on a session that was found full elsewhere, after this limiter's own.
    pub fn full(&self) -> Option<Verdict> {
        let quota = self.cap?;
        let retry_after = self.left_millis.div_ceil(1_000).max(1);
        let refusal = Some(LimitReached { by: Limit::Session, quota, retry_after });
        Some(Verdict { refusal, minute: None, hour: None })
    }

    /// The refusal of a session that is full: the wait is what is left of its idle time.
    pub(super) fn refusal(&self, state: &State, now: Timestamp) -> Option<LimitReached> {
        let quota = self.cap.filter(|cap| state.chats(self, now) >= *cap)?;
        let told = Timestamp::from_millis(now.millis() + i64::from(self.left_millis));
        // The asker's word is the last unless a chat was admitted that it doesn't know of yet.
        let newer = state.session(&self.key).filter(|own| own.count > self.seen);
        let ends_at = newer.map_or(told, |own| own.ends_at.max(told));
        Some(LimitReached { by: Limit::Session, quota, retry_after: seconds_until(ends_at, now) })
    }
}
