//! Messages: as the widget sends them, as they are stored, as upstreams get them.
//!
//! It is here because a transcript comes anew with every chat and only the visitor's own words
//! in it count (contract section 6.2): everything else is neither read nor refused.

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

/// A message of a stored transcript; its JSON form is what one's own backend gets.
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

/// A transcript: the visitor's messages in it, in order. There is at least one, and the last
/// message of the transcript is the last of them.
pub fn transcript(value: Json, path: &str, faults: &mut Faults) -> Option<Vec<UserMessage>> {
    let messages = array(value, path, faults, message)?;
    match messages.last() {
        Some(Some(_)) => return Some(messages.into_iter().flatten().collect()),
        Some(None) => faults.add(path, Code::InvalidFormat, "must end with a message of the user"),
        None => faults.add(path, Code::OutOfRange, "must have at least 1 entry"),
    }
    None
}

/// The inner `None` is a message of somebody else. Its content isn't looked into: the widget
/// keeps parts in it that this service may have streamed and wouldn't accept.
#[expect(clippy::option_option, reason = "the outer one: refused; the inner one: not the user's")]
fn message(value: Json, path: &str, faults: &mut Faults) -> Option<Option<UserMessage>> {
    let mut members = Members::open(value, path, faults)?;
    let is_user = members.required("role", faults, |value, path, faults| {
        match string(value, path, faults)?.as_str() {
            "user" => Some(true),
            "assistant" | "system" => Some(false),
            _ => {
                faults.add(path, Code::InvalidEnum, "must be one of user, assistant, system");
                None
            }
        }
    });
    if is_user == Some(false) {
        return Some(None);
    }
    let id = members.optional("id", faults, message_id).ok();
    let content = members.required("content", faults, content);
    let display_content = members.optional("displayContent", faults, string).ok();
    is_user?;
    Some(Some(UserMessage { id: id?, content: content?, display_content: display_content? }))
}

/// The id of a message.
pub fn message_id(value: Json, path: &str, faults: &mut Faults) -> Option<String> {
    label(MAX_ID)(value, path, faults)
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
