//! Handlers of a token's conversations.

use crate::{
    api::{
        access::one,
        conversations::{self as view, Erased, rows_wanted},
        conversations_query::EraseQuery,
        cursor::Cursor,
        error::Noun,
        query::{ConversationsQuery, MessagesQuery},
        reply::Reply,
    },
    domain::id::{ClientTokenId, ConversationId},
    handlers::{failure::Failure, management::call::Call},
    store::{
        self,
        client_tokens::exists,
        conversations::Filter,
        erasure::{self, ROUNDS},
    },
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
    let batch = (exists(&call.caller, token), found, messages);
    let (token, found, messages) = call.authorize_querying(batch).await?;
    one(token, Noun::ClientToken)?;
    let conversation = one(found, Noun::Conversation)?;
    Ok(view::found(&conversation, &messages, &query))
}

pub(super) async fn delete(call: &Call<'_>, token: ClientTokenId, id: ConversationId) -> Outcome {
    let batch = (exists(&call.caller, token), erasure::delete(call.writer(), token, id));
    let (token, deleted) = call.authorize(batch).await?;
    one(token, Noun::ClientToken)?;
    one(deleted, Noun::Conversation)?;
    Ok(view::deleted())
}

/// Deletes a user's conversations and what else they gave, in rounds that are short transactions. Whatever breaks between
/// two of them, the request can be sent again.
pub(super) async fn erase(call: &Call<'_>, token: ClientTokenId) -> Outcome {
    let EraseQuery { user_id } = call.query(EraseQuery::parse).await?;
    let round = || {
        let conversations = erasure::erase(call.writer(), token, &user_id);
        let feedback = erasure::erase_feedback(call.writer(), token, &user_id);
        (conversations, feedback, erasure::left(&call.caller, token, &user_id))
    };
    let (conversations, feedback, left) = round();
    let first = (exists(&call.caller, token), conversations, feedback, left);
    let (found, conversations, feedback, left) = call.authorize_querying(first).await?;
    one(found, Noun::ClientToken)?;
    let mut erased = Erased::NOTHING.and(conversations.len(), feedback.len(), left.is_some());
    for _ in 1..ROUNDS {
        if !erased.has_more() {
            break;
        }
        let (conversations, feedback, left) = call.fetch(round()).await?;
        erased = erased.and(conversations.len(), feedback.len(), left.is_some());
    }
    Ok(view::erased(erased))
}
