//! All that is asked of the runtime, as traits. Each has two bodies: Cloudflare's, and one for tests
//! over real SQLite. Nothing above knows which it is, so that every handler runs natively.

use std::{any::Any, future::Future, pin::Pin, time::Duration};

use crate::{
    domain::{id::ClientTokenId, origin::Origin, shedding::Member, time::Timestamp},
    store::{batch::RowSet, db_error::DbError, statement::Statement},
};

/// A future on the heap: its code stands once, not in every handler that awaits it.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// What the runtime did not do, in its own words: for the log alone.
pub type Thrown = String;

/// The runtime, beside the request that it gives.
pub trait Platform {
    /// What the clock says. It may stand still while nothing is awaited.
    fn now(&self) -> Timestamp;

    /// Fills `into` with bytes fit for secrets.
    fn random(&self, into: &mut [u8]) -> Result<(), Thrown>;

    /// A variable or a secret of the deployment.
    fn variable(&self, name: &str) -> Option<String>;

    /// Runs statements in one transaction of the database.
    fn batch<'a>(&'a self, statements: Vec<&'a Statement>) -> Boxed<'a, Result<Ran, DbError>>;

    /// Asks an object, which answers one question at a time.
    fn ask_object<'a>(
        &'a self,
        object: Object<'a>,
        question: Question,
    ) -> Boxed<'a, Result<String, Thrown>>;

    /// Counts a request of `member`, and tells whether there were not too many.
    fn admits<'a>(&'a self, member: &'a Member) -> Boxed<'a, Result<bool, Thrown>>;

    /// Whether `signature` is that of `signed` (RS256, RFC 7518 section 3.3) by the public key
    /// `spki`, a `SubjectPublicKeyInfo`.
    fn verifies_rs256<'a>(
        &'a self,
        spki: &'a [u8],
        signed: &'a [u8],
        signature: &'a [u8],
    ) -> Boxed<'a, Result<bool, Thrown>>;

    /// Sends a request to an upstream, and waits for its answer to begin. It is hung up on when
    /// the future or the answer's body is dropped.
    fn fetch(&self, request: UpstreamRequest) -> Boxed<'_, Result<UpstreamResponse, NotFetched>>;

    /// Whether a connection to this place can be made at all.
    fn connects<'a>(&'a self, origin: &'a Origin) -> Boxed<'a, bool>;

    /// Opens an event stream, and gives its far end for the response.
    fn open_page(&self, owner: StreamOwner<'_>) -> Result<(Box<dyn Page>, FarEnd), Thrown>;

    /// Opens a body of the request `request_id`; `last_line` tells that it broke off.
    fn open_download(
        &self,
        request_id: &str,
        last_line: &str,
    ) -> Result<(Box<dyn Download>, FarEnd), Thrown>;

    fn sleep(&self, time: Duration) -> Boxed<'static, ()>;

    /// Runs `future` on, after the answer.
    fn after(&self, future: Boxed<'static, ()>);

    /// Writes a line of the log; the bad ones can be told apart.
    fn log(&self, line: &str, is_bad: bool);
}

/// A request, as it came.
pub trait Incoming {
    fn method(&self) -> &str;

    /// The whole address.
    fn url(&self) -> &str;

    /// The header `name`; several of one name come as one, joined by commas.
    fn header(&self, name: &str) -> Option<String>;

    /// The body in pieces of 64 KiB at the most; `None` when there is none. `is_bounded` tells that
    /// as much as was announced may be in memory at once.
    fn body(&self, is_bounded: bool) -> Option<Box<dyn Pieces + '_>>;

    /// Settles when the caller's connection breaks, as far as the runtime hears of it.
    fn left(&self) -> Boxed<'static, ()>;
}

/// Bytes that come piece by piece.
pub trait Pieces {
    /// The next piece; `None` at the end.
    fn next(&mut self) -> Boxed<'_, Result<Option<Vec<u8>>, Thrown>>;
}

/// What a transaction gave and cost.
pub struct Ran {
    /// In the order of the statements.
    pub sets: Vec<RowSet>,
    /// Rows that the statements stepped over.
    pub read: u64,
    /// Rows written, index entries included.
    pub written: u64,
}

/// Which object is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object<'a> {
    /// The limiter of this name, which counts a visitor of a token.
    Limiter(&'a str),
    /// The ledger of a token.
    Ledger(ClientTokenId),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What kind of question, as a path: `/add`.
    pub path: &'static str,
    pub body: String,
}

/// A request that is sent with POST; a redirect isn't followed.
#[derive(Clone)]
pub struct UpstreamRequest {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// An upstream's answer that has begun.
pub struct UpstreamResponse {
    pub status: u16,
    pub content_type: Option<String>,
    pub retry_after: Option<String>,
    pub body: Option<Box<dyn Pieces>>,
}

/// Why nothing came of a request to an upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotFetched {
    /// This header can't be sent.
    Header(String),
    Thrown(Thrown),
}

/// A response's body that is written as the caller takes it.
pub trait Output {
    /// Writes `bytes` once the caller has taken what came before, and tells whether it is still
    /// there.
    fn send<'a>(&'a self, bytes: &'a [u8]) -> Boxed<'a, bool>;

    /// Ends the body, which is whole. A caller that is gone doesn't hear it.
    fn close(&self) -> Boxed<'_, ()>;
}

/// An event stream on its way to a page.
pub trait Page: Output {
    /// Notes which block of text the page has seen begin and not end.
    fn opened(&self, block: Option<&str>);

    /// Settles when the stream breaks.
    fn broken(&self) -> Boxed<'static, ()>;
}

/// A body of lines.
pub trait Download: Output {
    /// Ends it with the line that tells that it broke off.
    fn break_off(&self) -> Boxed<'_, ()>;
}

/// Whose event stream it is, for the frames and the line in the log that end it when nobody else
/// can.
#[derive(Debug, Clone, Copy)]
pub struct StreamOwner<'a> {
    /// The request's id.
    pub request: &'a str,
    /// The execution's id.
    pub execution: &'a str,
    /// `agent` or `flow`.
    pub kind: &'static str,
    /// What a visitor reads of an answer that failed before its first word …
    pub failed: &'a str,
    /// … and of one that broke off.
    pub broken: &'a str,
}

/// The other end of a body, which the runtime knows.
pub struct FarEnd(pub Box<dyn Any>);
