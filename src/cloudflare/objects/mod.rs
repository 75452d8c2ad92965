//! The Durable Objects: each loads, asks the pure rule and stores.

mod ledger;
mod limiter;
mod storage;
