//! Messages as they are stored.
//!
//! It is here because the browser plane writes them and the management plane shows them.

use crate::domain::time::Timestamp;

/// Who speaks in a stored transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The visitor.
    User,
    /// The upstream.
    Assistant,
}

impl Role {
    /// The spelling on the wire and in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }

    /// Reads that spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Assistant].into_iter().find(|role| role.as_str() == text)
    }
}

/// Whether an answer was finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// All of it is there.
    Complete,
    /// It ended early: what was streamed is there.
    Partial,
}

impl Status {
    /// The spelling on the wire and in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
        }
    }

    /// Reads that spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Complete, Self::Partial].into_iter().find(|status| status.as_str() == text)
    }
}

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its id, unique in the conversation.
    pub id: String,
    /// 1, 2, 3 … in the order of storage.
    pub position: u32,
    /// Who speaks.
    pub role: Role,
    /// What is said: JSON, a string or an array of parts.
    pub content: String,
    /// What the page showed instead, if that was something else.
    pub display_content: Option<String>,
    /// Whether it is whole.
    pub status: Status,
    /// The id of the message that this one answers.
    pub reply_to: Option<String>,
    /// When it was stored.
    pub created_at: Timestamp,
}
