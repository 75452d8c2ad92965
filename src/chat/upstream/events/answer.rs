//! The text of an answer, gathered from whichever frames carry it, as the widget shows it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    chat::{
        stream::{
            frame::{FieldValue, Frames},
            kept::{Kept, Size},
        },
        upstream::failure::{Cause, UpstreamFailure},
    },
    domain::json::{Halves, Look, settled},
};

/// The most bytes of the ids of blocks that are open inside tools.
const MAX_NESTED: usize = 64 * 1024;

/// Frames that no text of the same leg follows, or none of the same block.
const ENDS: [&str; 5] =
    ["turn_complete", "step_complete", "await", "execution_complete", "execution_error"];

#[derive(Debug, Default)]
pub(super) struct AnswerText {
    said: Kept,
    /// The block that the last text came from, and where that begins.
    block: String,
    block_start: Size,
    /// Half a character at the end of what that block has said.
    half: Halves,
    /// Whether a delta of the open block was seen.
    has_delta: bool,
    /// The block of reasoning that is open.
    reasoning: Option<String>,
    nested: Nested,
}

impl AnswerText {
    /// Reads a frame; those without text mean nothing here. It fails over more open blocks than can
    /// be remembered.
    pub(super) fn read(&mut self, name: &str, data: &Value) -> Result<(), UpstreamFailure> {
        let id = data.text("id").unwrap_or_default();
        if ENDS.contains(&name) {
            self.end_half();
        }
        match name {
            "text_start" | "reasoning_start" if is_nested(data) => self.nested.open(id)?,
            "text_delta" | "reasoning_delta" if self.nested.has(id) => {}
            "text_complete" | "reasoning_complete" if self.nested.close(id) => {}
            "text_delta" => {
                self.add(id, data.text("delta").unwrap_or_default());
                self.has_delta = true;
            }
            "text_complete" => self.complete(id, data.text("text").unwrap_or_default()),
            "step_complete" if self.said.text().is_empty() => {
                let response = data.member("result").and_then(|result| result.text("response"));
                self.add(id, response.unwrap_or_default());
            }
            "transcript_insert" => self.insert(data),
            "reasoning_start" | "reasoning_delta" => self.reasoning = Some(id.to_owned()),
            "reasoning_complete" => self.reasoning = None,
            _ => {}
        }
        Ok(())
    }

    pub(super) fn said(&self) -> &Kept {
        &self.said
    }

    /// The block of text whose deltas came and whose end didn't.
    pub(super) fn open_block(&self) -> Option<&str> {
        self.has_delta.then_some(self.block.as_str())
    }

    /// Closes what is open: the widget leaves an open bubble waiting for ever.
    pub(super) fn close(&mut self, frames: &mut Frames, out: &mut String) {
        self.end_half();
        if let Some(id) = self.reasoning.take() {
            frames.write(out, "reasoning_complete", &[("id", FieldValue::Text(&id))]);
        }
        if std::mem::take(&mut self.has_delta) {
            let mut fields = vec![("id", FieldValue::Text(&self.block))];
            if self.said.is_whole() {
                fields.push(("text", FieldValue::Text(self.said.since(self.block_start))));
            }
            frames.write(out, "text_complete", &fields);
        }
    }

    /// The end of a block repeats its text, and what that says counts (contract section 7), as long
    /// as nothing else was said since.
    fn complete(&mut self, id: &str, whole: &str) {
        let had_delta = std::mem::take(&mut self.has_delta);
        if self.is_of(id) && !whole.is_empty() {
            self.half = Halves::default();
            self.said.back_to(self.block_start);
            self.said.push(&settled(whole));
        } else if !had_delta && !self.is_of(id) {
            self.add(id, whole);
        }
        self.end_half();
    }

    /// Half a character whose other half didn't come.
    fn end_half(&mut self) {
        if let Some(half) = self.half.rest() {
            self.said.push(half.encode_utf8(&mut [0; 4]));
        }
    }

    /// A message that is put in, whole: one of the same id is replaced, as long as nothing else
    /// was said since.
    fn insert(&mut self, data: &Value) {
        let Some(message) = data.member("message") else { return };
        let is_text = |variant| !matches!(variant, "reasoning" | "tool" | "approval");
        if matches!(message.text("role"), Some("user" | "system"))
            || !message.text("variant").is_none_or(is_text)
        {
            return;
        }
        let id = message.text("id").unwrap_or_default();
        if self.is_of(id) && !id.is_empty() {
            self.half = Halves::default();
            self.said.back_to(self.block_start);
        }
        self.has_delta = false;
        self.add(id, message.text("content").unwrap_or_default());
        self.end_half();
    }

    /// Whether the last text came from this block.
    fn is_of(&self, block: &str) -> bool {
        self.block == block && !self.said.since(self.block_start).is_empty()
    }

    fn add(&mut self, block: &str, more: &str) {
        if more.is_empty() {
            return;
        }
        if self.block != block {
            self.end_half();
            if !self.said.text().is_empty() {
                self.said.push("\n\n");
            }
            block.clone_into(&mut self.block);
            self.block_start = self.said.size();
        }
        self.said.push(&self.half.join(more));
    }
}

/// Whether a block belongs to a flow that runs as a tool: the widget shows it in the tool's
/// bubble.
fn is_nested(data: &Value) -> bool {
    let filled = |name| data.text(name).is_some_and(|text| !text.is_empty());
    filled("parentToolCallId") && filled("id")
}

/// The open blocks inside tools.
#[derive(Debug, Default)]
struct Nested {
    ids: BTreeSet<String>,
    /// Bytes of the ids, and one more for each.
    size: usize,
}

impl Nested {
    fn open(&mut self, id: &str) -> Result<(), UpstreamFailure> {
        if self.ids.insert(id.to_owned()) {
            self.size += id.len() + 1;
        }
        if self.size > MAX_NESTED {
            return Err(UpstreamFailure::new(Cause::TooLong, "too many open blocks inside tools"));
        }
        Ok(())
    }

    fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    fn close(&mut self, id: &str) -> bool {
        let was_open = self.ids.remove(id);
        if was_open {
            self.size -= id.len() + 1;
        }
        was_open
    }
}
