//! The body of a request: it is bounded before it is in memory, by what was announced, else by
//! what has come.

use std::rc::Rc;

use crate::{
    api::{
        body::{Allowance, Intake},
        browser::pictures::ChatBody,
        error::Error,
    },
    domain::time::Timestamp,
    handlers::{context::Context, failure::Failure, runtime::Memory},
    platform::Boxed,
};

/// A body that was taken, and its place in the room for large ones as long as this is kept.
pub(super) struct Taken {
    pub(super) body: ChatBody,
    _place: Option<Place>,
}

/// Judges the crowd that a session comes in.
pub(super) type Judge<'a> = &'a dyn Fn(&str) -> Boxed<'a, Result<(), Failure>>;

/// The body, as far as its size, its headers and its crowd admit it.
pub(super) async fn read(
    cx: &Context,
    allowance: Allowance<'_>,
    judge: Judge<'_>,
) -> Result<Taken, Failure> {
    let length = cx.header("Content-Length").and_then(|length| length.parse().ok());
    let mut intake = Intake::new(allowance);
    let mut place = None;
    let is_bounded = length.map(|length| intake.announce(length)).transpose()? == Some(true);
    if let Some(mut pieces) = cx.request.body(is_bounded) {
        while let Some(piece) = pieces.next().await.map_err(Failure::Broken)? {
            intake.push(&piece)?;
            if let Some(bytes) = intake.wants_room() {
                let kept = place.take().map_or_else(
                    || Place::take(cx, bytes),
                    |it: Place| it.keep(piece.len(), cx.runtime.now()),
                );
                place = Some(kept.ok_or(Error::Busy)?);
            }
            let judging = intake.unjudged().map(judge);
            if let Some(judging) = judging {
                judging.await?;
            }
        }
    }
    let (content_type, encoding) = (cx.header("Content-Type"), cx.header("Content-Encoding"));
    let body = intake.finish(content_type.as_deref(), encoding.as_deref())?;
    Ok(Taken { body, _place: place })
}

/// A place in this isolate's room for large bodies, until this is dropped.
struct Place {
    memory: Rc<Memory>,
    number: u64,
    bytes: usize,
}

impl Place {
    fn take(cx: &Context, bytes: usize) -> Option<Self> {
        Self::take_in(Rc::clone(&cx.runtime.memory), bytes, cx.runtime.now())
    }

    fn take_in(memory: Rc<Memory>, bytes: usize, now: Timestamp) -> Option<Self> {
        let number = memory.room.borrow_mut().take(bytes, now)?;
        Some(Self { memory, number, bytes })
    }

    /// Keeps the place while bytes come. One that was lost is taken anew, if there is room.
    fn keep(self, came: usize, now: Timestamp) -> Option<Self> {
        let is_there = self.memory.room.borrow_mut().hear(self.number, came, now);
        if is_there {
            return Some(self);
        }
        Self::take_in(Rc::clone(&self.memory), self.bytes, now)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.memory.room.borrow_mut().leave(self.number);
    }
}
