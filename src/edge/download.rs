//! A body of lines that is written piece by piece, and ends with a line of its own when it breaks off.

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{
    js_sys::{Promise, Uint8Array},
    wasm_bindgen_futures::JsFuture,
    web_sys::ReadableStream,
};

use crate::edge::failure::Failure;

#[wasm_bindgen(module = "/src/edge/streams.js")]
extern "C" {
    /// The runtime's own kind of pipe, noted as open until it is closed, so that it breaks off when
    /// this instance of WebAssembly does.
    type OpenDownload;

    #[wasm_bindgen(constructor, catch)]
    fn new(request_id: &str, last_line: &str) -> Result<OpenDownload, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn readable(this: &OpenDownload) -> ReadableStream;

    #[wasm_bindgen(method)]
    fn write(this: &OpenDownload, chunk: Uint8Array) -> Promise;

    #[wasm_bindgen(method)]
    fn close(this: &OpenDownload) -> Promise;

    #[wasm_bindgen(method, js_name = breakOff)]
    fn break_off(this: &OpenDownload) -> Promise;
}

/// The near end of a response's body.
pub(super) struct Download(OpenDownload);

impl Download {
    /// A download of a request and its far end, to be a response's body; `last_line` tells that it
    /// broke off.
    pub(super) fn open(
        request_id: &str,
        last_line: &str,
    ) -> Result<(Self, ReadableStream), Failure> {
        let stream = OpenDownload::new(request_id, last_line)?;
        let far_end = stream.readable();
        Ok((Self(stream), far_end))
    }

    /// Writes `text` once the client has taken what came before, and tells whether it is still
    /// there.
    pub(super) async fn send(&self, text: &str) -> bool {
        text.is_empty()
            || JsFuture::from(self.0.write(Uint8Array::from(text.as_bytes()))).await.is_ok()
    }

    /// Ends the body, which is whole. A client that is gone doesn't hear it.
    pub(super) async fn close(self) {
        let _ = JsFuture::from(self.0.close()).await;
    }

    pub(super) async fn break_off(self) {
        let _ = JsFuture::from(self.0.break_off()).await;
    }
}
