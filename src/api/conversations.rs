//! Conversations on the wire.
//!
//! It is here because the owner of a token reads what the browser plane recorded (contract
//! section 3.8).

use serde::Serialize;

use crate::{
    api::{
        client_tokens::Pagination,
        query::{ConversationsQuery, Page},
        reply::Reply,
    },
    domain::conversation::Conversation,
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
    message_count: u32,
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
            message_count: conversation.message_count,
        }
    }
}

/// The rows to ask the database for: one more than are shown, to know whether more follow.
#[must_use]
pub fn rows_wanted(query: &ConversationsQuery) -> Page {
    Page { limit: query.page.limit + 1, ..query.page }
}

/// 200 with a page: `rows` are as many as [`rows_wanted`] says, or all there are.
#[must_use]
pub fn list(rows: &[Conversation], query: &ConversationsQuery) -> Reply {
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
