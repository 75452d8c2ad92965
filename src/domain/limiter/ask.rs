//! The question put to the limiter.
//!
//! The limits come with every question: a changed one holds from the next request on, and what is
//! stored is history only.

use super::{Limit, LimitReached, State, Verdict, seconds_until};
use crate::domain::{limits::Limits, time::Timestamp};

/// One request and the limits that hold for it; `None` admits any number, counted all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// The most requests in any 60 seconds, 1 or more.
    pub per_minute: Option<u32>,
    /// The most requests in any 3600 seconds, 1 or more.
    pub per_hour: Option<u32>,
    /// The session that the request counts in, too: for a chat, not for a leg of one.
    pub session: Option<SessionAsk>,
}

/// The part of a question that concerns a session.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// The feedback of one visitor: 60 a minute and 600 an hour (contract section 6.3).
    pub const FEEDBACK: Self = Self { per_minute: Some(60), per_hour: Some(600), session: None };

    /// A request of a visitor under the limits of a token; a chat adds its session.
    #[must_use]
    pub fn request(limits: &Limits) -> Self {
        Self { per_minute: limits.per_minute, per_hour: limits.per_hour, session: None }
    }
}

impl SessionAsk {
    /// The verdict on a session that was found full elsewhere, after this limiter's own.
    #[must_use]
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
