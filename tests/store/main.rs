//! Every statement on real SQLite with the real migrations.
//!
//! It is here because a statement is a value: what runs here is, to the letter, what runs on D1.

mod conversations;
mod database;
mod keys;
mod plans;
mod purge;
mod tokens;
