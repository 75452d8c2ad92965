//! What a service gives beside its text and wants back with the results of its calls: thoughts that
//! it signed, or can't remember by itself. It goes back verbatim, and only where it was given.

use serde_json::Value;

use crate::{
    chat::{
        stream::delta::MessageData,
        upstream::{
            failure::UpstreamFailure,
            openai::{chunk::Chunk, too_long},
        },
    },
    domain::json::{self, Look, settled},
};

/// The most bytes that are kept: a pause, which has them, may have 1 MiB.
const MAX_BYTES: usize = 1024 * 1024;

#[derive(Debug, Default)]
pub(super) struct Given {
    data: MessageData,
    bytes: usize,
}

impl Given {
    pub(super) fn push(&mut self, chunk: &Chunk<'_>) {
        let details = chunk.reasoning_details.iter();
        let json = details.chain(chunk.extra_content).map(|json| json.to_string().len());
        self.bytes += json.sum::<usize>() + chunk.reasoning_content.map_or(0, str::len);
        if self.is_too_long() {
            self.data = MessageData::default();
            return;
        }
        if let Some(piece) = chunk.reasoning_content {
            self.data.reasoning_content.get_or_insert_default().push_str(piece);
        }
        for detail in chunk.reasoning_details {
            push_detail(&mut self.data.reasoning_details, detail);
        }
        if let Some(content) = chunk.extra_content {
            self.data.extra_content = Some(content.clone());
        }
    }

    fn is_too_long(&self) -> bool {
        self.bytes > MAX_BYTES
    }

    /// All of it. It fails where that is more than can be kept: results would be refused without it.
    pub(super) fn finish(self) -> Result<MessageData, UpstreamFailure> {
        if self.is_too_long() {
            return Err(too_long("thoughts of more than 1 MiB before a call"));
        }
        let MessageData { reasoning_content, reasoning_details, extra_content } = self.data;
        Ok(MessageData {
            reasoning_content: reasoning_content.map(|text| settled(&text)),
            reasoning_details: reasoning_details.into_iter().map(json::settle).collect(),
            extra_content: extra_content.map(json::settle),
        })
    }
}

/// Adds a detail, or the next piece of the last one: a stream cuts one thought into several, and its
/// signature is of the whole.
fn push_detail(details: &mut Vec<Value>, detail: &Value) {
    match details.last_mut() {
        Some(last) if goes_on(last, detail) => merge(last, detail),
        _ => details.push(detail.clone()),
    }
}

/// The members of a detail that come in pieces.
const PIECES: [&str; 2] = ["text", "summary"];

fn goes_on(last: &Value, detail: &Value) -> bool {
    let is_same = |name| last.member(name).is_some() && last.member(name) == detail.member(name);
    let is_in_pieces = matches!(last.text("type"), Some("reasoning.text" | "reasoning.summary"));
    let has_other_id =
        last.member("id").zip(detail.member("id")).is_some_and(|(id, other)| id != other);
    is_in_pieces && is_same("type") && is_same("index") && !has_other_id
}

fn merge(last: &mut Value, detail: &Value) {
    let (Value::Object(members), Value::Object(pieces)) = (last, detail) else { return };
    for (name, piece) in pieces {
        match (members.get_mut(name), piece) {
            (Some(Value::String(text)), Value::String(more)) if PIECES.contains(&name.as_str()) => {
                text.push_str(more);
            }
            (Some(_), Value::Null) => {}
            (Some(value), piece) => *value = piece.clone(),
            (None, piece) => drop(members.insert(name.clone(), piece.clone())),
        }
    }
}
