//! Handlers of a token's conversations.

use crate::{
    api::{
        access::one,
        conversations::{self as view, Erased, rows_wanted},
        conversations_query::EraseQuery,
        cursor::Cursor,
        error::Noun,
        query::{ConversationsQuery, MessagesQuery, Page},
        reply::Reply,
    },
    domain::id::{ClientTokenId, ConversationId},
    handlers::{context::Context, failure::Failure, trip::Permit},
    store::{
        self,
        client_tokens::exists,
        conversations::Filter,
        erasure::{self, ROUNDS},
    },
};

type Outcome = Result<Reply, Failure>;

pub(super) async fn list(cx: &Context, by: &Permit, id: ClientTokenId) -> Outcome {
    let page = |query: &ConversationsQuery| {
        let Page { limit, offset } = rows_wanted(query);
        let filter = Filter { target: query.flow_id.as_deref(), user: query.user_id.as_deref() };
        let rows = store::conversations::page(&by.caller, id, filter, limit, offset);
        (exists(&by.caller, id), rows)
    };
    let (query, (token, rows)) = cx.trip(by, cx.query(ConversationsQuery::parse), page).await?;
    one(token, Noun::ClientToken)?;
    Ok(view::list(&rows, &query))
}

pub(super) async fn get(
    cx: &Context,
    by: &Permit,
    token: ClientTokenId,
    id: ConversationId,
) -> Outcome {
    let page = |query: &MessagesQuery| {
        let after = query.after.map_or(0, Cursor::position);
        let found = store::conversations::find(&by.caller, token, id);
        let messages = store::conversations::messages(&by.caller, token, id, after, query.limit);
        (exists(&by.caller, token), found, messages)
    };
    let (query, (token, found, messages)) =
        cx.trip(by, cx.query(MessagesQuery::parse), page).await?;
    one(token, Noun::ClientToken)?;
    let conversation = one(found, Noun::Conversation)?;
    Ok(view::found(&conversation, &messages, &query))
}

pub(super) async fn delete(
    cx: &Context,
    by: &Permit,
    token: ClientTokenId,
    id: ConversationId,
) -> Outcome {
    let batch = (exists(&by.caller, token), erasure::delete(by.writer(), token, id));
    let (token, deleted) = cx.authorize(by, batch).await?;
    one(token, Noun::ClientToken)?;
    one(deleted, Noun::Conversation)?;
    Ok(view::deleted())
}

/// Deletes a user's conversations and what else they gave, in rounds that are short transactions. Whatever breaks between
/// two of them, the request can be sent again.
pub(super) async fn erase(cx: &Context, by: &Permit, token: ClientTokenId) -> Outcome {
    let round = |EraseQuery { user_id }: &EraseQuery| {
        let conversations = erasure::erase(by.writer(), token, user_id);
        let feedback = erasure::erase_feedback(by.writer(), token, user_id);
        (conversations, feedback, erasure::left(&by.caller, token, user_id))
    };
    let first = |query: &EraseQuery| (exists(&by.caller, token), round(query));
    let (query, (found, rows)) = cx.trip(by, cx.query(EraseQuery::parse), first).await?;
    one(found, Noun::ClientToken)?;
    let (conversations, feedback, left) = rows;
    let mut erased = Erased::NOTHING.and(conversations.len(), feedback.len(), left.is_some());
    for _ in 1..ROUNDS {
        if !erased.has_more() {
            break;
        }
        let (conversations, feedback, left) = cx.fetch(by, round(&query)).await?;
        erased = erased.and(conversations.len(), feedback.len(), left.is_some());
    }
    Ok(view::erased(erased))
}
