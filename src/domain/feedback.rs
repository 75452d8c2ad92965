//! Feedback of visitors, as a token's owner lists it.
//!
//! It is here because the management plane shows what the browser plane takes.

use crate::domain::{
    id::{ConversationId, FeedbackId},
    time::Timestamp,
};

/// What a visitor says about an answer or a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedbackKind {
    /// The answer was good.
    Upvote,
    /// The answer was bad.
    Downvote,
    /// The answer was copied.
    Copy,
    /// Satisfaction, 1 to 5.
    Csat,
    /// Would recommend, 0 to 10.
    Nps,
}

impl FeedbackKind {
    /// All, in the contract's order.
    pub const ALL: [Self; 5] = [Self::Upvote, Self::Downvote, Self::Copy, Self::Csat, Self::Nps];

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The word on the wire and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upvote => "upvote",
            Self::Downvote => "downvote",
            Self::Copy => "copy",
            Self::Csat => "csat",
            Self::Nps => "nps",
        }
    }
}

/// One piece of feedback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// Its id.
    pub id: FeedbackId,
    /// What is said.
    pub kind: FeedbackKind,
    /// How much, where the kind has a scale.
    pub rating: Option<u32>,
    /// In the visitor's words.
    pub comment: Option<String>,
    /// The message that it is about; `None` for the whole session. The page's own text: no such
    /// message need be stored.
    pub message_id: Option<String>,
    /// The conversation of the session; there may be none of this id yet.
    pub conversation_id: ConversationId,
    /// When it was first given.
    pub created_at: Timestamp,
}
