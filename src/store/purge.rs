//! The end of what was deleted.
//!
//! It is here because a deleted token and all that hangs on it stay, unreachable, for 30 days and
//! then go for good (contract section 3.5); revoked keys go with them.

use crate::{domain::time::Timestamp, store::statement::Statement};

/// How long a deleted row stays.
pub const KEPT_DAYS: u32 = 30;

/// Rows of a table that one round looks at and removes at the most, so that no statement runs
/// long.
const ROUND: u32 = 500;

/// One round of removing what had been deleted by `cutoff`, leaves first, so that no deletion
/// draws many others after it: what conversations hold, conversations that hold nothing more,
/// feedback, tokens that have neither left, then keys. A round that removes nothing is the last
/// one.
#[must_use]
pub fn round(cutoff: Timestamp) -> Vec<Statement> {
    [
        held("messages", "id"),
        held("sessions", "started_at"),
        held("executions", "id"),
        emptied_conversations(),
        FEEDBACK.to_owned(),
        TOKENS.to_owned(),
        KEYS.to_owned(),
    ]
    .into_iter()
    .map(|sql| Statement { sql, params: vec![cutoff.millis().into(), ROUND.into()] })
    .collect()
}

/// The conversations that a round empties: the limit stands here, so that those of later rounds
/// aren't stepped over. To SQLite a cross join is one whose tables stay in order: from the few
/// tokens that are deleted to what hangs on them.
const DOOMED: &str = "(
    select conversations.id
    from client_tokens
    cross join conversations on conversations.client_token_id = client_tokens.id
    where client_tokens.deleted_at <= ?1
    limit ?2
  ) as doomed";

/// Removes rows of a `table` that conversations hold, each known by its conversation and `key`.
fn held(table: &str, key: &str) -> String {
    format!(
        "delete from {table}
where (conversation_id, {key}) in (
  select {table}.conversation_id, {table}.{key}
  from {DOOMED}
  cross join {table} on {table}.conversation_id = doomed.id
  limit ?2
)
returning conversation_id"
    )
}

fn emptied_conversations() -> String {
    format!(
        "delete from conversations
where id in (
  select doomed.id
  from {DOOMED}
  where not exists (select 1 from messages where conversation_id = doomed.id)
    and not exists (select 1 from sessions where conversation_id = doomed.id)
    and not exists (select 1 from executions where conversation_id = doomed.id)
)
returning id"
    )
}

const FEEDBACK: &str = "delete from feedback
where id in (
  select feedback.id
  from client_tokens
  cross join feedback on feedback.client_token_id = client_tokens.id
  where client_tokens.deleted_at <= ?1
  limit ?2
)
returning id";

const TOKENS: &str = "delete from client_tokens
where id in (
  select id
  from (
    select id
    from client_tokens
    where deleted_at <= ?1
    order by deleted_at
    limit ?2
  ) as doomed
  where not exists (select 1 from conversations where client_token_id = doomed.id)
    and not exists (select 1 from feedback where client_token_id = doomed.id)
)
returning id";

const KEYS: &str = "delete from api_keys
where id in (
  select id
  from api_keys
  where revoked_at <= ?1
  limit ?2
)
returning id";
