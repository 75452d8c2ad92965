//! Conversations as their owner lists them.
//!
//! It is here because the management plane shows what the browser plane records.

use crate::domain::{id::ConversationId, time::Timestamp};

/// One conversation, without its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// A name, once it has one.
    pub name: Option<String>,
    /// The head of the first user message.
    pub first_message: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The target it talks to.
    pub target_id: Option<String>,
    /// The Origin that it was opened from.
    pub origin: Option<String>,
    /// How many messages it holds.
    pub message_count: u32,
}
