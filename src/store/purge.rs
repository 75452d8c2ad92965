//! The end of what was deleted.
//!
//! It is here because a deleted token and its conversations stay, unreachable, for 30 days and
//! then go for good (contract section 3.5); revoked keys go with them.

use crate::{domain::time::Timestamp, store::statement::Statement};

/// How long a deleted row stays.
pub const KEPT_DAYS: u32 = 30;

/// Rows of a table that one round removes at the most, so that no statement runs long.
const ROUND: u32 = 500;

/// One round of removing what had been deleted by `cutoff`: conversations first, then tokens
/// that have none left, then keys. A round that removes nothing is the last one.
#[must_use]
pub fn round(cutoff: Timestamp) -> Vec<Statement> {
    const CONVERSATIONS: &str = "delete from conversations
where id in (
  select conversations.id
  from client_tokens
  join conversations on conversations.client_token_id = client_tokens.id
  where client_tokens.deleted_at <= ?1
  limit ?2
)
returning id";
    const TOKENS: &str = "delete from client_tokens
where id in (
  select id
  from client_tokens
  where deleted_at <= ?1
    and conversation_count = 0
  limit ?2
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
    [CONVERSATIONS, TOKENS, KEYS]
        .into_iter()
        .map(|sql| Statement {
            sql: sql.to_owned(),
            params: vec![cutoff.millis().into(), ROUND.into()],
        })
        .collect()
}
