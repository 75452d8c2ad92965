//! The handler of a token's feedback.

use crate::{
    api::{
        access::one,
        error::Noun,
        feedback::{list as view, rows_wanted},
        query::{FeedbackQuery, Page},
        reply::Reply,
    },
    domain::id::ClientTokenId,
    handlers::{context::Context, failure::Failure, trip::Permit},
    store::{self, client_tokens::exists},
};

pub(super) async fn list(cx: &Context, by: &Permit, id: ClientTokenId) -> Result<Reply, Failure> {
    let page = |query: &FeedbackQuery| {
        let Page { limit, offset } = rows_wanted(query);
        let user = query.user_id.as_deref();
        let rows = store::feedback::page(&by.caller, id, user, limit, offset);
        (exists(&by.caller, id), rows)
    };
    let (query, (token, rows)) = cx.trip(by, cx.query(FeedbackQuery::parse), page).await?;
    one(token, Noun::ClientToken)?;
    Ok(view(&rows, &query))
}
