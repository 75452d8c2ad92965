//! Messages as they are stored, and how much of them goes where.

use crate::domain::{feedback::FeedbackKind, time::Timestamp, words::words};

/// The most bytes of one message as it is kept: D1 takes rows of 2 MB.
pub const MESSAGE_BYTES: usize = 1_900_000;

/// The latest of a transcript that an upstream hears: so many messages …
pub const HEARD_MESSAGES: u32 = 200;
/// … with so many bytes of text …
pub const HEARD_TEXT: u32 = 512 * 1024;
/// … and so many bytes of pictures and files.
pub const HEARD_MEDIA: u32 = 6 * 1024 * 1024;

words! {
    /// Who speaks in a stored transcript.
    pub enum Role {
        /// The visitor.
        User = "user",
        /// The upstream.
        Assistant = "assistant",
    }
}

words! {
    /// Whether an answer was finished.
    pub enum Status {
        Complete = "complete",
        /// It ended early: what was streamed is there.
        Partial = "partial",
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Unique in the conversation.
    pub id: String,
    /// 1, 2, 3 … in the order of storage.
    pub position: u32,
    pub role: Role,
    /// What is said: JSON, a string or an array of parts.
    pub content: String,
    /// What the page showed instead, if that was something else.
    pub display_content: Option<String>,
    pub status: Status,
    /// The id of the message that this one answers.
    pub reply_to: Option<String>,
    pub created_at: Timestamp,
}

/// A message of the visitor, to be stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewMessage {
    pub id: String,
    /// JSON: a string or an array of parts.
    pub content: String,
    /// The same with names in place of media, if it has any.
    pub brief: Option<String>,
    /// Bytes of pictures and files in it.
    pub media_bytes: usize,
    pub display_content: Option<String>,
    /// The execution that is to answer it, if this is the question …
    pub execution_id: Option<String>,
    /// … and the id that the answer is to have.
    pub answer_id: Option<String>,
}

impl NewMessage {
    /// How many bytes of it are kept.
    pub fn bytes(&self) -> usize {
        let also = [&self.brief, &self.display_content];
        self.content.len() + also.into_iter().flatten().map(String::len).sum::<usize>()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagedMessage {
    pub message: StoredMessage,
    /// The kinds of feedback that visitors gave on it, each once.
    pub feedback: Vec<FeedbackKind>,
    /// Whether another one comes after it.
    pub is_followed: bool,
}

/// A message of the list that a page sent, or an answer to one of them, as far as the store
/// knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedMessage {
    /// Its place in the list, from 0; of an answer that isn't listed, its question's.
    pub place: u32,
    pub id: String,
    /// What is stored of it; `None` for a new one.
    pub known: Option<KnownMessage>,
    /// Whether it is among the latest that an upstream hears.
    pub is_heard: bool,
    /// Whether its pictures and files are among the latest, too, or it has none.
    pub has_media: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownMessage {
    pub role: Role,
    pub status: Status,
    pub reply_to: Option<String>,
    /// Of a question: the id that the latest answer to it was to have.
    pub answer_id: Option<String>,
    /// Of a whole answer to the question: for each text that the page shows behind that, whether it
    /// is in the answer.
    pub shows: Vec<bool>,
    /// What is said, JSON, once it was read; names in place of media that aren't heard.
    pub content: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredContent {
    pub id: String,
    /// JSON: a string or an array of parts; names in place of media that aren't heard.
    pub content: String,
}

/// A message that an execution heard when it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardMessage {
    /// Its place in what was heard, from 0.
    pub place: u32,
    pub role: Role,
    /// What is said, JSON.
    pub content: String,
}
