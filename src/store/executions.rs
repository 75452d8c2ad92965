//! Executions that wait for tools of the page.
//!
//! It is here because a pause outlives the request that it began in: what goes on later is
//! found by the execution's id, and only in the session that paused.

use crate::{
    domain::{id::ConversationId, session::Session, time::Timestamp},
    store::{
        row::{CorruptRow, Row},
        statement::{Query, Statement},
    },
};

/// An execution that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    /// Its id.
    pub id: String,
    /// The message that is being answered.
    pub reply_to: String,
    /// The id of the answer.
    pub assistant_message_id: String,
    /// JSON, of the upstream's own kind.
    pub state: String,
}

impl TryFrom<Row> for Paused {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let row = &mut row;
        Ok(Self {
            id: row.text("id")?,
            reply_to: row.text("reply_to")?,
            assistant_message_id: row.text("assistant_message_id")?,
            state: row.text("state")?,
        })
    }
}

/// The execution `id`, if it waits in this session.
#[must_use]
pub fn find(session: &Session, id: &str) -> Query<Paused> {
    let sql = "select id, reply_to, assistant_message_id, state
from executions
where id = ?1
  and conversation_id = ?2
  and session_started_at = ?3";
    Query::new(
        sql,
        vec![
            id.into(),
            session.conversation.to_string().into(),
            session.started_at.millis().into(),
        ],
    )
}

/// Stores a pause; one of the same execution is replaced.
#[must_use]
pub fn pause(session: &Session, paused: &Paused, now: Timestamp) -> Statement {
    Statement {
        sql: "insert into executions (
  id, conversation_id, session_started_at, reply_to, assistant_message_id, state, created_at
)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
on conflict (conversation_id, id) do update
set state = excluded.state"
            .to_owned(),
        params: vec![
            paused.id.as_str().into(),
            session.conversation.to_string().into(),
            session.started_at.millis().into(),
            paused.reply_to.as_str().into(),
            paused.assistant_message_id.as_str().into(),
            paused.state.as_str().into(),
            now.millis().into(),
        ],
    }
}

/// Stores what the page answered; a row comes back if the execution still waits. One that has
/// gone on meanwhile is not brought back.
#[must_use]
pub fn answer(session: &Session, id: &str, state: &str) -> Statement {
    Statement {
        sql: "update executions
set state = ?4
where id = ?1
  and conversation_id = ?2
  and session_started_at = ?3
returning id"
            .to_owned(),
        params: vec![
            id.into(),
            session.conversation.to_string().into(),
            session.started_at.millis().into(),
            state.into(),
        ],
    }
}

/// Ends a pause: the execution has gone on.
#[must_use]
pub fn end(conversation: ConversationId, id: &str) -> Statement {
    Statement {
        sql: "delete from executions
where id = ?1
  and conversation_id = ?2"
            .to_owned(),
        params: vec![id.into(), conversation.to_string().into()],
    }
}
