//! OpenAI-compatible services: the request for a streamed chat completion and its chunks
//! (`POST {baseUrl}/chat/completions`, platform.openai.com/docs/api-reference/chat).
//!
//! Most services speak this language, each with an accent: the request uses only what all of
//! them know, and the reader forgives what differs and costs nothing.

mod calls;
mod line;
mod request;
#[cfg(test)]
mod tests;

pub(crate) use request::Request;

use crate::{
    chat::{
        stream::{
            decoder::Decoder,
            delta::{Delta, Stop, Usage},
        },
        upstream::{
            failure::{Cause, UpstreamFailure},
            openai::calls::{Calls, Offer},
        },
    },
    domain::json::Json,
};

/// Where requests go.
#[must_use]
pub(crate) fn endpoint(base_url: &str) -> String {
    format!("{}/chat/completions", base_url.trim_end_matches('/'))
}

/// Reads one answer.
#[derive(Debug)]
pub(crate) struct Reader {
    decoder: Decoder,
    offer: Offer,
    calls: Calls,
    stop: Option<Stop>,
    usage: Option<Usage>,
    is_done: bool,
}

impl Reader {
    /// A reader of the answer to `request`. `execution_id` serves ids for calls that have none
    /// of their own.
    #[must_use]
    pub(crate) fn new(request: &Request<'_>, execution_id: &str) -> Self {
        Self {
            decoder: Decoder::default(),
            offer: Offer::of(request, execution_id),
            calls: Calls::default(),
            stop: None,
            usage: None,
            is_done: false,
        }
    }

    /// Whether `[DONE]` came: nothing that follows counts.
    #[must_use]
    pub(crate) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Takes the next bytes and appends the deltas that they complete.
    ///
    /// # Errors
    /// A [`UpstreamFailure`] when the service reports an error, can't be understood or calls too much;
    /// the deltas before it have been appended.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        deltas: &mut Vec<Delta>,
    ) -> Result<(), UpstreamFailure> {
        for event in self.decoder.push(bytes) {
            let event =
                event.map_err(|_| UpstreamFailure::new(Cause::TooLong, "an event over 1 MiB"))?;
            if self.is_done {
                break;
            }
            if event.data == "[DONE]" {
                self.is_done = true;
            } else {
                self.read_chunk(&event.data, deltas)?;
            }
        }
        Ok(())
    }

    /// What is known only at the end: tool calls, the cost, the reason.
    ///
    /// # Errors
    /// A [`UpstreamFailure`] when the answer isn't complete, or calls a tool that can't be run.
    pub(crate) fn finish(self) -> Result<Vec<Delta>, UpstreamFailure> {
        if self.stop.is_none() && !self.is_done {
            return Err(UpstreamFailure::new(
                Cause::ClosedEarly,
                "neither finish_reason nor [DONE]",
            ));
        }
        let calls = self.calls.finish(&self.offer)?;
        let mut deltas: Vec<Delta> = calls.into_iter().map(Delta::ToolCall).collect();
        deltas.extend(self.usage.map(Delta::Usage));
        deltas.extend(self.stop.map(Delta::Stop));
        Ok(deltas)
    }

    fn read_chunk(&mut self, data: &str, deltas: &mut Vec<Delta>) -> Result<(), UpstreamFailure> {
        let chunk = Json::parse(data.as_bytes()).map_err(malformed)?;
        if !matches!(chunk, Json::Object(_)) {
            return Err(malformed("a chunk that isn't an object"));
        }
        if let Some(error) = chunk.get("error") {
            return Err(UpstreamFailure::reported(error));
        }
        if let Some(usage) = chunk.get("usage") {
            let count = |name| match usage.get(name) {
                Some(Json::Number(number)) => number.as_u64().unwrap_or_default(),
                _ => 0,
            };
            self.usage = Some(Usage {
                input_tokens: count("prompt_tokens"),
                output_tokens: count("completion_tokens"),
            });
        }
        match first(&chunk, "choices")? {
            Some(choice) => self.read_choice(choice, deltas),
            None => Ok(()),
        }
    }

    fn read_choice(
        &mut self,
        choice: &Json,
        deltas: &mut Vec<Delta>,
    ) -> Result<(), UpstreamFailure> {
        if let Some(delta) = choice.get("delta") {
            let reasoning = match text(delta, "reasoning_content")? {
                None => text(delta, "reasoning")?,
                some => some,
            };
            deltas.extend(reasoning.map(|text| Delta::Reasoning(text.to_owned())));
            for name in ["content", "refusal"] {
                let said = text(delta, name)?;
                deltas.extend(said.map(|text| Delta::Text(text.to_owned())));
            }
            for call in list(delta, "tool_calls")? {
                self.calls.push(call)?;
            }
        }
        if let Some(reason) = text(choice, "finish_reason")? {
            self.stop = Some(stop(reason)?);
        }
        Ok(())
    }
}

/// Some services give `stop` as the reason after tool calls, too: calls count by being there.
fn stop(reason: &str) -> Result<Stop, UpstreamFailure> {
    match reason {
        "stop" | "tool_calls" | "function_call" => Ok(Stop::EndTurn),
        "length" => Ok(Stop::Length),
        "content_filter" => Ok(Stop::ContentFilter),
        "error" => Err(UpstreamFailure::new(Cause::Reported, "finish_reason error")),
        _ => Ok(Stop::Unknown),
    }
}

fn malformed(detail: impl std::fmt::Display) -> UpstreamFailure {
    UpstreamFailure::new(Cause::Malformed, detail)
}

/// A member that is a string that isn't empty, if it is there.
fn text<'a>(json: &'a Json, name: &str) -> Result<Option<&'a str>, UpstreamFailure> {
    match json.get(name) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(other) => Err(malformed(format_args!("{name} is {}", other.kind()))),
    }
}

/// The entries of a member that is a list, if it is there.
fn list<'a>(json: &'a Json, name: &str) -> Result<&'a [Json], UpstreamFailure> {
    match json.get(name) {
        None => Ok(&[]),
        Some(Json::Array(items)) => Ok(items),
        Some(other) => Err(malformed(format_args!("{name} is {}", other.kind()))),
    }
}

fn first<'a>(json: &'a Json, name: &str) -> Result<Option<&'a Json>, UpstreamFailure> {
    list(json, name).map(<[Json]>::first)
}
