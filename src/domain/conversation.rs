//! Conversations as their owner lists them, and how much they hold.

use crate::domain::{id::ConversationId, time::Timestamp};

/// The most messages of a conversation.
pub const MAX_MESSAGES: u32 = 2_000;

/// The most bytes of a conversation's messages.
pub const MAX_BYTES: u32 = 32 * 1024 * 1024;

/// The most bytes of messages that its owner gets at once.
pub const PAGE_BYTES: u32 = 2 * 1024 * 1024;

/// Whether a conversation has room for as many more messages of these bytes together, and for
/// the answer to the last one. The answer's bytes aren't known yet: what begins within the
/// bounds is kept to its end.
#[must_use]
pub fn has_room(message_count: u32, byte_count: u32, new: usize, new_bytes: usize) -> bool {
    let messages = new.saturating_add(message_count as usize).saturating_add(1);
    let bytes = new_bytes.saturating_add(byte_count as usize);
    messages <= MAX_MESSAGES as usize && bytes <= MAX_BYTES as usize
}

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

/// What the database knows of a session and its conversation; nothing of a session that hasn't
/// chatted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredSession {
    /// The messages of the conversation …
    pub message_count: u32,
    /// … and their bytes.
    pub byte_count: u32,
    /// The changes of the conversation so far, new messages and others.
    pub revision: u32,
    /// Whether the conversation was deleted.
    pub is_deleted: bool,
    /// The chats of this session.
    pub chat_count: u32,
    /// When it last chatted.
    pub last_chat_at: Option<Timestamp>,
    /// The page's tools, JSON.
    pub tools: Option<String>,
    /// Their fingerprint.
    pub tools_fingerprint: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_has_room_for_a_question_only_with_its_answer() {
        assert!(has_room(1_998, 0, 1, 1));
        assert!(!has_room(1_999, 0, 1, 1));
        assert!(has_room(1_999, 0, 0, 0));
        assert!(!has_room(2_000, 0, 0, 0));
        assert!(has_room(1_949, 0, 50, 1));
        assert!(!has_room(1_950, 0, 50, 1));
    }

    #[test]
    fn bytes_are_counted_to_the_last_one() {
        assert!(has_room(10, MAX_BYTES - 7, 1, 7));
        assert!(!has_room(10, MAX_BYTES - 7, 1, 8));
        assert!(has_room(10, MAX_BYTES, 0, 0));
        assert!(!has_room(10, u32::MAX, 1, usize::MAX));
    }
}
