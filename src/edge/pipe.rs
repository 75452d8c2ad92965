//! The event stream on its way to the page.
//!
//! Bytes leave as they come: a write waits until the page has taken the one before, so memory
//! doesn't grow with the answer, and fails once the page is gone.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{
    js_sys::{Array, Promise, Uint8Array},
    wasm_bindgen_futures::JsFuture,
    web_sys::{ReadableStream, WritableStreamDefaultWriter},
};

use crate::{
    chat::stream::{frame::PING, notice::Notices},
    domain::time::Timestamp,
    edge::{clock::now, failure::Failure, patience::within},
};

/// After how much silence the page gets a comment. Proxies close what is silent, and whether a
/// page is still there is only certain to those who write to it.
const PING_AFTER: Duration = Duration::from_secs(5);

#[wasm_bindgen(module = "/src/edge/streams.js")]
extern "C" {
    /// The runtime's own kind of pipe, noted as open until it is closed, so that it can be ended
    /// when this instance of WebAssembly is. It is an `IdentityTransformStream`: unlike a
    /// `TransformStream`, whose writes never settle once the page is gone, it fails them.
    type OpenStream;

    #[wasm_bindgen(constructor, catch)]
    fn new(
        request_id: &str,
        execution_id: &str,
        kind: &str,
        failed: &str,
        broken: &str,
    ) -> Result<OpenStream, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn readable(this: &OpenStream) -> ReadableStream;

    #[wasm_bindgen(method, getter)]
    fn writer(this: &OpenStream) -> WritableStreamDefaultWriter;

    #[wasm_bindgen(method)]
    fn write(this: &OpenStream, chunk: Uint8Array) -> Promise;

    #[wasm_bindgen(method)]
    fn opened(this: &OpenStream, block: Option<&str>);
}

/// Whose stream it is, for the frames and the line in the log that end it when this instance
/// can't.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    /// The request's id.
    pub(super) request: &'a str,
    /// The execution's id.
    pub(super) execution: &'a str,
    /// `agent` or `flow`.
    pub(super) kind: &'static str,
    pub(super) notices: &'a Notices,
}

/// The near end of a response's body.
pub(super) struct Pipe {
    stream: OpenStream,
    /// The block of text that the page has seen begin and not end.
    block: RefCell<Option<String>>,
    sent_at: Cell<Timestamp>,
}

impl Pipe {
    /// A pipe and its far end, to be a response's body.
    pub(super) fn open(owner: Owner<'_>) -> Result<(Self, ReadableStream), Failure> {
        let Owner { request, execution, kind, notices } = owner;
        let stream = OpenStream::new(request, execution, kind, notices.failed(), notices.broken())?;
        let far_end = stream.readable();
        Ok((Self { stream, block: RefCell::default(), sent_at: Cell::new(now()) }, far_end))
    }

    /// Writes `bytes`, and tells whether the page is still there.
    pub(super) async fn send(&self, bytes: &[u8]) -> bool {
        if bytes.is_empty() {
            return true;
        }
        let is_there = JsFuture::from(self.stream.write(Uint8Array::from(bytes))).await.is_ok();
        self.sent_at.set(now());
        is_there
    }

    /// Notes which block of text the page has seen begin and not end.
    pub(super) fn opened(&self, block: Option<&str>) {
        if self.block.borrow().as_deref() != block {
            self.stream.opened(block);
            self.block.replace(block.map(str::to_owned));
        }
    }

    /// What settles once the page is gone: when the pipe breaks, or with `left`.
    pub(super) fn gone(&self, left: &Promise) -> JsFuture {
        let closed = self.stream.writer().closed();
        JsFuture::from(Promise::race(&Array::of2(&closed, left)))
    }

    /// What `future` gives, unless the page goes first. Meanwhile the page isn't left in silence;
    /// what was sent before must end with a whole frame.
    pub(super) async fn unless_gone<F: Future>(
        &self,
        gone: &mut JsFuture,
        future: F,
    ) -> Option<F::Output> {
        let mut future = pin!(future);
        loop {
            let silent = u64::try_from(now().millis() - self.sent_at.get().millis());
            let silent = Duration::from_millis(silent.unwrap_or_default());
            let answer = within(PING_AFTER.saturating_sub(silent), future.as_mut());
            if let Some(output) = unless_gone(gone, answer).await? {
                return Some(output);
            }
            if !self.send(PING.as_bytes()).await {
                return None;
            }
        }
    }

    /// Ends the body. A page that is gone doesn't hear it.
    pub(super) async fn close(&self) {
        let _ = JsFuture::from(self.stream.writer().close()).await;
    }
}

/// What `future` gives, unless the page goes first.
pub(super) async fn unless_gone<F: Future>(gone: &mut JsFuture, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        Pin::new(&mut *gone).poll(context).map(|_| None)
    })
    .await
}
