//! The handler of a token's feedback.
//!
//! It is here to sequence: the token's existence and the page travel in one trip.

use crate::{
    api::{
        error::{Error, Noun},
        feedback::{list as view, rows_wanted},
        query::Page,
        reply::Reply,
    },
    domain::id::ClientTokenId,
    edge::{failure::Failure, management::Call},
    store,
};

pub(super) async fn list(call: &Call<'_>, id: ClientTokenId) -> Result<Reply, Failure> {
    let page = call.query(Page::parse).await?;
    let Page { limit, offset } = rows_wanted(&page);
    let exists = store::client_tokens::exists(&call.caller, id);
    let rows = store::feedback::page(&call.caller, id, limit, offset);
    let (token, rows) = call.authorize_querying((exists, rows)).await?;
    token.first().ok_or(Error::NotFound(Noun::ClientToken))?;
    Ok(view(&rows, &page))
}
