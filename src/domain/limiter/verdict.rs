//! The limiter's answer, from which alone the answer to the caller can be written: what was decided,
//! how long to wait, and where each window stands.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// `None` when the request was admitted.
    pub refusal: Option<LimitReached>,
    /// The minute, if it is limited.
    pub minute: Option<Standing>,
    /// The hour, if it is limited.
    pub hour: Option<Standing>,
}

/// A refused request: it counts nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitReached {
    /// The limit that takes longest to give way.
    pub by: Limit,
    /// The number that this limit allows.
    pub quota: u32,
    /// Whole seconds, at least 1. The same request is refused one second short of them and
    /// admitted after them, if nothing else happens.
    pub retry_after: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limit {
    /// Requests in 60 seconds.
    Minute,
    /// Requests in 3600 seconds.
    Hour,
    /// Bytes in 60 seconds.
    MinuteBytes,
    /// Bytes in 3600 seconds.
    HourBytes,
    /// Chats in the session.
    Session,
}

/// Where a window stands after the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub quota: u32,
    /// In seconds.
    pub window: u32,
    /// How many more requests the window admits now.
    pub remaining: u32,
    /// Whole seconds, at least 1, until it admits more than `remaining`, if nothing else
    /// happens; `None` when nothing counts in it, or when it never admits anything.
    pub reset: Option<u32>,
}
