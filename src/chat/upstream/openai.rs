//! OpenAI-compatible services: the request for a streamed chat completion and its chunks
//! (`POST {baseUrl}/chat/completions`, platform.openai.com/docs/api-reference/chat).
//!
//! Most services speak this language, each with an accent. The request says what all of them know
//! and what the target's settings add; [`accent`] leaves out what one has refused. The answer is
//! read forgivingly and told strictly: what means nothing is passed over, and a failure is never
//! told as an end.

pub(crate) mod accent;
mod arguments;
mod calls;
mod chunk;
mod given;
mod line;
mod request;
#[cfg(test)]
mod services;
mod stop;
#[cfg(test)]
mod tests;

pub(crate) use request::Request;

use std::sync::LazyLock;

use serde_json::Value;

use crate::{
    chat::{
        stream::{
            decoder::{Decoder, ERROR, Event, MAX_EVENT_BYTES},
            delta::{Delta, Stop, Usage},
        },
        upstream::{
            failure::{Cause, Head, UpstreamFailure},
            openai::{
                calls::{Calls, Offer},
                chunk::Chunk,
                given::Given,
            },
        },
    },
    domain::json::{self, Halves},
};

#[derive(Debug)]
pub(crate) struct Reader {
    form: Form,
    offer: Offer,
    calls: Calls,
    given: Given,
    text: Halves,
    reasoning: Halves,
    /// Whether anything was said, thought or called.
    has_answered: bool,
    stop: Option<Stop>,
    usage: Option<Usage>,
    is_done: bool,
}

/// The head of an answer in one piece.
static JSON: LazyLock<Head> = LazyLock::new(|| Head {
    status: 200,
    content_type: Some("application/json".to_owned()),
    retry_after: None,
});

#[derive(Debug)]
enum Form {
    /// As a stream of chunks.
    Stream(Decoder),
    /// As one JSON text, as much of it as came.
    Whole(Vec<u8>),
}

impl Reader {
    /// A reader of the answer to `request`. `execution_id` serves ids for calls that have none
    /// of their own.
    pub(crate) fn new(request: &Request<'_>, execution_id: &str) -> Self {
        Self {
            form: Form::Stream(Decoder::default()),
            offer: Offer::new(request, execution_id),
            calls: Calls::default(),
            given: Given::default(),
            text: Halves::default(),
            reasoning: Halves::default(),
            has_answered: false,
            stop: None,
            usage: None,
            is_done: false,
        }
    }

    /// Reads an answer in one piece of JSON, as some services give it whatever they are asked.
    pub(crate) fn expect_whole(&mut self) {
        self.form = Form::Whole(Vec::new());
    }

