//! Conversations in the database, as their owner reads them.
//!
//! A conversation is reached only through a token that the caller reaches.

use crate::{
    domain::{
        conversation::{Conversation, PAGE_BYTES},
        id::{ClientTokenId, ConversationId},
        message::PagedMessage,
    },
    store::{
        caller::Caller,
        client_tokens::hangs_on,
        messages::PagedRow,
        row::row,
        statement::{First, Param, Query},
    },
};

row!(Conversation {
    id,
    name,
    first_message,
    created_at,
    updated_at,
    target_id,
    origin,
    user_id,
    message_count,
});

/// The condition for conversations of one token, `?3`, that the caller can reach.
pub(super) fn of_token(caller: &Caller) -> String {
    of_token_at("?3", caller, &caller.tenant())
}

/// The same with the token's id at another `place`, in a `tenant` that is proved otherwise.
pub(super) fn of_token_at(place: &str, caller: &Caller, tenant: &str) -> String {
    format!("{}\n  and deleted_at is null", hangs_on(place, caller, tenant))
}

/// The conditions for columns that are to have these values, where there is one, which joins
/// `params`.
pub(super) fn having(wanted: [(&str, Option<&str>); 2], params: &mut Vec<Param>) -> String {
    let mut conditions = String::new();
    for (column, value) in wanted {
        if let Some(value) = value {
            params.push(value.into());
            // ?1 and ?2 are the caller's.
            conditions.extend(["\n  and ", column, " = ?", &(params.len() + 2).to_string()]);
        }
    }
    conditions
}

row! {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Held {
        pub bytes: u64,
    }
}

/// What the conversations of a token hold together, with the tools of their pages and the feedback
/// of their visitors. Every one of them is read.
pub fn held(token: ClientTokenId) -> First<Held> {
    let sql = "select
  (
    select coalesce(sum(byte_count), 0)
    from conversations
    where client_token_id = ?1
  ) + (
    select coalesce(sum(octet_length(sessions.tools)), 0)
    from conversations
    cross join sessions on sessions.conversation_id = conversations.id
    where conversations.client_token_id = ?1
  ) + (
    select coalesce(
      sum(
        octet_length(message_id)
        + coalesce(octet_length(comment), 0)
        + coalesce(octet_length(metadata), 0)
      ),
      0
    )
    from feedback
    where client_token_id = ?1
  ) as bytes";
    Query::read(sql, vec![token.to_string().into()]).first()
}

/// Which conversations of a token: those with one target, those of one signed-in user, or all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter<'a> {
    pub target: Option<&'a str>,
    pub user: Option<&'a str>,
}

/// A stretch of a token's conversations, latest first.
pub fn page(
    caller: &Caller,
    token: ClientTokenId,
    filter: Filter<'_>,
    limit: u32,
    offset: u32,
) -> Query<Conversation> {
    let mut params: Vec<Param> = vec![token.to_string().into(), limit.into(), offset.into()];
    let wanted = [("target_id", filter.target), ("user_id", filter.user)];
    let conditions = having(wanted, &mut params);
    let sql = format!(
        "select {columns}
from conversations
where {of_token}{conditions}
order by updated_at desc, id desc
limit ?4 offset ?5",
        columns = Conversation::COLUMNS.select(),
        of_token = of_token(caller)
    );
    caller.read(sql, params)
}

pub fn find(caller: &Caller, token: ClientTokenId, id: ConversationId) -> First<Conversation> {
    let sql = format!(
        "select {columns}
from conversations
where id = ?4
  and {of_token}",
        columns = Conversation::COLUMNS.select(),
        of_token = of_token(caller)
    );
    caller.read(sql, vec![token.to_string().into(), id.to_string().into()]).first()
}

/// A stretch of a conversation's messages, oldest first: those behind the position `after`, at
/// most `limit` and as many as fit [`PAGE_BYTES`], but one at least. What doesn't fit isn't
/// read: the sizes are looked at first.
pub fn messages(
    caller: &Caller,
    token: ClientTokenId,
    id: ConversationId,
    after: u32,
    limit: u32,
) -> Query<PagedMessage> {
    let sql = format!(
        "with stretch as (
  select conversation_id, id, position, bytes
  from messages
  where conversation_id = (
      select id
      from conversations
      where id = ?4
        and {of_token}
    )
    and position > ?5
  order by position
  limit ?6 + 1
),
weighed as (
  select
    conversation_id,
    id,
    row_number() over in_order as nth,
    sum(bytes) over in_order as bytes,
    lead(id) over in_order is not null as is_followed
  from stretch
  window in_order as (order by position rows unbounded preceding)
)
select {columns}
from weighed
cross join messages
  on messages.conversation_id = weighed.conversation_id
  and messages.id = weighed.id
where weighed.nth = 1
  or weighed.nth <= ?6 and weighed.bytes <= {PAGE_BYTES}",
        columns = PagedRow::COLUMNS.of_table("messages").select(),
        of_token = of_token(caller)
    );
    let ids = [token.to_string(), id.to_string()].map(Param::from);
    caller.read(sql, ids.into_iter().chain([after.into(), limit.into()]).collect())
}
