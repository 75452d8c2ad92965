//! Reads along with a stream that goes to the page as it is, so that what the page saw is what
//! is stored. What can't be read is passed over, as the widget does.

use serde_json::Value;

use crate::{
    chat::{
        stream::{
            decoder::{Decoder, Event},
            delta::Usage,
            frame::{FieldValue, Frames},
            kept::Kept,
            notice::{self, Notices},
        },
        upstream::{
            events::{answer::AnswerText, spent::Spent},
            failure::UpstreamFailure,
        },
    },
    domain::{
        json::{self, Look, settled},
        target::TargetKind,
    },
};

/// How a stream ended, as far as it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Open,
    /// With `execution_complete`.
    Completed,
    /// With `execution_error`, or a completion that says it was no success.
    Failed,
    /// With `await`: it waits for the page.
    Paused,
}

#[derive(Debug)]
pub(super) struct Reader {
    decoder: Decoder,
    kind: TargetKind,
    execution_id: String,
    last_seq: u64,
    answer: AnswerText,
    spent: Spent,
    ending: Ending,
    /// Whether the page was told how the stream ends, or that it waits for somebody.
    is_told: bool,
    /// Whether a step failed.
    has_failed: bool,
    /// The first failure that was told.
    reported: Option<UpstreamFailure>,
    notices: Notices,
}

/// Whether a frame holds anything that could be read: one that was cut may not.
pub(super) fn is_readable(frame: &[u8]) -> bool {
    let is_json = |event: Event| json::parse_piece(event.data.as_bytes()).is_ok();
    Decoder::default().push(frame).into_iter().flatten().any(is_json)
}

impl Reader {
    pub(super) fn new(kind: TargetKind, execution_id: &str, notices: Notices) -> Self {
        Self {
            decoder: Decoder::default(),
            kind,
            execution_id: execution_id.to_owned(),
            last_seq: 0,
            answer: AnswerText::default(),
            spent: Spent::default(),
            ending: Ending::Open,
            is_told: false,
            has_failed: false,
            reported: None,
            notices,
        }
    }

    /// Looks at a frame, and tells whether it asks the page to run a tool. It fails over a frame
    /// that asks for more memory than there is for one stream.
    pub(super) fn read(&mut self, frame: &[u8]) -> Result<bool, UpstreamFailure> {
        let mut asks = false;
        for event in self.decoder.push(frame).into_iter().flatten() {
            asks |= self.read_event(&event)?;
        }
        Ok(asks)
    }

    /// The text so far; blocks of it are set apart by a blank line.
    pub(super) fn said(&self) -> &Kept {
        self.answer.said()
    }

    /// The tokens that the stream says it took.
    pub(super) fn usage(&self) -> Usage {
        self.spent.usage()
    }

    /// The id of the block of text that has begun and not ended.
    pub(super) fn open_block(&self) -> Option<&str> {
        self.answer.open_block()
    }

    pub(super) fn ending(&self) -> Ending {
        self.ending
    }

    /// The execution's id: the backend's own, once a pausing frame named it, since that is the
    /// one which the page will come back with.
    pub(super) fn execution_id(&self) -> &str {
        &self.execution_id
    }

    pub(super) fn reported(&self) -> Option<&UpstreamFailure> {
        self.reported.as_ref()
    }

    /// Whether the stream needs no error of ours at its end.
    pub(super) fn is_told(&self) -> bool {
        self.is_told
    }

    /// Whether a step failed, and nothing else was told since.
    pub(super) fn lost_a_step(&self) -> bool {
        self.has_failed && self.ending == Ending::Open
    }

    /// What is said of a stream that failed; what is open is closed first.
    pub(super) fn notice(&mut self) -> String {
        let words = self.notices.after(self.said().text()).to_owned();
        self.write(|answer, frames, out| {
            answer.close(frames, out);
            notice::write(frames, out, "failed", &words);
        })
    }

    /// An `execution_error` after what has been read; what is open is closed first.
    pub(super) fn error(&mut self, code: &str, message: &str) -> String {
        let kind = FieldValue::Text(self.kind.as_str());
        let error = self.write(|answer, frames, out| {
            answer.close(frames, out);
            let error = [("code", FieldValue::Text(code)), ("message", FieldValue::Text(message))];
            let fields = [("kind", kind), ("error", FieldValue::Object(&error))];
            frames.write(out, "execution_error", &fields);
        });
        (self.ending, self.is_told) = (Ending::Failed, true);
        error
    }

    /// Frames of ours behind those that have been read.
    fn write(&mut self, write: impl FnOnce(&mut AnswerText, &mut Frames, &mut String)) -> String {
        let mut out = String::new();
        let mut frames = Frames::new(&self.execution_id, self.last_seq.saturating_add(1));
        write(&mut self.answer, &mut frames, &mut out);
        self.last_seq = frames.next_seq().saturating_sub(1);
        out
    }

    fn read_event(&mut self, event: &Event) -> Result<bool, UpstreamFailure> {
        let Ok(data) = json::parse_piece(event.data.as_bytes()) else { return Ok(false) };
        if let Some(Value::Number(seq)) = data.member("seq") {
            self.last_seq = json::whole(seq).unwrap_or(self.last_seq);
        }
        let unnamed = event.name == "message";
        let name = if unnamed { data.text("type").unwrap_or_default() } else { &event.name };
        let is_failure = data.member("success") == Some(&Value::Bool(false));
        match name {
            "execution_error" => self.end(Ending::Failed),
            "execution_complete" if is_failure => self.end(Ending::Failed),
            "execution_complete" => self.end(Ending::Completed),
            "await" => self.pause(&data),
            "approval_start" => self.is_told = true,
            "step_complete" if is_failure => (self.is_told, self.has_failed) = (true, true),
            _ => {}
        }
        let tells_of_one = is_failure && matches!(name, "execution_complete" | "step_complete");
        if name == "execution_error" || tells_of_one {
            let failure = || UpstreamFailure::reported(&json::settle(data.clone()));
            self.reported.get_or_insert_with(failure);
        }
        self.spent.read(name, &data);
        self.answer.read(name, &data)?;
        Ok(name == "await" && self.ending == Ending::Paused)
    }

    /// The first end is the end; after a pause there may still be one.
    fn end(&mut self, ending: Ending) {
        self.is_told = true;
        if matches!(self.ending, Ending::Open | Ending::Paused) {
            self.ending = ending;
        }
    }

    fn pause(&mut self, data: &Value) {
        self.is_told = true;
        if matches!(self.ending, Ending::Open | Ending::Paused) {
            self.ending = Ending::Paused;
            if let Some(id) = data.text("executionId") {
                self.execution_id = settled(id);
            }
        }
    }
}
