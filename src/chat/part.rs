//! The parts of a message that isn't plain text: checked once, they go into storage, to one's own
//! backend, and to OpenAI-compatible services in another form.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

/// One part; the JSON form is the widget's (contract section 6.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub(crate) enum Part {
    Text {
        /// Possibly empty: the widget sends it so beside a picture.
        text: String,
    },
    Image {
        /// A data URL, an http or https URL, or base64; shared, since it may be large.
        image: Rc<str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        mime_type: Option<String>,
    },
    File {
        /// A data URL, an http or https URL, or base64; shared, since it may be large.
        data: Rc<str>,
        mime_type: String,
        filename: String,
    },
    /// Reasoning of an assistant.
    Reasoning {
        /// Possibly empty.
        text: String,
    },
    /// A picture or file that came and was let go (contract section 6.2, *Pictures*); the JSON form
    /// is that of its name as a text.
    #[serde(rename = "text", skip_deserializing)]
    LetGo {
        /// What stands in its place.
        #[serde(rename = "text")]
        name: String,
        #[serde(skip)]
        known_by: Fingerprint,
    },
}

/// How many bytes a picture or file had as it was carried, and their checksum (FNV-1a, 64 bits): what
/// tells it from others of the same visitor when it comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    bytes: usize,
    checksum: u64,
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self { bytes: 0, checksum: 0xcbf2_9ce4_8422_2325 }
    }
}

impl Fingerprint {
    pub(crate) fn of(source: &str) -> Self {
        let mut known_by = Self::default();
        known_by.add(source.as_bytes());
        known_by
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        for byte in bytes {
            self.checksum = (self.checksum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl Part {
    /// The text, if it is text and not reasoning.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            Self::Image { .. }
            | Self::File { .. }
            | Self::LetGo { .. }
            | Self::Reasoning { .. } => None,
        }
    }

    /// Bytes of a picture or a file, as they are carried.
    pub(crate) fn media_bytes(&self) -> usize {
        match self {
            Self::Image { image: source, .. } | Self::File { data: source, .. } => source.len(),
            Self::Text { .. } | Self::Reasoning { .. } | Self::LetGo { .. } => 0,
        }
    }

    pub(crate) fn let_go_bytes(&self) -> usize {
        if let Self::LetGo { known_by, .. } = self { known_by.bytes } else { 0 }
    }

    /// What tells it from others, the same whether it was let go or not.
    pub(crate) fn outline(&self) -> String {
        let medium = |known_by: Fingerprint| format!("{} {:x}", known_by.bytes, known_by.checksum);
        match self {
            Self::Text { text } => format!("text {text}"),
            Self::Reasoning { text } => format!("reasoning {text}"),
            Self::Image { image: source, .. } | Self::File { data: source, .. } => {
                medium(Fingerprint::of(source))
            }
            Self::LetGo { known_by, .. } => medium(*known_by),
        }
    }

    /// What stands in place of a picture or a file that isn't shown.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Image { .. } => Some("[image]".to_owned()),
            Self::File { filename, .. } => Some(format!("[file: {filename}]")),
            Self::LetGo { name, .. } => Some(name.clone()),
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
