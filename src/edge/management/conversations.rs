//! Handlers of a token's conversations.

use crate::{
    api::{
        access::one,
        conversations::{self as view, rows_wanted},
        cursor::Cursor,
        error::Noun,
        query::{ConversationsQuery, MessagesQuery},
        reply::Reply,
    },
    domain::id::{ClientTokenId, ConversationId},
    edge::{failure::Failure, management::call::Call},
    store::{self, client_tokens::exists, conversations::Filter},
};

type Outcome = Result<Reply, Failure>;

pub(super) async fn list(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let query = call.query(ConversationsQuery::parse).await?;
    let wanted = rows_wanted(&query);
    let filter = Filter { target: query.flow_id.as_deref(), user: query.user_id.as_deref() };
    let page = store::conversations::page(&call.caller, id, filter, wanted.limit, wanted.offset);
    let (token, rows) = call.authorize_querying((exists(&call.caller, id), page)).await?;
    one(token, Noun::ClientToken)?;
    Ok(view::list(&rows, &query))
}

pub(super) async fn get(call: &Call<'_>, token: ClientTokenId, id: ConversationId) -> Outcome {
    let query = call.query(MessagesQuery::parse).await?;
    let after = query.after.map_or(0, Cursor::position);
    let found = store::conversations::find(&call.caller, token, id);
    let messages = store::conversations::messages(&call.caller, token, id, after, query.limit);
    let batch = (exists(&call.caller, token), (found, messages));
    let (token, (found, messages)) = call.authorize_querying(batch).await?;
    one(token, Noun::ClientToken)?;
    let conversation = one(found, Noun::Conversation)?;
    Ok(view::found(&conversation, &messages, &query))
}
