//! Conversations as the owner of their token lists them, and the bounds of their size.

use crate::domain::{id::ConversationId, time::Timestamp};

pub const MAX_MESSAGES: u32 = 2_000;

/// The most bytes of a conversation's messages together.
pub const MAX_BYTES: u32 = 32 * 1024 * 1024;

/// The most bytes of messages in one page of the management plane.
pub const PAGE_BYTES: u32 = 2 * 1024 * 1024;

/// Whether a conversation has room for `new` more messages of `new_bytes` together, and for the
/// answer to the last one. The answer counts as a message without bytes, since its length isn't
/// known yet: an answer that begins within the bounds is stored whole.
pub fn has_room(message_count: u32, byte_count: u32, new: usize, new_bytes: usize) -> bool {
    let messages = new.saturating_add(message_count as usize).saturating_add(1);
    let bytes = new_bytes.saturating_add(byte_count as usize);
    messages <= MAX_MESSAGES as usize && bytes <= MAX_BYTES as usize
}

/// One conversation, without its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    pub id: ConversationId,
    /// For people, if it was given one.
    pub name: Option<String>,
    /// The first message of the visitor, cut after 200 characters.
    pub first_message: Option<String>,
    /// The moment of the first chat.
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub target_id: Option<String>,
    /// The `Origin` of the page that opened it; `None` if there was no such header.
    pub origin: Option<String>,
    /// The signed-in user who opened it, as a server named them; `None` for an unknown visitor.
    pub user_id: Option<String>,
    /// Stored messages of every role.
    pub message_count: u32,
}

/// What the database knows of a session and its conversation; nothing of a session that hasn't
/// chatted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredSession {
    pub message_count: u32,
    pub byte_count: u32,
    /// The changes of the conversation so far, new messages and others.
    pub revision: u32,
    pub is_deleted: bool,
    /// The chats of this session.
    pub chat_count: u32,
    pub last_chat_at: Option<Timestamp>,
    /// Whether the page's tools are stored.
    pub has_tools: bool,
    /// The fingerprint by which a page names its tools without sending them.
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
