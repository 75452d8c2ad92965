//! Conversations on the wire, for the owner of their token: a list, and one conversation with its
//! messages (contract section 3.8).

use serde::Serialize;

use serde_json::Value;

use crate::{
    api::{
        cursor::Cursor,
        pagination::Pagination,
        query::{ConversationsQuery, MessagesQuery, Page},
        reply::{Deleted, Reply},
    },
    domain::{conversation::Conversation, json, message::PagedMessage},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    id: String,
    name: Option<&'a str>,
    first_message: Option<&'a str>,
    created_at: String,
    updated_at: String,
    flow_id: Option<&'a str>,
    origin: Option<&'a str>,
    user_id: Option<&'a str>,
    message_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<MessageView<'a>>>,
}

impl<'a> From<&'a Conversation> for View<'a> {
    fn from(conversation: &'a Conversation) -> Self {
        Self {
            id: conversation.id.to_string(),
            name: conversation.name.as_deref(),
            first_message: conversation.first_message.as_deref(),
            created_at: conversation.created_at.to_string(),
            updated_at: conversation.updated_at.to_string(),
            flow_id: conversation.target_id.as_deref(),
            origin: conversation.origin.as_deref(),
            user_id: conversation.user_id.as_deref(),
            message_count: conversation.message_count,
            messages: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageView<'a> {
    id: &'a str,
    role: &'static str,
    content: Value,
    display_content: Option<&'a str>,
    status: &'static str,
    reply_to: Option<&'a str>,
    created_at: String,
    feedback: Vec<&'static str>,
}

impl<'a> From<&'a PagedMessage> for MessageView<'a> {
    fn from(PagedMessage { message, feedback, .. }: &'a PagedMessage) -> Self {
        let content = json::parse(message.content.as_bytes());
        Self {
            id: &message.id,
            role: message.role.as_str(),
            // The table takes JSON only; were there anything else, it would be shown as a string.
            content: content.unwrap_or_else(|_| Value::String(message.content.clone())),
            display_content: message.display_content.as_deref(),
            status: message.status.as_str(),
            reply_to: message.reply_to.as_deref(),
            created_at: message.created_at.to_string(),
            feedback: feedback.iter().map(|kind| kind.as_str()).collect(),
        }
    }
}

/// A conversation as lists show it, as JSON.
pub(super) fn row(conversation: &Conversation) -> String {
    Reply::json(200, &View::from(conversation)).body
}

/// A message, as JSON.
pub(super) fn message(message: &PagedMessage) -> String {
    Reply::json(200, &MessageView::from(message)).body
}

/// The rows to read from the database: one more than are shown, to know whether more follow.
pub(crate) fn rows_wanted(query: &ConversationsQuery) -> Page {
    Page { limit: query.page.limit + 1, ..query.page }
}

/// 200 with a page of the list; `rows` are those of [`rows_wanted`].
pub(crate) fn list(rows: &[Conversation], query: &ConversationsQuery) -> Reply {
    #[derive(Serialize)]
    struct List<'a> {
        conversations: Vec<View<'a>>,
        pagination: Pagination,
    }
    let Page { limit, offset } = query.page;
    let conversations = rows.iter().take(limit as usize).map(View::from).collect();
    let pagination = Pagination::of(limit, offset, rows.len());
    Reply::json(200, &List { conversations, pagination })
}

/// 200 with a conversation and a page of its messages, oldest first.
pub(crate) fn found(
    conversation: &Conversation,
    messages: &[PagedMessage],
    query: &MessagesQuery,
) -> Reply {
    #[derive(Serialize)]
    struct ConversationBody<'a> {
        conversation: View<'a>,
        pagination: Place,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Place {
        limit: u32,
        next_cursor: Option<String>,
    }
    let next = messages.last().filter(|last| last.is_followed);
    let next_cursor = next.map(|last| Cursor::after(last.message.position).to_string());
    let messages = messages.iter().map(MessageView::from).collect();
    let conversation = View { messages: Some(messages), ..View::from(conversation) };
    let pagination = Place { limit: query.limit, next_cursor };
    Reply::json(200, &ConversationBody { conversation, pagination })
}

pub(crate) fn deleted() -> Reply {
    Deleted::reply("Conversation deleted, with its messages and the feedback on them.")
}

/// How far an erasure has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Erased {
    success: bool,
    deleted: usize,
    deleted_feedback: usize,
    has_more: bool,
}

impl Erased {
    /// Nothing done yet.
    pub(crate) const NOTHING: Self =
        Self { success: true, deleted: 0, deleted_feedback: 0, has_more: true };

    /// After one round more, which deleted so many conversations and so much feedback that hung on
    /// none, and left something, or nothing.
    #[must_use]
    pub(crate) fn and(self, conversations: usize, feedback: usize, has_more: bool) -> Self {
        Self {
            success: true,
            deleted: self.deleted + conversations,
            deleted_feedback: self.deleted_feedback + feedback,
            has_more,
        }
    }

    pub(crate) fn has_more(self) -> bool {
        self.has_more
    }
}

pub(crate) fn erased(erased: Erased) -> Reply {
    Reply::json(200, &erased)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::json::Look;
    use crate::domain::{
        feedback::FeedbackKind,
        id::ConversationId,
        message::{Role, Status, StoredMessage},
        time::Timestamp,
    };

    /// The answer with as many messages, of which more follow or not.
    fn answer(count: u32, more: bool) -> Value {
        let now = Timestamp::from_millis(0);
        let conversation = Conversation {
            id: ConversationId::from_bytes([1; 16]),
            name: None,
            first_message: Some("Hello".to_owned()),
            created_at: now,
            updated_at: now,
            target_id: None,
            origin: None,
            user_id: None,
            message_count: count,
        };
        let message = |position| PagedMessage {
            message: StoredMessage {
                id: format!("m{position}"),
                position,
                role: Role::User,
                content: r#"[{"type":"text","text":"Hello"}]"#.to_owned(),
                display_content: None,
                status: Status::Complete,
                reply_to: None,
                created_at: now,
            },
            feedback: vec![FeedbackKind::Downvote],
            is_followed: more || position < count,
        };
        let query = MessagesQuery { limit: 9, after: None };
        let messages: Vec<_> = (1..=count).map(message).collect();
        json::parse(found(&conversation, &messages, &query).body.as_bytes()).unwrap()
    }

    fn shown(answer: &Value) -> usize {
        match answer.member("conversation").and_then(|c| c.member("messages")) {
            Some(Value::Array(messages)) => messages.len(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_cursor_is_given_only_when_more_follows() {
        let next = |answer: &Value| match answer.member("pagination") {
            Some(Value::Object(members)) => members.get("nextCursor").cloned(),
            other => panic!("{other:?}"),
        };
        let (all, some) = (answer(2, false), answer(2, true));
        assert_eq!((shown(&all), next(&all)), (2, Some(Value::Null)));
        let cursor = Value::String(Cursor::after(2).to_string());
        assert_eq!((shown(&some), next(&some)), (2, Some(cursor)));
        assert_eq!((shown(&answer(0, false)), next(&answer(0, false))), (0, Some(Value::Null)));
    }

    #[test]
    fn content_is_json_and_not_a_text_of_it() {
        let text = answer(1, false).to_string();
        assert!(text.contains(r#""content":[{"type":"text","text":"Hello"}]"#), "{text}");
        assert!(text.contains(r#""feedback":["downvote"]"#), "{text}");
    }
}
