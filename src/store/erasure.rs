//! The end of conversations: of one, or of all that a signed-in user had with a token, and of what
//! feedback that user gave outside of them. What hangs on a conversation goes in the same statement,
//! by triggers of the database (migration 0011).

use crate::{
    domain::{
        conversation::{MAX_BYTES, MAX_MESSAGES},
        id::{ClientTokenId, ConversationId},
    },
    store::{
        caller::{Caller, Writer},
        client_tokens::hangs_on,
        conversations::{of_token as of_caller, of_token_at},
        row::Exists,
        statement::{First, Query},
    },
};

/// Conversations that one statement ends at the most, and with them as much as one that is full
/// may hold.
const ROUND: u32 = 100;

/// Feedback that one statement ends at the most.
const FEEDBACK_ROUND: u32 = 500;

/// Rounds of one request at the most: D1 takes 1,000 statements of one run of a Worker, and a round
/// has five, those of the audit log included.
pub const ROUNDS: u32 = 190;

/// The condition for conversations of one token, `?4`, that the writer can reach.
fn of_token(writer: Writer<'_>) -> String {
    of_token_at("?4", writer.caller, &writer.tenant())
}

/// Deletes a conversation and all that was said in it; a row comes back if it was there.
pub fn delete(writer: Writer<'_>, token: ClientTokenId, id: ConversationId) -> First<Exists> {
    let sql = format!(
        "update conversations
set deleted_at = ?2
where id = ?5
  and {of_token}
returning id",
        of_token = of_token(writer)
    );
    writer.write(sql, vec![token.to_string().into(), id.to_string().into()]).first()
}

/// Deletes one round of a user's conversations, and all that was said in them; a row comes back for
/// each.
pub fn erase(writer: Writer<'_>, token: ClientTokenId, user: &str) -> Query<Exists> {
    let sql = format!(
        "with stretch as (
  select id, message_count, byte_count
  from conversations
  where {of_token}
    and user_id = ?5
  limit {ROUND}
),
weighed as (
  select
    id,
    row_number() over in_order as nth,
    sum(message_count) over in_order as messages,
    sum(byte_count) over in_order as bytes
  from stretch
  window in_order as (rows unbounded preceding)
)
update conversations
set deleted_at = ?2
where id in (
  select id
  from weighed
  where nth = 1
    or messages <= {MAX_MESSAGES} and bytes <= {MAX_BYTES}
)
returning id",
        of_token = of_token(writer)
    );
    writer.write(sql, vec![token.to_string().into(), user.into()])
}

/// Deletes one round of the feedback that a user gave, once none of their conversations is left; a
/// row comes back for each. So what is deleted here hung on none.
pub fn erase_feedback(writer: Writer<'_>, token: ClientTokenId, user: &str) -> Query<Exists> {
    let sql = format!(
        "delete from feedback
where id in (
  select id
  from feedback
  where {on_token}
    and user_id = ?5
    and not exists (
      select 1
      from conversations
      where {of_token}
        and user_id = ?5
    )
  limit {FEEDBACK_ROUND}
)
returning id",
        on_token = hangs_on("?4", writer.caller, &writer.tenant()),
        of_token = of_token(writer)
    );
    writer.write(sql, vec![token.to_string().into(), user.into()])
}

/// Whether a user has conversations with a token or gave feedback: a row if so.
pub fn left(caller: &Caller, token: ClientTokenId, user: &str) -> First<Exists> {
    let sql = format!(
        "select id
from (
  select id
  from conversations
  where {of_token}
    and user_id = ?4
  union all
  select id
  from feedback
  where {on_token}
    and user_id = ?4
)
limit 1",
        of_token = of_caller(caller),
        on_token = hangs_on("?3", caller, &caller.tenant())
    );
    caller.read(sql, vec![token.to_string().into(), user.into()]).first()
}
