//! The wire contract as values: routes, requests, replies and errors. The handlers turn a runtime's
//! request into these values, and one of these values into a response.

pub(crate) mod accept;
pub(crate) mod access;
pub(crate) mod api_keys;
pub(crate) mod audit_log;
pub(crate) mod authorization;
pub(crate) mod body;
pub(crate) mod bootstrap;
mod bootstrap_hint;
pub(crate) mod browser;
pub(crate) mod client_tokens;
pub(crate) mod conversations;
pub(crate) mod conversations_query;
pub(crate) mod cursor;
pub(crate) mod dashboard;
pub(crate) mod error;
mod error_body;
mod error_reply;
pub(crate) mod etag;
pub(crate) mod export;
pub(crate) mod faults;
pub(crate) mod feedback;
pub(crate) mod fields;
pub(crate) mod home;
pub(crate) mod idempotency;
pub(crate) mod openapi;
mod pagination;
mod problem;
pub(crate) mod query;
pub(crate) mod rate_limit;
pub(crate) mod reply;
pub(crate) mod retirement;
pub(crate) mod room;
pub(crate) mod route;
mod session_hint;
mod shed;

pub(crate) mod targets;
pub(crate) mod usage;

pub(crate) mod values;
