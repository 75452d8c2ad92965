//! The handler of a token's conversations.
//!
//! It is here to sequence: the token's existence and the page travel in one trip.

use crate::{
    api::{
        conversations::{list as view, rows_wanted},
        error::{Error, Noun},
        query::ConversationsQuery,
        reply::Reply,
    },
    domain::id::ClientTokenId,
    edge::{failure::Failure, management::Call},
    store,
};

pub(super) async fn list(call: Call<'_>, id: ClientTokenId) -> Result<Reply, Failure> {
    let query = call.query(ConversationsQuery::parse).await?;
    let wanted = rows_wanted(&query);
    let target = query.flow_id.as_ref();
    let exists = store::client_tokens::exists(&call.caller, id);
    let page = store::conversations::page(&call.caller, id, target, wanted.limit, wanted.offset);
    let (_, (found, rows)) = call.authorize_querying((exists, page)).await?;
    found.first().ok_or(Error::NotFound(Noun::ClientToken))?;
    Ok(view(&rows, &query))
}
