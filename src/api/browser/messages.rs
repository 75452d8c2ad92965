//! Reads the messages of a chat's body. The visitor's own words are checked; what others said is a
//! bubble of the page, read as far as it is text and never refused.
//!
//! A fault of an optional member doesn't end the reading: whoever asked looks at the faults.

#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::{
    api::{
        browser::{
            pictures::{Picture, Pictures},
            values::{filled, message_id, message_id_or_empty, short_text},
        },
        faults::{Code, Faults},
        fields::Fields,
        values::{array, text, wrong_type},
    },
    chat::{
        message::{Bubble, Content, Entry, Speaker, UserMessage},
        part::{Fingerprint, Part, is_url},
    },
    domain::json::Look,
};

/// A transcript, in order, with at least one message of the visitor; the texts of pictures and files
/// are in `pictures`.
pub(super) fn transcript(
    value: Value,
    path: &str,
    faults: &mut Faults,
    pictures: &Pictures,
) -> Option<Vec<Entry>> {
    let entry =
        |value: Value, path: &str, faults: &mut Faults| entry(value, path, faults, pictures);
    let entries = array(value, path, faults, entry)?;
    if entries.iter().any(|entry| matches!(entry, Entry::User(_))) {
        return Some(entries);
    }
    if entries.is_empty() {
        faults.add(path, Code::OutOfRange, "must have at least 1 entry");
    } else {
        faults.add(path, Code::InvalidFormat, "must hold a message of the user");
    }
    None
}

fn entry(value: Value, path: &str, faults: &mut Faults, pictures: &Pictures) -> Option<Entry> {
    let mut fields = Fields::within_page(value, path, faults)?;
    let speaker =
        fields.required("role", |value, path, faults| match text(value, path, faults)?.as_str() {
            "user" => Some(None),
            "assistant" => Some(Some(Speaker::Assistant)),
            "system" => Some(Some(Speaker::System)),
            _ => {
                faults.add(path, Code::InvalidEnum, "must be one of user, assistant, system");
                None
            }
        });
    if let Some(Some(speaker)) = speaker {
        return Some(Entry::Other(bubble(&mut fields, speaker)));
    }
    let id = fields.optional("id", message_id_or_empty);
    let content = |value, path: &str, faults: &mut Faults| content(value, path, faults, pictures);
    let content = fields.required("content", content);
    let display_content = fields.optional("displayContent", text);
    speaker?;
    Some(Entry::User(UserMessage { id: id.flatten(), content: content?, display_content }))
}

/// The widget keeps parts in bubbles that this service may have streamed and wouldn't accept, so
/// their text is read and nothing is refused.
fn bubble(fields: &mut Fields<'_>, speaker: Speaker) -> Bubble {
    let mut unheard = Faults::default();
    let id = fields.take_unchecked("id").and_then(|id| message_id(id, "", &mut unheard));
    let text = match fields.take_unchecked("content") {
        Some(Value::String(text)) => text,
        Some(Value::Array(parts)) => {
            let is_text = |part: &&Value| part.text("type") == Some("text");
            let texts = parts.iter().filter(is_text).filter_map(|part| part.text("text"));
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    };
    Bubble { id, speaker, text }
}

fn content(value: Value, path: &str, faults: &mut Faults, pictures: &Pictures) -> Option<Content> {
    let part = |value: Value, path: &str, faults: &mut Faults| part(value, path, faults, pictures);
    match value {
        Value::String(_) => filled(value, path, faults).map(Content::Text),
        Value::Array(ref parts) if parts.is_empty() => {
            faults.add(path, Code::InvalidFormat, "must not be empty");
            None
        }
        Value::Array(_) => array(value, path, faults, part).map(Content::Parts),
        other => wrong_type("a string or an array", &other, path, faults),
    }
}

const KINDS: &str = "must be one of text, image, file, reasoning";

fn part(value: Value, path: &str, faults: &mut Faults, pictures: &Pictures) -> Option<Part> {
    let source = |value, path: &str, faults: &mut Faults| source(value, path, faults, pictures);
    let mut fields = Fields::within_page(value, path, faults)?;
    let kind = fields.required("type", |value, path, faults| {
        let kind = text(value, path, faults)?;
        if ["text", "image", "file", "reasoning"].contains(&kind.as_str()) {
            return Some(kind);
        }
        faults.add(path, Code::InvalidEnum, KINDS);
        None
    })?;
    match kind.as_str() {
        "text" => Some(Part::Text { text: fields.required("text", text)? }),
        "reasoning" => Some(Part::Reasoning { text: fields.required("text", text)? }),
        "image" => {
            let image = fields.required("image", source);
            let mime_type = fields.optional("mimeType", short_text(255));
            Some(attached(image?, |image| Part::Image { image: image.into(), mime_type }))
        }
        _ => {
            let data = fields.required("data", source);
            let mime_type = fields.required("mimeType", short_text(255));
            let filename = fields.required("filename", short_text(255));
            let (mime_type, filename) = (mime_type?, filename?);
            Some(attached(data?, |data| Part::File { data: data.into(), mime_type, filename }))
        }
    }
}

/// A picture or file of these bytes.
fn attached(source: Source, part: impl FnOnce(String) -> Part) -> Part {
    match source {
        Source::Here(source) => part(source),
        Source::LetGo(known_by) => {
            let name = part(String::new()).name().unwrap_or_default();
            Part::LetGo { name, known_by }
        }
    }
}

/// An attachment's bytes, or where they are.
enum Source {
    Here(String),
    /// They came and were let go.
    LetGo(Fingerprint),
}

/// Where an attachment's bytes are. `:` isn't a base64 character, so it tells a URL; schemes
/// that only the visitor's browser could read (`blob:`, `file:`) are of no use to an upstream.
fn source(value: Value, path: &str, faults: &mut Faults, pictures: &Pictures) -> Option<Source> {
    let text = match pictures.take(&text(value, path, faults)?) {
        Picture::Held(text) => filled(Value::String(text), path, faults)?,
        Picture::LetGo(known_by) => return Some(Source::LetGo(known_by)),
    };
    if is_url(&text) || !text.contains(':') {
        return Some(Source::Here(text));
    }
    faults.add(path, Code::InvalidFormat, "must be a data:, https: or http: URL, or base64");
    None
}
