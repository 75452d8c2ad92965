//! Feedback on the wire: the list for the owner of a token.

use serde::Serialize;

use crate::{
    api::{client_tokens::Pagination, query::Page, reply::Reply},
    domain::feedback::Feedback,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    id: String,
    r#type: &'static str,
    rating: Option<u32>,
    comment: Option<&'a str>,
    message_id: Option<&'a str>,
    conversation_id: String,
    created_at: String,
}

impl<'a> From<&'a Feedback> for View<'a> {
    fn from(feedback: &'a Feedback) -> Self {
        Self {
            id: feedback.id.to_string(),
            r#type: feedback.kind.as_str(),
            rating: feedback.rating,
            comment: feedback.comment.as_deref(),
            message_id: feedback.message_id.as_deref(),
            conversation_id: feedback.conversation_id.to_string(),
            created_at: feedback.created_at.to_string(),
        }
    }
}

/// The rows to read from the database: one more than are shown, to know whether more follow.
#[must_use]
pub(crate) fn rows_wanted(page: Page) -> Page {
    Page { limit: page.limit + 1, ..page }
}

/// 200 with a page of the list; `rows` are those of [`rows_wanted`].
#[must_use]
pub(crate) fn list(rows: &[Feedback], page: Page) -> Reply {
    #[derive(Serialize)]
    struct List<'a> {
        feedback: Vec<View<'a>>,
        pagination: Pagination,
    }
    let feedback = rows.iter().take(page.limit as usize).map(View::from).collect();
    let pagination = Pagination::of(page.limit, page.offset, rows.len());
    Reply::json(200, &List { feedback, pagination })
}
