//! The ledger of a client token: how much it is used, by the hour, and from which origins (contract
//! sections 3.12 and 13), and how much it holds (section 8).
//!
//! Counting stands in no answer's way. Each instance of the Worker counts in memory ([`Pending`]) and
//! hands its counts to the token's ledger some seconds later, in numbered batches, so that a batch
//! whose receipt was lost is counted once. What crosses to the ledger and back is JSON, by serde: a sender
//! with its [`Delivery`], the first hour of a stretch and the one after it, hours, origins. What an instance counted since its last batch dies with it.

mod batch;
mod counts;
mod held;
mod origins;
mod pending;
mod refusal;
mod retention;
mod span;

pub use batch::{Batch, Delivery, Noted};
pub use counts::{Counts, MOST_TOKENS, Refused};
pub use held::{FULL, FullTokens, Held, most_stored};
pub use origins::{Change, NATIVE, OTHER, Seen, Sighting, is_in_window, merge};
pub use pending::Pending;
pub use refusal::Refusal;
pub use retention::{Alarm, Bounds, Oldest, WINDOW_DAYS, first_look, ring};
pub use span::{By, Span, SpanFault};

use crate::domain::time::Timestamp;

/// In milliseconds.
const HOUR: i64 = 3_600_000;

/// In whole hours since the Unix epoch.
pub fn hour(moment: Timestamp) -> i64 {
    moment.millis() / HOUR
}

pub fn begin(hour: i64) -> Timestamp {
    Timestamp::from_millis(hour.saturating_mul(HOUR))
}