    /// Whether `[DONE]` came: nothing that follows counts.
    pub(crate) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Whether the reason came why the answer ends: it is whole, however the stream ends.
    pub(crate) fn has_stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// Takes the next bytes and appends the deltas that they complete. It fails when the service
    /// reports an error, can't be understood or calls too much; the deltas before that have been
    /// appended.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        deltas: &mut Vec<Delta>,
    ) -> Result<(), UpstreamFailure> {
        let decoder = match &mut self.form {
            Form::Stream(decoder) => decoder,
            Form::Whole(text) => {
                text.extend_from_slice(bytes);
                let fits = text.len() <= MAX_EVENT_BYTES;
                return if fits { Ok(()) } else { Err(too_long("an answer over 1 MiB")) };
            }
        };
        for event in decoder.push(bytes) {
            let event = event.map_err(|_| too_long("an event over 1 MiB"))?;
            if self.is_done {
                break;
            }
            self.read_event(&event, deltas)?;
        }
        Ok(())
    }

    /// What is known only at the end: tool calls, the cost, the reason. It fails when the answer
    /// isn't complete, or calls a tool that can't be run.
    pub(crate) fn finish(mut self) -> Result<Vec<Delta>, UpstreamFailure> {
        let mut deltas = Vec::new();
        self.read_rest(&mut deltas)?;
        deltas.extend(self.reasoning.rest().map(|half| Delta::Reasoning(half.into())));
        deltas.extend(self.text.rest().map(|half| Delta::Text(half.into())));
        if self.stop.is_none() && !self.is_done {
            return Err(closed_early("neither finish_reason nor [DONE]"));
        }
        if self.stop.is_none() && !self.has_answered {
            return Err(closed_early("[DONE] without an answer"));
        }
        let calls = self.calls.finish(&self.offer)?;
        if !calls.is_empty() {
            deltas.push(Delta::Keep(self.given.finish()?));
        }
        deltas.extend(calls.into_iter().map(Delta::ToolCall));
        deltas.extend(self.usage.map(Delta::Usage));
        deltas.extend(self.stop.map(Delta::Stop));
        Ok(deltas)
    }

    /// Reads what the stream ended in: the last event may lack its blank line. One that was cut off
    /// in the middle says nothing.
    fn read_rest(&mut self, deltas: &mut Vec<Delta>) -> Result<(), UpstreamFailure> {
        match &mut self.form {
            Form::Stream(decoder) => {
                let rest = decoder.finish().filter(|_| !self.is_done);
                match rest.map(|event| self.read_event(&event, deltas)) {
                    Some(Err(failure)) if failure.cause != Cause::Malformed => Err(failure),
                    _ => Ok(()),
                }
            }
            Form::Whole(text) => {
                let text = std::mem::take(text);
                let json = json::parse_piece(&text).map_err(malformed)?;
                if chunk::first_choice(&json).is_none() {
                    return Err(UpstreamFailure::from_type(&JSON, &text));
                }
                self.read_chunk(&json, deltas)?;
                // In one piece, it is complete.
                self.stop.get_or_insert_default();
                Ok(())
            }
        }
    }

    /// Reads an event, or passes it over: services keep lines open with events that say nothing,
    /// and tell of other things under names of their own.
    fn read_event(
        &mut self,
        event: &Event,
        deltas: &mut Vec<Delta>,
    ) -> Result<(), UpstreamFailure> {
        let data = event.data.trim();
        if event.name == ERROR {
            let json = json::parse_forgiving(data.as_bytes());
            return Err(UpstreamFailure::reported(&json.unwrap_or(Value::String(data.to_owned()))));
        }
        if data.eq_ignore_ascii_case("[DONE]") {
            self.is_done = true;
            return Ok(());
        }
        if event.name != "message" || !data.starts_with('{') {
            return Ok(());
        }
        let json = json::parse_piece(data.as_bytes()).map_err(malformed)?;
        self.read_chunk(&json, deltas)
    }

    fn read_chunk(&mut self, json: &Value, deltas: &mut Vec<Delta>) -> Result<(), UpstreamFailure> {
        if let Some(failure) = chunk::failure(json) {
            return Err(failure);
        }
        let chunk = Chunk::read(json);
        self.given.push(&chunk);
        let reasoning = self.reasoning.join(&chunk.reasoning);
        let text = self.text.join(&chunk.text);
        self.has_answered |= !(chunk.text.is_empty() && chunk.reasoning.is_empty());
        deltas.extend(Some(reasoning).filter(|text| !text.is_empty()).map(Delta::Reasoning));
        deltas.extend(Some(text).filter(|text| !text.is_empty()).map(Delta::Text));
        for call in chunk.calls {
            self.calls.push(call)?;
            self.has_answered = true;
        }
        if let Some(reason) = chunk.finish_reason {
            self.stop = Some(stop::read(reason)?);
        }
        self.usage = chunk.usage.or(self.usage);
        Ok(())
    }
}

fn malformed(detail: impl std::fmt::Display) -> UpstreamFailure {
    UpstreamFailure::new(Cause::Malformed, detail)
}

fn too_long(detail: &str) -> UpstreamFailure {
    UpstreamFailure::new(Cause::TooLong, detail)
}

fn closed_early(detail: &str) -> UpstreamFailure {
    UpstreamFailure::new(Cause::ClosedEarly, detail)
}
