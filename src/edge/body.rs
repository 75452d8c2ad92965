//! The body of a request, and any stream of bytes piece by piece.
//!
//! A body is bounded before it is in memory: by what was announced, else by what has come. One
//! that was refused is read on and thrown away, since a client that is still sending hears of a
//! reset connection instead of the answer.

use std::time::Duration;

use worker::{
    js_sys::{Reflect, Uint8Array},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys::{ReadableStreamDefaultReader, Request},
};

use crate::{
    api::{
        body::{Allowance, Intake},
        browser::pictures::ChatBody,
        error::Error,
    },
    edge::{db::Boxed, failure::Failure, patience::within, room::Place},
};

/// The most bytes of a piece that are looked at together.
const PIECE: u32 = 64 * 1024;

/// How much of a refused body is thrown away, and for how long; then its sender is cut off.
const MAX_DRAINED: usize = 16 * 1024 * 1024;
const DRAINING: Duration = Duration::from_secs(3);

/// A body that was taken, and its place in the room for large ones as long as this is kept.
pub(super) struct Taken {
    pub(super) body: ChatBody,
    _place: Option<Place>,
}

/// Judges the crowd that a session comes in.
pub(super) type Judge<'a> = &'a dyn Fn(&str) -> Boxed<'a, Result<(), Failure>>;

/// The body, as far as its size, its headers and its crowd admit it.
pub(super) async fn read(
    request: &Request,
    allowance: Allowance<'_>,
    judge: Judge<'_>,
) -> Result<Taken, Failure> {
    let header = |name| request.headers().get(name);
    let length = header("Content-Length")?.and_then(|length| length.parse().ok());
    let mut intake = Intake::new(allowance);
    let mut place = None;
    let is_taken_whole = length.map(|length| intake.announce(length)).transpose()?;
    if is_taken_whole == Some(true) {
        // The runtime reads as much as was announced and no more.
        let whole = JsFuture::from(request.array_buffer()?).await?;
        push(&mut intake, &Uint8Array::new(&whole), &mut place)?;
    } else {
        read_pieces(request, &mut intake, judge, &mut place).await?;
    }
    let (content_type, encoding) = (header("Content-Type")?, header("Content-Encoding")?);
    let body = intake.finish(content_type.as_deref(), encoding.as_deref())?;
    Ok(Taken { body, _place: place })
}

/// A body of unknown length, or one that is judged by its first bytes.
async fn read_pieces(
    request: &Request,
    intake: &mut Intake<'_>,
    judge: Judge<'_>,
    place: &mut Option<Place>,
) -> Result<(), Failure> {
    let Some(stream) = request.body() else { return Ok(()) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let outcome = async {
        while let Some(piece) = next_piece(&reader).await? {
            let head = piece.subarray(0, piece.length().min(PIECE));
            push(intake, &head, place)?;
            let judging = intake.unjudged().map(judge);
            if let Some(judging) = judging {
                judging.await?;
            }
            push(intake, &piece.subarray(head.length(), piece.length()), place)?;
        }
        Ok(())
    };
    let outcome = outcome.await;
    // Whoever drains the rest takes a reader of their own.
    reader.release_lock();
    outcome
}

fn push(
    intake: &mut Intake<'_>,
    piece: &Uint8Array,
    place: &mut Option<Place>,
) -> Result<(), Failure> {
    let mut at = 0;
    while at < piece.length() {
        let end = piece.length().min(at + PIECE);
        let piece = piece.subarray(at, end).to_vec();
        intake.push(&piece)?;
        if let Some(bytes) = intake.wants_room() {
            let kept = place.take().map_or_else(|| Place::take(bytes), |it| it.keep(piece.len()));
            *place = Some(kept.ok_or(Error::Busy)?);
        }
        at = end;
    }
    Ok(())
}

/// Throws away what wasn't read of a body, so that its sender comes to the answer.
pub(super) async fn drain(request: &Request) {
    let Some(stream) = request.body().filter(|stream| !stream.locked()) else { return };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let draining = async {
        let mut drained = 0;
        while let Ok(Some(piece)) = next_piece(&reader).await {
            drained += piece.length() as usize;
            if drained > MAX_DRAINED {
                return false;
            }
        }
        true
    };
    if within(DRAINING, draining).await != Some(true) {
        // A sender who is cut off isn't told why; nobody waits for that.
        let _ = reader.cancel();
    }
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
