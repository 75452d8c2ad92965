//! What holds for the source as a text: which folder may name which, and that each rule has its test.

// Helpers outside the test functions may fail loudly, too.
#![allow(clippy::unwrap_used, clippy::panic)]

mod arrows;
mod forms;
mod rules;
mod source;
