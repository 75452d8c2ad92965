//! An export of a token's conversations: which ones, and how much of them is read at once
//! (contract section 3.11).

use crate::domain::{
    conversation::{Conversation, MAX_MESSAGES},
    id::ConversationId,
    message::PagedMessage,
    time::Timestamp,
};

/// Conversations that are read at once, without their messages.
pub const HEADS: u32 = 500;

/// Which conversations an export has: those that began within a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// From then on …
    pub from: Timestamp,
    /// … and before this.
    pub to: Timestamp,
    /// Only those with this target.
    pub target: Option<String>,
    /// Only those of this signed-in user.
    pub user: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedMessage {
    pub conversation: ConversationId,
    /// The message; it is followed if another one of those that were asked for is.
    pub paged: PagedMessage,
}

/// Messages to be read: those of some conversations, one after the other, as many as fit a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The conversations; each may have messages left for another stretch.
    pub conversations: Vec<ConversationId>,
    /// Of the first one, only messages behind this position.
    pub after: u32,
}

/// How many of these conversations are asked for at once: those whose messages are no more than one
/// of them may have, since what is asked for is sorted.
pub fn share<'a>(conversations: impl IntoIterator<Item = &'a Conversation>) -> usize {
    let mut messages = 0_u32;
    let fits = |conversation: &&Conversation| {
        messages = messages.saturating_add(conversation.message_count);
        messages <= MAX_MESSAGES
    };
    conversations.into_iter().take_while(fits).count().max(1)
}
