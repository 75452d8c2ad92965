//! The parts of a message that isn't plain text: checked once, they go into storage, to one's own
//! backend, and to OpenAI-compatible services in another form.

use serde::Serialize;

use crate::domain::json::Json;

/// One part; the JSON form is the widget's (contract section 6.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub(crate) enum Part {
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
    /// Reads the JSON form, which nothing but this service wrote.
    #[must_use]
    pub(crate) fn from_stored(mut json: Json) -> Option<Self> {
        let kind = json.take_text("type")?;
        let mut text = |name| json.take_text(name);
        match kind.as_str() {
            "text" => Some(Self::Text { text: text("text")? }),
            "reasoning" => Some(Self::Reasoning { text: text("text")? }),
            "image" => Some(Self::Image { image: text("image")?, mime_type: text("mimeType") }),
            "file" => Some(Self::File {
                data: text("data")?,
                mime_type: text("mimeType")?,
                filename: text("filename")?,
            }),
            _ => None,
        }
    }

    /// The text, if it is text and not reasoning.
    #[must_use]
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            Self::Image { .. } | Self::File { .. } | Self::Reasoning { .. } => None,
        }
    }

    /// Bytes of a picture or a file, as they are carried.
    #[must_use]
    pub(crate) fn media_bytes(&self) -> usize {
        match self {
            Self::Image { image: source, .. } | Self::File { data: source, .. } => source.len(),
            Self::Text { .. } | Self::Reasoning { .. } => 0,
        }
    }

    /// What stands in place of a picture or a file that isn't shown.
    #[must_use]
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Image { .. } => Some("[image]".to_owned()),
            Self::File { filename, .. } => Some(format!("[file: {filename}]")),
            Self::Text { .. } | Self::Reasoning { .. } => None,
        }
    }
}

/// Whether an attachment's source is a URL and not bare base64.
pub(crate) fn is_url(source: &str) -> bool {
    ["data:", "https:", "http:"].iter().any(|scheme| starts_with(source, scheme))
}

/// Whether an attachment's source must be fetched.
pub(crate) fn is_remote(source: &str) -> bool {
    is_url(source) && !starts_with(source, "data:")
}

/// Schemes are case-insensitive (RFC 3986, section 3.1).
fn starts_with(source: &str, scheme: &str) -> bool {
    source.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
}
