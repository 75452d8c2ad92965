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
    handlers::{failure::Failure, management::call::Call},
    store,
};

pub(super) async fn list(call: &Call<'_>, id: ClientTokenId) -> Result<Reply, Failure> {
    let query = call.query(FeedbackQuery::parse).await?;
    let Page { limit, offset } = rows_wanted(&query);
    let exists = store::client_tokens::exists(&call.caller, id);
    let user = query.user_id.as_deref();
    let rows = store::feedback::page(&call.caller, id, user, limit, offset);
    let (token, rows) = call.authorize_querying((exists, rows)).await?;
    one(token, Noun::ClientToken)?;
    Ok(view(&rows, &query))
}
