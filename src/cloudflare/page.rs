//! Bodies that are written piece by piece.

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use worker::{
    js_sys::{Promise, Uint8Array},
    wasm_bindgen_futures::JsFuture,
    web_sys::{ReadableStream, WritableStreamDefaultWriter},
};

use crate::platform::{Boxed, Download, FarEnd, Output, Page, StreamOwner};

#[wasm_bindgen(module = "/src/cloudflare/streams.js")]
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

    /// The same for lines, which breaks off when this instance of WebAssembly does.
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

pub(super) fn open(owner: StreamOwner<'_>) -> Result<(Box<dyn Page>, FarEnd), JsValue> {
    let StreamOwner { request, execution, kind, failed, broken } = owner;
    let stream = OpenStream::new(request, execution, kind, failed, broken)?;
    let far_end = FarEnd(Box::new(stream.readable()));
    Ok((Box::new(stream), far_end))
}

pub(super) fn open_download(
    request_id: &str,
    last_line: &str,
) -> Result<(Box<dyn Download>, FarEnd), JsValue> {
    let stream = OpenDownload::new(request_id, last_line)?;
    let far_end = FarEnd(Box::new(stream.readable()));
    Ok((Box::new(stream), far_end))
}

/// What comes of a promise.
fn settled(promise: Promise) -> Boxed<'static, bool> {
    Box::pin(async { JsFuture::from(promise).await.is_ok() })
}

/// When a promise settles, however it does.
fn over(promise: Promise) -> Boxed<'static, ()> {
    Box::pin(async { drop(JsFuture::from(promise).await) })
}

impl Output for OpenStream {
    fn send<'a>(&'a self, bytes: &'a [u8]) -> Boxed<'a, bool> {
        settled(self.write(Uint8Array::from(bytes)))
    }

    fn close(&self) -> Boxed<'_, ()> {
        over(self.writer().close())
    }
}

impl Page for OpenStream {
    fn opened(&self, block: Option<&str>) {
        Self::opened(self, block);
    }

    fn broken(&self) -> Boxed<'static, ()> {
        over(self.writer().closed())
    }
}

impl Output for OpenDownload {
    fn send<'a>(&'a self, bytes: &'a [u8]) -> Boxed<'a, bool> {
        settled(self.write(Uint8Array::from(bytes)))
    }

    fn close(&self) -> Boxed<'_, ()> {
        over(Self::close(self))
    }
}

impl Download for OpenDownload {
    fn break_off(&self) -> Boxed<'_, ()> {
        over(Self::break_off(self))
    }
}
