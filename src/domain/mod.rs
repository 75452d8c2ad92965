//! The rules of the service: ids, credentials, origins, tokens, keys and their limits.
//!
//! Every rule can be read and tested without a network, a database or a clock: no status codes,
//! no SQL, no randomness, nothing asynchronous. Time and entropy are arguments.

pub mod actor;
pub mod api_key;
pub mod audit;
pub mod base62;
pub mod base_url;
pub mod bootstrap;
pub mod clerk;
pub mod client_token;
pub mod config;
pub mod conversation;
mod credential;
pub mod environment;
pub mod export;
pub mod feedback;
pub mod grant;
pub mod id;
pub mod idempotency;
pub mod json;
pub mod keyring;
pub mod ledger;
pub mod limiter;
pub mod limits;
pub mod message;
pub mod origin;
pub mod outbound;
pub mod paged;
pub mod permission;
pub mod quotas;
pub mod refusal_code;
pub mod secret_name;
pub mod session;
pub mod setting;
pub mod shedding;
pub mod sight;
pub mod target;
pub mod tenant;
pub mod text;
pub mod time;
pub mod token_value;
pub mod upstream;
pub mod warning;
pub(crate) mod words;
