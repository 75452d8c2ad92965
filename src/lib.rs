//! A self-hosted Client Tokens API: a Cloudflare Worker over D1 that lets a web page talk to an
//! AI backend with no secret in the page.
//!
//! # The map
//!
//! | folder | what it is | may name |
//! |---|---|---|
//! | [`domain`] | what is true: ids, credentials, origins, tokens, keys, limits | nobody |
//! | [`chat`] | a conversation's turn: transcript, tools, streams, upstreams, what is stored | `domain` |
//! | [`api`] | the wire contract as values: routes, requests, replies, errors | `chat`, `domain` |
//! | [`store`] | SQL as values, one file per table | `domain` |
//! | [`platform`] | what is asked of the runtime, as traits | `domain`, `store` |
//! | [`handlers`] | from a request to its response: what is done in which order | all above |
//! | `cloudflare` | the Worker, on wasm32 only: the one folder that names the runtime | all above |
//!
//! `api` and `store` never meet, nor do `chat` and `store`: `chat` returns values, and `handlers` make
//! statements of them. `domain` has no status codes, no SQL, no clock and no randomness; `api` and
//! `chat` have no SQL; `store` has no HTTP; `handlers` and `cloudflare` have no rules. The
//! platform has two bodies: Cloudflare's, and that of the tests over real SQLite, so that every
//! handler runs natively. The compiler guards
//! the outer wall: the runtime's crates are dependencies on wasm32 alone, so a path into them from
//! the core fails the native build. `tests/house` guards the rest, folder by folder.
//!
//! # The three ideas
//!
//! 1. **Credentials are derived or hashed, never stored.** A token's value is its row's id and
//!    generation under a keyed tag ([`domain::token_value`]); an API key is random, tagged and
//!    stored as a digest ([`domain::api_key`]). A minted value carries what it allows, and so do its
//!    sessions ([`domain::grant`]). A forged one is refused by arithmetic, and a dump
//!    of the database is useless without the Worker's secret ([`domain::keyring`]).
//! 2. **A statement is a value.** [`store`] holds pure functions from arguments to SQL text and
//!    parameters. The same values run on real SQLite in the tests and on D1 in the Worker.
//!    Authentication travels in the same batch as the data, with the tenant named by the key's
//!    digest inside the SQL ([`store::caller`]). A signed-in user's token has proved its tenant by
//!    arithmetic ([`domain::clerk`]), and the same statements take that.
//! 3. **Every refusal explains itself.** A body's faults are all told at once, each with its
//!    path, code and suggestion ([`api::faults`]); one exhaustive match decides what each error
//!    says ([`api::error`]).
//!
//! # A chat, from end to end
//!
//! A session id is a signed credential that names its conversation, token and target
//! ([`domain::session`]), so opening one writes nothing. A chat costs two trips to the database
//! and one question to the limiter before the upstream is asked: one batch reads token, target,
//! session and which of the page's list is stored, by ids and sizes; the limiter, a Durable Object
//! for each visitor around a pure rule ([`domain::limiter`]), admits or refuses; one batch makes
//! the visitor's words durable, and only that one reads what was said. What the limiter is asked and
//! what is written is decided in
//! [`chat::plan`]. Then the upstream's bytes become deltas ([`chat::upstream`]) and the deltas
//! frames ([`chat::stream`]), or pass through untouched and are read along. An answer is
//! acknowledged by its last frame, which waits until the answer is stored; one that ends early is
//! kept, marked partial ([`chat::ending`]).
//!
//! What a token is used for is counted in memory and handed over after the answer, in numbered
//! batches, to a Durable Object for each token ([`domain::ledger`]).
//!
//! # The build
//!
//! Plain stable Rust over the crate `worker`, built by `worker-build`; `#[event(fetch)]`,
//! `#[event(scheduled)]` and `#[durable_object]` stand in `cloudflare`. Each handler is one boxed
//! future: inlined into one function, they would all be compiled when the first request comes.
//! `npm test` holds the upload and the largest function to their sizes.
//!
//! # A trap
//!
//! A panic can't be caught in this build: it ends the instance of WebAssembly, and with it
//! whatever else was under way there. `cloudflare/entry.js`, around `worker-build`'s own shim, sees to
//! it that nobody waits in vain. Requests that waited in the same instance are answered with 500
//! at once, open streams end with `execution_error`, callers of a Durable Object are told, and
//! each has its line in the log. The panic itself is logged once, with its stack. The next call finds
//! a new instance. What a stream had said by then isn't stored; the question is, and may be asked
//! again.

#![allow(rustdoc::private_intra_doc_links, reason = "the map shows the private layers, too")]

mod api;
mod chat;
#[cfg(target_arch = "wasm32")]
mod cloudflare;
pub mod domain;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod golden;
pub mod handlers;
pub mod platform;
pub mod store;
