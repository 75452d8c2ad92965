//! Every statement on real SQLite with the real migrations: what runs here is, to the letter, what
//! runs on D1.

// Helpers outside the test functions may fail loudly, too.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod audit_log;
mod bootstrap;
mod conversations;
mod corrupt;
mod database;
mod dump;
mod erasure;
mod export;
mod feedback;
mod idempotency;
mod keys;
mod ledger;
mod limiter;
mod opening;
mod plans;
mod purge;
mod quotas;
#[path = "../world/sqlite.rs"]
mod sqlite;
mod targets;
mod tokens;
mod users;
mod values;
mod verification;
mod visits;
