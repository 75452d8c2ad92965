//! A conversation's turn, pure: what a page asks, what an upstream hears and says, what the page
//! hears, and what is stored.
//!
//! Nothing in here knows HTTP, SQL, a network or a clock: what was found in the database comes in
//! as values, and what is to be written or sent goes out as values.

pub(crate) mod admission;
pub(crate) mod ending;
pub(crate) mod execution;
pub(crate) mod explanation;
pub(crate) mod message;
pub(crate) mod opening;
pub(crate) mod page;
pub(crate) mod part;
pub(crate) mod pause;
pub(crate) mod plan;
pub(crate) mod refused;
pub(crate) mod request;
pub(crate) mod step;
pub(crate) mod stream;
#[cfg(test)]
mod testing;
pub(crate) mod tool;
pub(crate) mod transcript;
pub(crate) mod trial;
pub(crate) mod upstream;
