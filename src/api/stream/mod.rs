//! The event stream of a chat: reading one and writing one (contract section 7).
//!
//! It is here because every upstream speaks its own language and the page hears one: bytes come
//! in, deltas are the common tongue, frames go out, and none of it needs a network or a clock.

pub mod cut_off;
pub mod decoder;
pub mod delta;
pub mod frame;
mod script;
pub mod turn;

/// The most bytes of an answer, its reasoning and tool calls included: one row of D1 holds 2 MB,
/// and JSON may double a text.
pub const MAX_ANSWER_BYTES: usize = 512 * 1024;
