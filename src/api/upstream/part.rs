//! The parts of a message that isn't plain text: checked once, they go into storage, to one's own
//! backend, and to OpenAI-compatible services in another form.

use serde::Serialize;

use crate::{
    api::{
        faults::{Code, Faults},
        upstream::shape::{Members, filled, label, string},
    },
    domain::json::Json,
};

/// One part; the JSON form is the widget's (contract section 6.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Part {
    /// Text.
    Text {
        /// Possibly empty: the widget sends it so beside a picture.
        text: String,
    },
    /// An image.
    Image {
        /// A data URL, an http or https URL, or base64.
        image: String,
        /// Its media type.
        #[serde(skip_serializing_if = "Option::is_none")]
        mime_type: Option<String>,
    },
    /// Another file.
    File {
        /// A data URL, an http or https URL, or base64.
        data: String,
        /// Its media type.
        mime_type: String,
        /// Its name.
        filename: String,
    },
    /// Reasoning of an assistant.
    Reasoning {
        /// Possibly empty.
        text: String,
    },
}

impl Part {
    /// The text, if it is text and not reasoning.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            Self::Image { .. } | Self::File { .. } | Self::Reasoning { .. } => None,
        }
    }

    /// Bytes of a picture or a file, as they are carried.
    #[must_use]
    pub fn media_bytes(&self) -> usize {
        match self {
            Self::Image { image: source, .. } | Self::File { data: source, .. } => source.len(),
            Self::Text { .. } | Self::Reasoning { .. } => 0,
        }
    }

    /// What stands in place of a picture or a file that isn't shown.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Image { .. } => Some("[image]".to_owned()),
            Self::File { filename, .. } => Some(format!("[file: {filename}]")),
            Self::Text { .. } | Self::Reasoning { .. } => None,
        }
    }
}

const KINDS: &str = "must be one of text, image, file, reasoning";

/// A part of a user's message.
pub(super) fn part(value: Json, path: &str, faults: &mut Faults) -> Option<Part> {
    let mut members = Members::open(value, path, faults)?;
    let kind = members.required("type", faults, |value, path, faults| {
        let kind = string(value, path, faults)?;
        if ["text", "image", "file", "reasoning"].contains(&kind.as_str()) {
            return Some(kind);
        }
        faults.add(path, Code::InvalidEnum, KINDS);
        None
    })?;
    match kind.as_str() {
        "text" => Some(Part::Text { text: members.required("text", faults, string)? }),
        "reasoning" => Some(Part::Reasoning { text: members.required("text", faults, string)? }),
        "image" => {
            let image = members.required("image", faults, source);
            let mime_type = members.optional("mimeType", faults, label(255)).ok();
            Some(Part::Image { image: image?, mime_type: mime_type? })
        }
        _ => {
            let data = members.required("data", faults, source);
            let mime_type = members.required("mimeType", faults, label(255));
            let filename = members.required("filename", faults, label(255));
            Some(Part::File { data: data?, mime_type: mime_type?, filename: filename? })
        }
    }
}

/// Where an attachment's bytes are. `:` isn't a base64 character, so it tells a URL; schemes
/// that only the visitor's browser could read (`blob:`, `file:`) are of no use to an upstream.
fn source(value: Json, path: &str, faults: &mut Faults) -> Option<String> {
    let text = filled(value, path, faults)?;
    if is_url(&text) || !text.contains(':') {
        return Some(text);
    }
    faults.add(path, Code::InvalidFormat, "must be a data:, https: or http: URL, or base64");
    None
}

/// Whether an attachment's source is a URL and not bare base64.
pub(super) fn is_url(source: &str) -> bool {
    ["data:", "https:", "http:"].iter().any(|scheme| starts_with(source, scheme))
}

/// Whether an attachment's source must be fetched.
pub(super) fn is_remote(source: &str) -> bool {
    is_url(source) && !starts_with(source, "data:")
}

/// Schemes are case-insensitive (RFC 3986, section 3.1).
fn starts_with(source: &str, scheme: &str) -> bool {
    source.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
}
