//! The Durable Objects: each loads, asks the pure rule and stores.

mod limiter;
