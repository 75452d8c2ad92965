//! Feedback of visitors: taken on the browser plane, listed on the management plane.

use crate::domain::{
    id::{ConversationId, FeedbackId},
    time::Timestamp,
};

/// What a visitor says about an answer or a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedbackKind {
    Upvote,
    Downvote,
    Copy,
    /// Satisfaction, 1 to 5.
    Csat,
    /// Would recommend, 0 to 10.
    Nps,
}

impl FeedbackKind {
    /// In the contract's order (section 6.3).
    pub const ALL: [Self; 5] = [Self::Upvote, Self::Downvote, Self::Copy, Self::Csat, Self::Nps];

    /// Reads the word of [`FeedbackKind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The word on the wire and in the database.
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    pub id: FeedbackId,
    /// Decides whether there is a rating.
    pub kind: FeedbackKind,
    /// 1 to 5 for CSAT, 0 to 10 for NPS, `None` for the other kinds.
    pub rating: Option<u32>,
    pub comment: Option<String>,
    /// The message that it is about; `None` for the whole session. Text of the page's own: such a
    /// message need not be stored.
    pub message_id: Option<String>,
    /// The conversation of the session, which isn't stored before its first chat.
    pub conversation_id: ConversationId,
    /// The signed-in user of the session, as a server named them; `None` for an unknown visitor.
    pub user_id: Option<String>,
    /// The first time it was given; giving it again changes rating and comment only.
    pub created_at: Timestamp,
}
