//! Executions that wait for tools of the page, each known by its conversation and its id.
//!
//! A pause is claimed by whoever goes on with it. What changes one names the revision that it
//! read, so that of several at once one has its way and the others look again.

use crate::{
    domain::{
        id::ConversationId,
        message::{HeardMessage, Role},
        time::Timestamp,
    },
    store::{
        messages::as_json,
        row::{Exists, row},
        statement::{First, Query, Statement},
    },
};

/// Minutes after which a claim is void. No upstream may take that long, so the Worker that made it
/// is gone.
const CLAIM_MINUTES: u32 = 15;

/// An execution that waits, to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    /// Unique in its conversation.
    pub id: String,
    /// The id of the visitor's message that is being answered.
    pub reply_to: String,
    /// The id that the answer will have.
    pub assistant_message_id: String,
    pub legs: u32,
    /// JSON: the calls that it waits for, each with its id and the tool's name.
    pub calls: String,
    /// JSON: what it has to remember.
    pub state: String,
}

row! {
    /// An execution that waits, as it was found: what decides whether it goes on, and nothing that was
    /// said.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Waiting {
        pub id: String,
        pub reply_to: String,
        pub assistant_message_id: String,
        /// Rises with each change.
        pub revision: u32,
        pub legs: u32,
        /// JSON: the calls that it waits for.
        pub calls: String,
        /// JSON: the places of those that were answered, as texts.
        pub answered: String = "(select json_group_array(key) from json_each(outputs))",
        /// Bytes of its state, with what was answered.
        pub bytes: u32 = "octet_length(state) + octet_length(outputs)",
    }
}

row! {
    /// What an execution remembers, with what the page answered since.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Remembered {
        /// JSON: what was stored.
        pub state: String,
        /// JSON: the results by the places of their calls.
        pub outputs: String,
    }
}

/// What waits: unclaimed, or claimed before `?2`.
const WAITS: &str = "(claimed_at is null or claimed_at <= ?2)";

fn void_before(now: Timestamp) -> i64 {
    now.millis() - i64::from(CLAIM_MINUTES) * 60_000
}

/// The execution `id`, if it waits.
pub fn find(conversation: ConversationId, id: &str, now: Timestamp) -> First<Waiting> {
    let sql = format!(
        "select {columns}
from executions
where conversation_id = ?1
  and id = ?3
  and {WAITS}",
        columns = Waiting::COLUMNS.select()
    );
    let params = vec![conversation.to_string().into(), void_before(now).into(), id.into()];
    Query::read(sql, params).first()
}

pub fn remembered(conversation: ConversationId, id: &str) -> First<Remembered> {
    let sql = format!(
        "select {}
from executions
where conversation_id = ?1
  and id = ?2",
        Remembered::COLUMNS.select()
    );
    Query::read(sql, vec![conversation.to_string().into(), id.into()]).first()
}

row! {
    struct HeardRow for HeardMessage {
        place: u32 = "heard.key",
        role: Role = "messages.role",
        content: String = "iif(heard.value ->> 1, coalesce(messages.brief, messages.content), messages.content)",
    }
}

impl From<HeardRow> for HeardMessage {
    fn from(row: HeardRow) -> Self {
        Self { place: row.place, role: row.role, content: as_json(row.content, row.role) }
    }
}

/// The messages that an execution heard when it began: its state lists them under `thread`,
/// each as an array of the id and whether names stand in place of media.
pub fn heard(conversation: ConversationId, id: &str) -> Query<HeardMessage> {
    let sql = format!(
        "select {}
from executions
cross join json_each(executions.state, '$.thread') as heard
cross join messages
  on messages.conversation_id = executions.conversation_id
  and messages.id = heard.value ->> 0
where executions.conversation_id = ?1
  and executions.id = ?2",
        HeardRow::COLUMNS.select()
    );
    Query::read(sql, vec![conversation.to_string().into(), id.into()])
}

/// Stores a pause; one of the same execution is replaced, and waits again.
pub fn pause(conversation: ConversationId, paused: &Paused, now: Timestamp) -> Statement {
    Statement::write(
        "insert into executions (
  id, conversation_id, reply_to, assistant_message_id, state, created_at, legs, calls
)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
on conflict (conversation_id, id) do update
set
  state = excluded.state,
  legs = excluded.legs,
  calls = excluded.calls,
  outputs = '{}',
  created_at = excluded.created_at,
  revision = revision + 1,
  claimed_at = null",
        vec![
            paused.id.as_str().into(),
            conversation.to_string().into(),
            paused.reply_to.as_str().into(),
            paused.assistant_message_id.as_str().into(),
            paused.state.as_str().into(),
            now.millis().into(),
            paused.legs.into(),
            paused.calls.as_str().into(),
        ],
    )
}

/// Stores what the page answered while more is missing; a row comes back if nobody else changed
/// the pause since. `outputs` is JSON: the results by the places of their calls.
pub fn answer(
    conversation: ConversationId,
    waiting: &Waiting,
    outputs: &str,
    now: Timestamp,
) -> First<Exists> {
    change(conversation, waiting, outputs, now, false)
}

/// Claims a pause, with what the page answered; a row comes back to the one who has it now.
pub fn claim(
    conversation: ConversationId,
    waiting: &Waiting,
    outputs: &str,
    now: Timestamp,
) -> First<Exists> {
    change(conversation, waiting, outputs, now, true)
}

fn change(
    conversation: ConversationId,
    waiting: &Waiting,
    outputs: &str,
    now: Timestamp,
    claims: bool,
) -> First<Exists> {
    let params = vec![
        conversation.to_string().into(),
        void_before(now).into(),
        waiting.id.as_str().into(),
        waiting.revision.into(),
        outputs.into(),
        claims.then(|| now.millis()).into(),
    ];
    Query::write(
        format!(
            "update executions
set
  outputs = json_patch(outputs, ?5),
  revision = revision + 1,
  claimed_at = ?6,
  legs = legs + (?6 is not null)
where conversation_id = ?1
  and id = ?3
  and revision = ?4
  and {WAITS}
returning id"
        ),
        params,
    )
    .first()
}

/// Gives a claim back: whoever had it didn't come to an end, and the execution waits again.
pub fn release(conversation: ConversationId, id: &str) -> Statement {
    Statement::write(
        "update executions
set claimed_at = null, revision = revision + 1
where conversation_id = ?1
  and id = ?2",
        vec![conversation.to_string().into(), id.into()],
    )
}

/// Gives back the claim that was made at `then` on `found`, if it took effect: for a write whose
/// outcome is unknown.
pub fn unclaim(conversation: ConversationId, found: &Waiting, then: Timestamp) -> Statement {
    Statement::write(
        "update executions
set claimed_at = null, revision = revision + 1
where conversation_id = ?1
  and id = ?2
  and revision = ?3 + 1
  and claimed_at = ?4",
        vec![
            conversation.to_string().into(),
            found.id.as_str().into(),
            found.revision.into(),
            then.millis().into(),
        ],
    )
}

/// Ends a pause: the execution has gone on. A row comes back if there was one.
pub fn end(conversation: ConversationId, id: &str) -> Statement {
    Statement::write(
        "delete from executions
where id = ?1
  and conversation_id = ?2
returning id",
        vec![id.into(), conversation.to_string().into()],
    )
}
