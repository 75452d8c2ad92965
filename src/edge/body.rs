//! The body of a request, and any stream of bytes piece by piece.
//!
//! It is here because a body is bounded before it is in memory: by what was announced, else by
//! what has come.

use worker::{
    js_sys::{Reflect, Uint8Array},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys::{ReadableStreamDefaultReader, Request},
};

use crate::{api::error::Error, edge::failure::Failure};

/// The most bytes of a body on the management plane (contract section 9).
pub(super) const MANAGEMENT_BODY: usize = 64 * 1024;
/// The most bytes of a body on the browser plane.
pub(super) const BROWSER_BODY: usize = 1024 * 1024;

/// The body: at most `max` bytes that say they are JSON.
pub(super) async fn read(request: &Request, max: usize) -> Result<Vec<u8>, Failure> {
    let header = |name| request.headers().get(name);
    let length = header("Content-Length")?.and_then(|length| length.parse::<u64>().ok());
    if length.is_some_and(|length| length > max as u64) {
        return Err(Error::BodyTooLarge(max).into());
    }
    let body = if length.is_some() {
        // The runtime reads as much as was announced and no more.
        Uint8Array::new(&JsFuture::from(request.array_buffer()?).await?).to_vec()
    } else {
        read_pieces(request, max).await?
    };
    let content_type = header("Content-Type")?.unwrap_or_default();
    if !body.is_empty() && !is_json(&content_type) {
        return Err(Error::UnsupportedMediaType.into());
    }
    Ok(body)
}

/// A body of unknown length.
async fn read_pieces(request: &Request, max: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    let Some(stream) = request.body() else { return Ok(body) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    while let Some(piece) = next_piece(&reader).await? {
        if body.len() + piece.length() as usize > max {
            return Err(Error::BodyTooLarge(max).into());
        }
        body.extend_from_slice(&piece.to_vec());
    }
    Ok(body)
}

/// The next piece of a stream of bytes; `None` at the end.
pub(super) async fn next_piece(
    reader: &ReadableStreamDefaultReader,
) -> Result<Option<Uint8Array>, JsValue> {
    let read = JsFuture::from(reader.read()).await?;
    if Reflect::get(&read, &JsValue::from_str("done"))?.is_truthy() {
        return Ok(None);
    }
    Ok(Some(Reflect::get(&read, &JsValue::from_str("value"))?.unchecked_into()))
}

/// Whether a media type is JSON: `application/json` or `application/*+json` (RFC 6839).
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json"
        || essence.starts_with("application/") && essence.ends_with("+json")
}
