//! The wire contract as values: routes, requests, replies and errors. The edge turns a runtime's
//! request into these values, and one of these values into a response.

pub mod access;
pub mod api_keys;
pub mod authorization;
pub mod body;
pub mod browser;
pub mod client_tokens;
pub mod conversations;
pub mod cursor;
pub mod error;
mod error_reply;
pub mod faults;
pub mod feedback;
pub mod fields;
pub mod limiter;
pub mod query;
pub mod rate_limit;
pub mod reply;
pub mod route;

pub mod targets;

pub mod values;
