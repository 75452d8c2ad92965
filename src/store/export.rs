//! What an export reads: conversations in the order in which they began, and their messages.

use serde_json::Value;

use crate::{
    domain::{
        conversation::{Conversation, PAGE_BYTES},
        export::{ExportedMessage, HEADS, Selection, Stretch},
        id::{ClientTokenId, ConversationId},
        time::Timestamp,
    },
    store::{
        caller::Caller,
        conversations::{having, of_token},
        messages::PagedRow,
        statement::{Param, Query},
    },
};

/// The next [`HEADS`] conversations of a selection, oldest first: those behind the one that began at
/// `after.0` with the id `after.1`. No chat changes their order, so each is met once.
pub fn heads(
    caller: &Caller,
    token: ClientTokenId,
    selection: &Selection,
    after: Option<(Timestamp, ConversationId)>,
) -> Query<Conversation> {
    let (began, id) = match after {
        Some((began, id)) => (began, id.to_string()),
        None => (selection.from, String::new()),
    };
    let mut params: Vec<Param> = vec![
        token.to_string().into(),
        began.millis().into(),
        id.into(),
        selection.to.millis().into(),
    ];
    let wanted =
        [("target_id", selection.target.as_deref()), ("user_id", selection.user.as_deref())];
    let conditions = having(wanted, &mut params);
    let index = match (&selection.target, &selection.user) {
        (_, Some(_)) => "conversations_by_user_and_age",
        (Some(_), None) => "conversations_by_target_and_age",
        (None, None) => "conversations_by_age",
    };
    let sql = format!(
        "select {columns}
from conversations indexed by {index}
where {of_token}{conditions}
  and (created_at, id) > (?4, ?5)
  and created_at < ?6
order by created_at, id
limit {HEADS}",
        columns = Conversation::COLUMNS.select(),
        of_token = of_token(caller)
    );
    caller.read(sql, params)
}

/// The messages of a stretch, as many as fit [`PAGE_BYTES`], but one at least. What doesn't fit
/// isn't read: the sizes are looked at first.
pub fn messages(
    caller: &Caller,
    token: ClientTokenId,
    stretch: &Stretch,
) -> Query<ExportedMessage> {
    let sql = format!(
        "with listed as (
  select key as nth, value as id
  from json_each(?4)
),
stretch as (
  select listed.nth, messages.conversation_id, messages.id, messages.position, messages.bytes
  from listed
  cross join messages
    on messages.conversation_id = (
      select id
      from conversations
      where id = listed.id
        and {of_token}
    )
  where listed.nth > 0
    or messages.position > ?5
),
weighed as (
  select
    conversation_id,
    id,
    row_number() over in_order as nth,
    sum(bytes) over in_order as bytes,
    lead(id) over in_order is not null as is_followed
  from stretch
  window in_order as (order by nth, position rows unbounded preceding)
)
select {columns}
from weighed
cross join messages
  on messages.conversation_id = weighed.conversation_id
  and messages.id = weighed.id
where weighed.nth = 1
  or weighed.bytes <= {PAGE_BYTES}",
        columns = PagedRow::COLUMNS.of_table("messages").select(),
        of_token = of_token(caller)
    );
    let ids = stretch.conversations.iter().map(|id| Value::String(id.to_string()));
    let ids = Value::Array(ids.collect()).to_string();
    caller.read(sql, vec![token.to_string().into(), ids.into(), stretch.after.into()])
}
