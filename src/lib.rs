//! A self-hosted Client Tokens API: a Cloudflare Worker over D1 that lets a web page talk to an
//! AI backend with no secret in the page.
//!
//! # The map
//!
//! | folder | what it is | may name |
//! |---|---|---|
//! | [`domain`] | what is true: ids, credentials, origins, tokens, keys, limits | nobody |
//! | [`api`] | the wire contract as values: routes, requests, replies, errors | `domain` |
//! | [`store`] | SQL as values, one file per table | `domain` |
//! | `edge` | the Worker, on wasm32 only: the one folder that names the runtime | all of them |
//!
//! `api` and `store` never meet. `domain` has no status codes, no SQL, no clock and no
//! randomness; `api` has no SQL; `store` has no HTTP; `edge` has no rules. The compiler guards
//! the outer wall: the runtime's crates are dependencies on wasm32 alone, so a path into them from
//! the core fails the native build.
//!
//! # The three ideas
//!
//! 1. **Credentials are derived or hashed, never stored.** A token's value is its row's id and
//!    generation under a keyed tag ([`domain::token_value`]); an API key is random, tagged and
//!    stored as a digest ([`domain::api_key`]). A forged one is refused by arithmetic, and a dump
//!    of the database is useless without the Worker's secret ([`domain::keyring`]).
//! 2. **A statement is a value.** [`store`] holds pure functions from arguments to SQL text and
//!    parameters. The same values run on real SQLite in the tests and on D1 in the Worker.
//!    Authentication travels in the same batch as the data, with the tenant named by the key's
//!    digest inside the SQL ([`store::caller`]).
//! 3. **Every refusal explains itself.** A body's faults are all told at once, each with its
//!    path, code and suggestion ([`api::faults`]); one exhaustive match decides what each error
//!    says ([`api::error`]).
//!
//! # A chat, from end to end
//!
//! A session id is a signed credential that names its conversation, token and target
//! ([`domain::session`]), so opening one writes nothing. A chat costs two trips to the database
//! and one question to the limiter before the upstream is asked: one batch reads token, target,
//! session and transcript; the limiter, a Durable Object for each visitor around a pure rule
//! ([`domain::limiter`]), admits or refuses; one batch makes the visitor's words durable. Then
//! the upstream's bytes become deltas ([`api::upstream`]) and the deltas frames
//! ([`api::stream`]), or pass through untouched and are read along. An answer is acknowledged
//! by its last frame, which waits until the answer is stored; one that ends early is kept,
//! marked partial.
//!
//! # Size
//!
//! The upload is budgeted, so three habits are kept. JSON comes in through
//! [`domain::json::Json`] alone: each derived `Deserialize` costs kilobytes, and the first one
//! also brings in the printing of floats. Futures that several handlers await are boxed, so that
//! their code stands once. The edge speaks to the runtime's own `Request`, `Response` and D1
//! types rather than through wrappers; hash tables are sorted lists, which also can't be flooded.
//!
//! The standard library is compiled along, for size, and without the texts of panics: a panic is
//! a trap. It costs the request that it happens in, leaves one line in the log, and the next
//! request finds a new instance (`edge/entry.js`). To read what a panic says, build without
//! `immediate-abort` (`scripts/build.sh`).

pub mod api;
pub mod domain;
#[cfg(target_arch = "wasm32")]
mod edge;
pub mod store;
