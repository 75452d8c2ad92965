//! The event stream of a chat: reading one and writing one (contract section 7).
//!
//! Every upstream speaks its own language and the page hears one: bytes come in, deltas are the
//! common tongue, frames go out, and none of it needs a network or a clock.

pub(crate) mod cut_off;
pub(crate) mod cutter;
pub(crate) mod decoder;
pub(crate) mod delta;
pub(crate) mod frame;
pub(crate) mod kept;
pub(crate) mod notice;
mod script;
pub(crate) mod turn;
