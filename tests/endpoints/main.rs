//! Every endpoint, natively: the handlers that are deployed over real SQLite with the real schema.

// Helpers outside the test functions may fail loudly, too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod faults;
mod order;
mod scheduled;
mod stage;
mod trips;
#[path = "../world/mod.rs"]
mod world;
