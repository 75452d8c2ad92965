//! Reads along with a stream that goes to the page as it is.
//!
//! It is here so that what the page saw is what is stored. Reading never fails and never delays
//! a byte: what can't be read is passed over, as the widget does.

use crate::{
    api::{
        stream::{
            MAX_ANSWER_BYTES,
            decoder::{Decoder, Event},
            frame::{Frames, Value},
            turn::Kind,
        },
        upstream::{
            failure::Cause,
            shape::{member, text},
        },
    },
    domain::json::Json,
};

/// How a stream ended, as far as it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It has not.
    Open,
    /// With `execution_complete`.
    Completed,
    /// With `execution_error`, or a completion that says it was no success.
    Failed,
    /// With `await`: these calls wait, all of one execution. None at all is another kind of
    /// pause, which the page can't end.
    Paused(Vec<Awaited>),
}

/// A call that the page is asked to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// Its id, empty if the backend gave none: then its result comes under the name.
    pub call_id: String,
    /// The tool's name.
    pub name: String,
}

/// What has been read.
#[derive(Debug)]
pub struct Reader {
    decoder: Decoder,
    kind: Kind,
    execution_id: String,
    last_seq: u64,
    answer: Answer,
    ending: Ending,
}

impl Reader {
    /// A reader of the answer to a request for `execution_id`.
    #[must_use]
    pub fn new(kind: Kind, execution_id: &str) -> Self {
        Self {
            decoder: Decoder::default(),
            kind,
            execution_id: execution_id.to_owned(),
            last_seq: 0,
            answer: Answer::default(),
            ending: Ending::Open,
        }
    }

    /// Looks at the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        for event in self.decoder.push(bytes).into_iter().flatten() {
            self.read(&event);
        }
    }

    /// The whole text so far, cut at [`MAX_ANSWER_BYTES`]; blocks of it are set apart by a blank
    /// line.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.answer.text
    }

    /// The id of the block of text that has begun and not ended.
    #[must_use]
    pub fn open_block(&self) -> Option<&str> {
        self.answer.open_block().map(|(id, _)| id)
    }

    /// How the stream ended, as far as it has.
    #[must_use]
    pub fn ending(&self) -> &Ending {
        &self.ending
    }

    /// The execution's id: the backend's own, once a pausing frame named it, since that is the
    /// one which the page will come back with.
    #[must_use]
    pub fn execution_id(&self) -> &str {
        &self.execution_id
    }

    /// To be called when the stream stopped: gives what must still follow, so that the page sees
    /// an end. That is nothing if there was one.
    #[must_use]
    pub fn close(&mut self) -> String {
        let mut out = String::new();
        if !self.decoder.is_between_events() {
            // A frame that was cut is ended, for the page and here alike: it may be whole.
            out.push_str("\n\n");
            self.push(out.as_bytes());
        }
        if self.ending == Ending::Open {
            let cause = Cause::ClosedEarly;
            out.push_str(&self.error(cause.code(), &cause.to_string()));
            self.ending = Ending::Failed;
        }
        out
    }

    /// An `execution_error` to follow what has been read. Text that is open is closed first: the
    /// widget leaves an open bubble waiting for ever.
    #[must_use]
    pub fn error(&self, code: &str, message: &str) -> String {
        let mut out = String::new();
        let mut frames = Frames::new(&self.execution_id, self.last_seq + 1);
        if let Some((block, text)) = self.answer.open_block() {
            let fields = [("id", Value::Text(block)), ("text", Value::Text(text))];
            frames.write(&mut out, "text_complete", &fields);
        }
        let error = [("code", Value::Text(code)), ("message", Value::Text(message))];
        let fields = [("kind", Value::Text(self.kind.as_str())), ("error", Value::Object(&error))];
        frames.write(&mut out, "execution_error", &fields);
        out
    }

    fn read(&mut self, event: &Event) {
        let Ok(data) = Json::parse(event.data.as_bytes()) else { return };
        if let Some(Json::Number(seq)) = member(&data, "seq") {
            self.last_seq = seq.as_u64().unwrap_or(self.last_seq);
        }
        let unnamed = event.name == "message";
        let name = if unnamed { text(&data, "type").unwrap_or_default() } else { &event.name };
        match name {
            "execution_error" => self.ending = Ending::Failed,
            "execution_complete" => {
                let failed = member(&data, "success") == Some(&Json::Bool(false));
                self.ending = if failed { Ending::Failed } else { Ending::Completed };
            }
            "await" => self.read_await(&data),
            _ => self.answer.read(name, &data),
        }
    }

    fn read_await(&mut self, data: &Json) {
        if let Some(id) = text(data, "executionId") {
            id.clone_into(&mut self.execution_id);
        }
        let mut calls = match std::mem::replace(&mut self.ending, Ending::Open) {
            Ending::Paused(calls) => calls,
            _ => Vec::new(),
        };
        calls.extend(text(data, "toolName").map(|name| Awaited {
            call_id: text(data, "toolCallId").unwrap_or_default().to_owned(),
            name: name.to_owned(),
        }));
        self.ending = Ending::Paused(calls);
    }
}

/// The text of an answer, gathered from whichever frames carry it.
#[derive(Debug, Default)]
struct Answer {
    text: String,
    /// The block that the last text came from, and where that begins.
    block: String,
    block_start: usize,
    /// Whether a delta of the open block was seen.
    has_delta: bool,
    /// Blocks of flows that run as tools; the widget shows them in the tool's bubble.
    nested: Vec<String>,
}

impl Answer {
    fn read(&mut self, name: &str, data: &Json) {
        let id = text(data, "id").unwrap_or_default();
        match name {
            "text_start" if text(data, "parentToolCallId").is_some() => {
                self.nested.push(id.to_owned());
            }
            "text_delta" | "text_complete" if self.nested.iter().any(|nested| nested == id) => {
                self.nested.retain(|nested| nested != id || name == "text_delta");
            }
            "text_delta" => {
                self.add(id, text(data, "delta").unwrap_or_default());
                self.has_delta = true;
            }
            "text_complete" if std::mem::take(&mut self.has_delta) => {}
            "text_complete" => self.add(id, text(data, "text").unwrap_or_default()),
            "step_complete" if self.text.is_empty() => {
                let response = member(data, "result").and_then(|result| text(result, "response"));
                self.add(id, response.unwrap_or_default());
            }
            _ => {}
        }
    }

    /// The block whose deltas came and whose end didn't.
    fn open_block(&self) -> Option<(&str, &str)> {
        let text = self.text.get(self.block_start..).unwrap_or_default();
        self.has_delta.then_some((self.block.as_str(), text))
    }

    fn add(&mut self, block: &str, more: &str) {
        if more.is_empty() || self.text.len() >= MAX_ANSWER_BYTES {
            return;
        }
        if self.block != block {
            if !self.text.is_empty() {
                self.text.push_str("\n\n");
            }
            block.clone_into(&mut self.block);
            self.block_start = self.text.len();
        }
        let room = MAX_ANSWER_BYTES.saturating_sub(self.text.len());
        self.text.push_str(more.get(..more.floor_char_boundary(room)).unwrap_or_default());
    }
}
