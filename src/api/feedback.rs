//! Feedback on the wire: the list for the owner of a token.

use serde::Serialize;

use crate::{
    api::{
        pagination::Pagination,
        query::{FeedbackQuery, Page},
        reply::Reply,
    },
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
    user_id: Option<&'a str>,
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
            user_id: feedback.user_id.as_deref(),
            created_at: feedback.created_at.to_string(),
        }
    }
}

/// The rows to read from the database: one more than are shown, to know whether more follow.
pub(crate) fn rows_wanted(query: &FeedbackQuery) -> Page {
    Page { limit: query.page.limit + 1, ..query.page }
}

/// 200 with a page of the list; `rows` are those of [`rows_wanted`].
pub(crate) fn list(rows: &[Feedback], query: &FeedbackQuery) -> Reply {
    #[derive(Serialize)]
    struct List<'a> {
        feedback: Vec<View<'a>>,
        pagination: Pagination,
    }
    let Page { limit, offset } = query.page;
    let feedback = rows.iter().take(limit as usize).map(View::from).collect();
    let pagination = Pagination::of(limit, offset, rows.len());
    Reply::json(200, &List { feedback, pagination })
}
