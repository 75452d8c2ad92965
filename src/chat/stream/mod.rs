//! The event stream of a chat: reading one and writing one (contract section 7).
//!
//! Every upstream speaks its own language and the page hears one: bytes come in, deltas are the
//! common tongue, frames go out, and none of it needs a network or a clock.

pub mod cut_off;
pub mod cutter;
pub mod decoder;
pub mod delta;
pub mod frame;
pub mod kept;
mod script;
pub mod turn;

/// What a turn says that failed before its first word: the widget shows nothing for an
/// `execution_error`. It isn't part of the answer and isn't stored.
pub const APOLOGY: &str = "The answer could not be completed. Please try again.";
