//! The limiter: whether one visitor of one client token may go on, and if not, when.
//!
//! The rule of contract section 8 is pure: history, question and moment go in, a verdict and the
//! rows that changed come out. Whoever stores the history must run one [`admit`] after the other,
//! keep what it reports before the answer leaves, and forget the history when [`ring`] says so.
//!
//! Question and verdict cross to the limiter's Durable Object and back as JSON, by serde.
//!
//! Requests, and the bytes that they give to be stored, are counted in buckets of one second. A
//! bucket counts until every request that may lie in it has left the window, which holds a request
//! back by less than a second and never lets one through too early. A clock that goes back stands
//! still at the newest bucket.

mod alarm;
mod ask;
mod name;
mod state;
mod verdict;
mod visitor;
mod window;

#[cfg(test)]
mod model;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use alarm::{Alarm, ring, wants_alarm};
pub use ask::{Ask, Counted, SessionAsk};
pub use name::name;
pub use state::{Bucket, Change, SessionCount, State};
pub use verdict::{Limit, LimitReached, Standing, Verdict};
pub use visitor::Visitor;

use crate::domain::time::Timestamp;
use window::Bound;

/// Counts the request in all of its limits, or in none of them and changes nothing. The change is
/// there exactly when the request is admitted.
pub fn admit(state: &mut State, ask: &Ask, now: Timestamp) -> (Verdict, Option<Change>) {
    let refusal = refusal(state, ask, now);
    let change = refusal.is_none().then(|| state.record(ask, now));
    let standing = |bound: Option<Bound>| bound.map(|bound| bound.standing(state, now));
    let [minute, hour] = ask.requests().map(standing);
    (Verdict { refusal, minute, hour }, change)
}

/// What [`admit`] would decide, with nothing counted.
pub fn peek(state: &State, ask: &Ask, now: Timestamp) -> Verdict {
    Verdict { refusal: refusal(state, ask, now), minute: None, hour: None }
}

/// Of the limits that refuse, the one with the longest wait.
fn refusal(state: &State, ask: &Ask, now: Timestamp) -> Option<LimitReached> {
    let requests = ask.requests().into_iter().flatten().map(|bound| (bound, 1));
    let bytes = Ask::BYTES.into_iter().map(|bound| (bound, ask.bytes));
    let windows = requests.chain(bytes).filter_map(|(bound, more)| bound.refusal(state, more, now));
    let session = ask.session.as_ref().and_then(|session| session.refusal(state, now));
    windows.chain(session).max_by_key(|refusal| refusal.retry_after)
}

/// Whole seconds from `now` until `moment` has come, rounded up, at least 1.
fn seconds_until(moment: Timestamp, now: Timestamp) -> u32 {
    let seconds = (moment.millis() - now.millis() + 999) / 1_000;
    u32::try_from(seconds.max(1)).unwrap_or(u32::MAX)
}
