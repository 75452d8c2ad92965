//! Streams of bytes, piece by piece.

use worker::{
    js_sys::{Reflect, Uint8Array},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys::{ReadableStream, ReadableStreamDefaultReader, Request},
};

use crate::{
    cloudflare::thrown::message,
    platform::{Boxed, Pieces, Thrown},
};

/// The most bytes of a piece.
const PIECE: u32 = 64 * 1024;

/// What is left of bytes that came together.
struct Rest(Uint8Array);

impl Rest {
    /// The next piece of them.
    fn piece(&mut self) -> Option<Vec<u8>> {
        let length = self.0.length();
        let end = length.min(PIECE);
        let piece = (end > 0).then(|| self.0.subarray(0, end).to_vec());
        self.0 = self.0.subarray(end, length);
        piece
    }
}

/// A stream that is read as it comes.
pub(super) struct Stream {
    reader: ReadableStreamDefaultReader,
    rest: Rest,
}

impl Stream {
    pub(super) fn new(stream: &ReadableStream) -> Self {
        let reader = stream.get_reader().unchecked_into();
        Self { reader, rest: Rest(Uint8Array::new_with_length(0)) }
    }

    async fn read(&mut self) -> Result<Option<Vec<u8>>, JsValue> {
        loop {
            if let Some(piece) = self.rest.piece() {
                return Ok(Some(piece));
            }
            match next_piece(&self.reader).await? {
                Some(bytes) => self.rest = Rest(bytes),
                None => return Ok(None),
            }
        }
    }
}

impl Pieces for Stream {
    fn next(&mut self) -> Boxed<'_, Result<Option<Vec<u8>>, Thrown>> {
        Box::pin(async { self.read().await.map_err(|thrown| message(&thrown)) })
    }
}

/// The same, which somebody else may read on when this is dropped. It must not be dropped while a
/// read is waited for: the runtime throws then.
pub(super) struct Lent(Stream);

impl Lent {
    pub(super) fn new(stream: &ReadableStream) -> Self {
        Self(Stream::new(stream))
    }
}

impl Pieces for Lent {
    fn next(&mut self) -> Boxed<'_, Result<Option<Vec<u8>>, Thrown>> {
        self.0.next()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.0.reader.release_lock();
    }
}

/// A body of which the runtime reads as much as was announced, and no more.
pub(super) struct Whole {
    request: Request,
    rest: Option<Rest>,
}

impl Whole {
    pub(super) fn new(request: Request) -> Self {
        Self { request, rest: None }
    }

    async fn read(&mut self) -> Result<Option<Vec<u8>>, JsValue> {
        if self.rest.is_none() {
            let whole = JsFuture::from(self.request.array_buffer()?).await?;
            self.rest = Some(Rest(Uint8Array::new(&whole)));
        }
        Ok(self.rest.as_mut().and_then(Rest::piece))
    }
}

impl Pieces for Whole {
    fn next(&mut self) -> Boxed<'_, Result<Option<Vec<u8>>, Thrown>> {
        Box::pin(async { self.read().await.map_err(|thrown| message(&thrown)) })
    }
}

/// The next bytes of a stream; `None` at the end.
pub(super) async fn next_piece(
    reader: &ReadableStreamDefaultReader,
) -> Result<Option<Uint8Array>, JsValue> {
    let read = JsFuture::from(reader.read()).await?;
    if Reflect::get(&read, &JsValue::from_str("done"))?.is_truthy() {
        return Ok(None);
    }
    Ok(Some(Reflect::get(&read, &JsValue::from_str("value"))?.unchecked_into()))
}
