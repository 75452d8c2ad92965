//! A conversation's turn, pure: what a page asks, what an upstream hears and says, what the page
//! hears, and what is stored.
//!
//! Nothing in here knows HTTP, SQL, a network or a clock: what was found in the database comes in
//! as values, and what is to be written or sent goes out as values.

pub mod admission;
pub mod ending;
pub mod execution;
pub mod message;
pub mod opening;
pub mod page;
pub mod part;
pub mod pause;
pub mod plan;
pub mod refused;
pub mod request;
pub mod step;
pub mod stream;
#[cfg(test)]
mod testing;
pub mod tool;
pub mod transcript;
pub mod upstream;
