//! The end of what was deleted: a deleted token and all that hangs on it stay, unreachable, for 30
//! days and then go for good (contract section 3.5); revoked keys go with them, the bare rows that are
//! left of deleted conversations, and executions that have waited for as long.
//!
//! However much there is, it goes in rounds that are short transactions, so many in a run as a
//! Worker may ask the database for, and over as many runs as it takes.

use std::fmt;

use serde::Deserialize;

use crate::{
    domain::{id::ClientTokenId, time::Timestamp},
    store::{
        batch::RowSet,
        columns::PACKED,
        row::{self, row},
        statement::{First, Query, Statement},
    },
};

pub const KEPT_DAYS: u32 = 30;

/// Rounds of one run at the most: 450 statements with those of the audit log, and D1 takes 1,000 of
/// one run of a Worker. The next run is ten minutes later.
pub const ROUNDS: u32 = 50;

/// Rows of a table that one round looks at and removes at the most, so that no statement runs
/// long.
const ROUND: u32 = 500;

/// Rows of a table that are counted at the most when it is told what is left.
const COUNTED: u32 = 10_000;

/// One round of removing what had been deleted by `cutoff`, leaves first, so that no deletion
/// draws many others after it: what conversations hold, conversations that hold nothing more, the
/// rows of deleted ones, feedback, tokens that have neither left, then keys that no stored one was
/// made by. A round that removes nothing is the last one.
pub fn round(cutoff: Timestamp) -> Vec<Statement> {
    [
        held("messages", "id"),
        held("sessions", "started_at"),
        executions(),
        emptied_conversations(),
        DELETED_CONVERSATIONS.to_owned(),
        FEEDBACK.to_owned(),
        TOKENS.to_owned(),
        keys(),
    ]
    .into_iter()
    .map(|sql| Statement::write(sql, vec![cutoff.millis().into(), ROUND.into()]))
    .collect()
}

/// How many client tokens a run removes before it leaves the rest to the next: the ledger of each is
/// one call more, and a round may remove 500 of the 1,000 that a Worker may make.
pub const TOKENS_OF_A_RUN: usize = 400;

/// The client tokens that a round removed, by the rows of each of its statements.
pub fn removed_tokens(rows: &[RowSet]) -> Vec<ClientTokenId> {
    let place = TABLES.iter().position(|table| *table == "client_tokens");
    let rows = place.and_then(|place| rows.get(place)).map(|rows| row::read_all(rows));
    let rows: Vec<Removed> = rows.and_then(Result::ok).unwrap_or_default();
    rows.iter().filter_map(|row| ClientTokenId::parse(&row.id).ok()).collect()
}

row! {
    struct Removed { id: String }
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

/// Those that conversations hold, and those that have waited for so long, wherever they are.
fn executions() -> String {
    format!(
        "delete from executions
where rowid in (
  select id
  from (
    select executions.rowid as id
    from {DOOMED}
    cross join executions on executions.conversation_id = doomed.id
    union all
    select id
    from (
      select rowid as id
      from executions
      where created_at <= ?1
      limit ?2
    )
  )
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

/// Rows that only told late chats that their conversation is deleted. No session id comes back after
/// 30 days.
const DELETED_CONVERSATIONS: &str = "delete from conversations
where id in (
  select id
  from conversations
  where deleted_at <= ?1
  limit ?2
)
returning id";

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

/// A key stays, and isn't due, as long as one that it made: no line of makers is cut.
const CHILDLESS: &str =
    "not exists (select 1 from api_keys as made where made.created_by = api_keys.id)";

fn keys() -> String {
    format!(
        "delete from api_keys
where id in (
  select id
  from api_keys
  where revoked_at <= ?1
    and {CHILDLESS}
  limit ?2
)
returning id"
    )
}

/// What is due and still there, by table; no table is counted further than `COUNTED`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Left([u32; TABLES.len()]);

/// What a round looks at, in its order; `deleted_conversations` are those of living tokens, too.
const TABLES: [&str; 8] = [
    "messages",
    "sessions",
    "executions",
    "conversations",
    "deleted_conversations",
    "feedback",
    "client_tokens",
    "api_keys",
];

/// What is left of what had been deleted by `cutoff`.
pub fn left(cutoff: Timestamp) -> First<Left> {
    let counts = TABLES.map(|table| {
        format!(
            "  (
    select count(*)
    from (
      select 1
      from {}
      limit ?2
    )
  )",
            due(table)
        )
    });
    let sql = format!("select json_array(\n{}\n) as {PACKED}", counts.join(",\n"));
    Query::read(sql, vec![cutoff.millis().into(), COUNTED.into()]).first()
}

/// The rows of a `table` that are due.
fn due(table: &str) -> String {
    const OF_TOKENS: &str = "client_tokens
      cross join conversations on conversations.client_token_id = client_tokens.id";
    const DELETED: &str = "where client_tokens.deleted_at <= ?1";
    match table {
        "api_keys" => format!(
            "api_keys
      where revoked_at <= ?1
        and {CHILDLESS}"
        ),
        "client_tokens" => format!("client_tokens\n      {DELETED}"),
        "conversations" => format!("{OF_TOKENS}\n      {DELETED}"),
        "deleted_conversations" => {
            "conversations as gone\n      where gone.deleted_at <= ?1".to_owned()
        }
        "feedback" => format!(
            "client_tokens
      cross join feedback on feedback.client_token_id = client_tokens.id
      {DELETED}"
        ),
        "executions" => format!(
            "(
        select executions.rowid
        from {OF_TOKENS}
        cross join executions on executions.conversation_id = conversations.id
        {DELETED}
        union all
        select rowid
        from executions
        where created_at <= ?1
      )"
        ),
        held => format!(
            "{OF_TOKENS}
      cross join {held} on {held}.conversation_id = conversations.id
      {DELETED}"
        ),
    }
}

impl Left {
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }
}

impl fmt::Display for Left {
    /// `at least 10000 messages, 3 conversations`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        for (table, count) in TABLES.iter().zip(self.0).filter(|(_, count)| *count > 0) {
            let at_least = if count >= COUNTED { "at least " } else { "" };
            write!(f, "{comma}{at_least}{count} {}", table.replace('_', " "))?;
            comma = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_by_table_and_a_cut_count_says_so() {
        let mut left = Left([0; TABLES.len()]);
        assert_eq!((left.is_empty(), left.to_string()), (true, String::new()));
        left.0[0] = COUNTED;
        left.0[3] = COUNTED - 1;
        left.0[6] = 1;
        let told = "at least 10000 messages, 9999 conversations, 1 client tokens";
        assert_eq!((left.is_empty(), left.to_string().as_str()), (false, told));
    }
}
