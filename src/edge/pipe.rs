//! The event stream on its way to the page.
//!
//! It is here because bytes leave as they come: a write waits until the page has taken the one
//! before, so memory doesn't grow with the answer, and fails once the page is gone.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::Poll,
};

use js_sys::Uint8Array;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, WritableStream, WritableStreamDefaultWriter};

use crate::edge::failure::Failure;

#[wasm_bindgen]
extern "C" {
    /// The runtime's own kind of pipe. Unlike a `TransformStream`, whose writes never settle
    /// once the page is gone, it fails them.
    type IdentityTransformStream;

    #[wasm_bindgen(constructor, catch)]
    fn new() -> Result<IdentityTransformStream, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn readable(this: &IdentityTransformStream) -> ReadableStream;

    #[wasm_bindgen(method, getter)]
    fn writable(this: &IdentityTransformStream) -> WritableStream;
}

/// The near end of a response's body.
pub(super) struct Pipe(WritableStreamDefaultWriter);

impl Pipe {
    /// A pipe and its far end, to be a response's body.
    pub(super) fn open() -> Result<(Self, ReadableStream), Failure> {
        let stream = IdentityTransformStream::new()?;
        Ok((Self(stream.writable().get_writer()?), stream.readable()))
    }

    /// Writes `bytes`, and tells whether the page is still there.
    pub(super) async fn send(&self, bytes: &[u8]) -> bool {
        if bytes.is_empty() {
            return true;
        }
        let chunk: JsValue = Uint8Array::from(bytes).into();
        JsFuture::from(self.0.write_with_chunk(&chunk)).await.is_ok()
    }

    /// What settles once the page is gone.
    pub(super) fn gone(&self) -> JsFuture {
        JsFuture::from(self.0.closed())
    }

    /// Ends the body. A page that is gone doesn't hear it.
    pub(super) async fn close(&self) {
        let _ = JsFuture::from(self.0.close()).await;
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
