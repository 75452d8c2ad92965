//! The event stream on its way to the page.
//!
//! It is here because bytes leave as they come: a write waits until the page has taken the one
//! before, so memory doesn't grow with the answer, and fails once the page is gone.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use worker::web_sys::{ReadableStream, TransformStream, WritableStreamDefaultWriter};

use crate::edge::failure::Failure;

/// The near end of a response's body.
pub(super) struct Pipe(WritableStreamDefaultWriter);

impl Pipe {
    /// A pipe and its far end, to be a response's body.
    pub(super) fn open() -> Result<(Self, ReadableStream), Failure> {
        let stream = TransformStream::new()?;
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

    /// Ends the body. A page that is gone doesn't hear it.
    pub(super) async fn close(&self) {
        let _ = JsFuture::from(self.0.close()).await;
    }
}
