//! Feedback of visitors: taken on the browser plane, listed on the management plane.

use crate::domain::{
    id::{ConversationId, FeedbackId},
    time::Timestamp,
    words::words,
};

words! {
    /// What a visitor says about an answer or a session, in the contract's order (section 6.3).
    pub enum FeedbackKind {
        Upvote = "upvote",
        Downvote = "downvote",
        Copy = "copy",
        /// Satisfaction, 1 to 5.
        Csat = "csat",
        /// Would recommend, 0 to 10.
        Nps = "nps",
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
