//! The end of conversations: of one, or of all that a signed-in user had with a token. What hangs on
//! them goes in the same statement, by triggers of the database (migration 0011).

use crate::{
    domain::{
        conversation::{MAX_BYTES, MAX_MESSAGES},
        id::{ClientTokenId, ConversationId},
    },
    store::{
        caller::{Caller, Writer},
        conversations::{of_token as of_caller, of_token_at},
        row::Exists,
        statement::Query,
    },
};

/// Conversations that one statement ends at the most, and with them as much as one that is full
/// may hold.
const ROUND: u32 = 100;

/// Rounds of one request at the most: D1 takes 1,000 statements of one run of a Worker, and a round
/// has four, those of the audit log included.
pub const ROUNDS: u32 = 200;

/// The condition for conversations of one token, `?4`, that the writer can reach.
fn of_token(writer: Writer<'_>) -> String {
    of_token_at("?4", writer.caller, &writer.tenant())
}

/// Deletes a conversation and all that was said in it; a row comes back if it was there.
#[must_use]
pub fn delete(writer: Writer<'_>, token: ClientTokenId, id: ConversationId) -> Query<Exists> {
    let sql = format!(
        "update conversations
set deleted_at = ?2
where id = ?5
  and {of_token}
returning id",
        of_token = of_token(writer)
    );
    writer.query(sql, vec![token.to_string().into(), id.to_string().into()])
}

/// Deletes one round of a user's conversations, and all that was said in them; a row comes back for
/// each.
#[must_use]
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
    writer.query(sql, vec![token.to_string().into(), user.into()])
}

/// Whether a user has conversations with a token: a row if so.
#[must_use]
pub fn left(caller: &Caller, token: ClientTokenId, user: &str) -> Query<Exists> {
    let sql = format!(
        "select id
from conversations
where {of_token}
  and user_id = ?4
limit 1",
        of_token = of_caller(caller)
    );
    caller.query(sql, vec![token.to_string().into(), user.into()])
}
