//! Messages: as the widget sends them, as they are stored, as upstreams get them.
//!
//! A transcript comes anew with every chat. The visitor's own words in it are checked; what
//! others said is a bubble of the page, read as far as it is text and never refused.

#[cfg(test)]
mod tests;

use serde::{Serialize, Serializer, ser::SerializeMap};

pub use crate::{api::upstream::part::Part, domain::message::Role};
use crate::{
    api::{
        faults::{Code, Faults},
        upstream::{
            part::part,
            shape::{Members, array, filled, label, string, wrong_type},
        },
    },
    domain::json::Json,
};

/// The most characters of a message id.
const MAX_ID: usize = 255;

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Plain text; not empty, unless an upstream said nothing.
    Text(String),
    /// Parts, at least one.
    Parts(Vec<Part>),
}

impl Content {
    /// The text in it, parts joined by line ends; empty if there is none.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Parts(parts) => {
                parts.iter().filter_map(Part::as_text).collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// What a list shows of it: the text, else the names of what is attached.
    #[must_use]
    pub fn headline(&self) -> String {
        let text = self.text();
        let Self::Parts(parts) = self else { return text };
        if !text.trim().is_empty() {
            return text;
        }
        parts.iter().filter_map(Part::name).collect::<Vec<_>>().join(" ")
    }

    /// Bytes of pictures and files.
    #[must_use]
    pub fn media_bytes(&self) -> usize {
        match self {
            Self::Text(_) => 0,
            Self::Parts(parts) => parts.iter().map(Part::media_bytes).sum(),
        }
    }

    /// Bytes of text.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Parts(parts) => {
                let text = |part: &Part| match part {
                    Part::Text { text } | Part::Reasoning { text } => text.len(),
                    Part::Image { .. } | Part::File { .. } => 0,
                };
                parts.iter().map(text).sum()
            }
        }
    }

    /// The same with names in place of pictures and files, if it has any.
    #[must_use]
    pub fn brief(&self) -> Option<Self> {
        let Self::Parts(parts) = self else { return None };
        let names: Vec<_> = parts.iter().map(Part::name).collect();
        if names.iter().all(Option::is_none) {
            return None;
        }
        let brief = |(part, name): (&Part, Option<String>)| {
            name.map_or_else(|| part.clone(), |text| Part::Text { text })
        };
        Some(Self::Parts(parts.iter().zip(names).map(brief).collect()))
    }

    /// The form for one column of text: JSON.
    #[must_use]
    pub fn to_stored(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Content::to_stored`] wrote; nothing else is in storage.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        match Json::parse(text.as_bytes()).ok()? {
            Json::String(text) => Some(Self::Text(text)),
            parts => content(parts, "content", &mut Faults::default()),
        }
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Parts(parts) => parts.serialize(serializer),
        }
    }
}

/// A message of a thread; its JSON form is what one's own backend gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Content,
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("role", self.role.as_str())?;
        map.serialize_entry("content", &self.content)?;
        map.end()
    }
}

/// A message of the visitor, as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserMessage {
    /// Its id, if it has one.
    pub id: Option<String>,
    /// What is said.
    pub content: Content,
    /// What the page showed instead.
    pub display_content: Option<String>,
}

/// Whose a bubble of the page is, by the page's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The assistant's.
    Assistant,
    /// The system's.
    System,
}

impl Speaker {
    /// The spelling on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Assistant => "assistant",
            Self::System => "system",
        }
    }
}

/// A message of somebody else, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bubble {
    /// Its id, if it has one that can be one.
    pub id: Option<String>,
    /// Whose it is.
    pub speaker: Speaker,
    /// The text in it, possibly none.
    pub text: String,
}

/// An entry of a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The visitor speaks.
    User(UserMessage),
    /// Somebody else does.
    Other(Bubble),
}

/// A transcript, in order, with at least one message of the visitor.
pub fn transcript(value: Json, path: &str, faults: &mut Faults) -> Option<Vec<Entry>> {
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

fn entry(value: Json, path: &str, faults: &mut Faults) -> Option<Entry> {
    let mut members = Members::open(value, path, faults)?;
    let speaker = members.required("role", faults, |value, path, faults| {
        match string(value, path, faults)?.as_str() {
            "user" => Some(None),
            "assistant" => Some(Some(Speaker::Assistant)),
            "system" => Some(Some(Speaker::System)),
            _ => {
                faults.add(path, Code::InvalidEnum, "must be one of user, assistant, system");
                None
            }
        }
    });
    if let Some(Some(speaker)) = speaker {
        return Some(Entry::Other(bubble(&mut members, speaker)));
    }
    let id = members.optional("id", faults, message_id_or_empty).ok();
    let content = members.required("content", faults, content);
    let display_content = members.optional("displayContent", faults, string).ok();
    speaker?;
    Some(Entry::User(UserMessage {
        id: id?.flatten(),
        content: content?,
        display_content: display_content?,
    }))
}

/// The widget keeps parts in bubbles that this service may have streamed and wouldn't accept, so
/// their text is read and nothing is refused.
fn bubble(members: &mut Members<'_>, speaker: Speaker) -> Bubble {
    let mut unheard = Faults::default();
    let id = members.take("id").and_then(|id| message_id(id, "", &mut unheard));
    let text = match members.take("content") {
        Some(Json::String(text)) => text,
        Some(Json::Array(parts)) => {
            let text = |part: &Json| match (part.get("type"), part.get("text")) {
                (Some(Json::String(kind)), Some(Json::String(text))) if kind == "text" => {
                    Some(text.clone())
                }
                _ => None,
            };
            parts.iter().filter_map(text).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    };
    Bubble { id, speaker, text }
}

/// The id of a message.
pub fn message_id(value: Json, path: &str, faults: &mut Faults) -> Option<String> {
    label(MAX_ID)(value, path, faults)
}

/// The same, where an empty one means that there is none.
pub fn message_id_or_empty(value: Json, path: &str, faults: &mut Faults) -> Option<Option<String>> {
    unless_empty(message_id)(value, path, faults)
}

/// What `parser` reads, or `Some(None)` for an empty string.
pub(super) fn unless_empty<T>(
    parser: impl Fn(Json, &str, &mut Faults) -> Option<T>,
) -> impl Fn(Json, &str, &mut Faults) -> Option<Option<T>> {
    move |value, path, faults| match value {
        Json::String(text) if text.is_empty() => Some(None),
        value => parser(value, path, faults).map(Some),
    }
}

fn content(value: Json, path: &str, faults: &mut Faults) -> Option<Content> {
    match value {
        Json::String(_) => filled(value, path, faults).map(Content::Text),
        Json::Array(ref parts) if parts.is_empty() => {
            faults.add(path, Code::InvalidFormat, "must not be empty");
            None
        }
        Json::Array(_) => array(value, path, faults, part).map(Content::Parts),
        other => wrong_type("a string or an array", &other, path, faults),
    }
}

/// A JSON object of the page's own: `inputs`, `context`, `metadata`, `toolOutputs`.
pub fn object(value: Json, path: &str, faults: &mut Faults) -> Option<Json> {
    match value {
        Json::Object(_) => Some(value),
        other => wrong_type("an object", &other, path, faults),
    }
}
