//! Messages in the database.
//!
//! It is here because a message is known by its conversation and its id: one that is sent again
//! is neither stored nor counted twice, and stored content wins.

use crate::{
    domain::{
        id::ConversationId,
        json::Json,
        message::{Role, Status, StoredMessage},
        time::Timestamp,
    },
    store::{
        row::{CorruptRow, Row},
        statement::{Query, Statement},
    },
};

/// What every reading statement reads.
pub(super) const COLUMNS: &str =
    "id, position, role, content, display_content, status, reply_to, created_at";

impl TryFrom<Row> for StoredMessage {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let row = &mut row;
        Ok(Self {
            id: row.text("id")?,
            position: row.count("position")?,
            role: Role::parse(&row.text("role")?).ok_or(CorruptRow("role"))?,
            content: row.text("content")?,
            display_content: row.text_or_null("display_content")?,
            status: Status::parse(&row.text("status")?).ok_or(CorruptRow("status"))?,
            reply_to: row.text_or_null("reply_to")?,
            created_at: row.moment("created_at")?,
        })
    }
}

/// The question up to which a transcript is read.
#[derive(Debug, Clone, Copy)]
pub enum Until<'a> {
    /// The message of this id; the end, if it isn't stored.
    Message(&'a str),
    /// The message that this paused execution answers.
    Execution(&'a str),
}

/// The messages of a conversation up to a question, latest first.
#[must_use]
pub fn latest(conversation: ConversationId, until: Until<'_>, limit: u32) -> Query<StoredMessage> {
    let (question, id) = match until {
        Until::Message(id) => ("?3", id),
        Until::Execution(id) => (
            "(
      select reply_to
      from executions
      where conversation_id = ?1
        and id = ?3
    )",
            id,
        ),
    };
    let sql = format!(
        "select {COLUMNS}
from messages
where conversation_id = ?1
  and position <= coalesce((
    select asked.position
    from messages as asked
    where asked.conversation_id = ?1
      and asked.id = {question}
  ), 9007199254740991)
order by position desc
limit ?2"
    );
    Query::new(sql, vec![conversation.to_string().into(), limit.into(), id.into()])
}

/// A message that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// Who speaks.
    pub role: Role,
    /// The message that it answers, while that answer is partial.
    pub attempt_at: Option<String>,
    /// Whether a complete answer to it is stored.
    pub is_answered: bool,
}

impl TryFrom<Row> for Known {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let row = &mut row;
        Ok(Self {
            id: row.text("id")?,
            role: Role::parse(&row.text("role")?).ok_or(CorruptRow("role"))?,
            attempt_at: row.text_or_null("attempt_at")?,
            is_answered: row.int("is_answered")? != 0,
        })
    }
}

/// Which of `ids` are stored.
#[must_use]
pub fn known(conversation: ConversationId, ids: &[&str]) -> Query<Known> {
    let sql = "select
  stored.id,
  stored.role,
  case when stored.status = 'partial' then stored.reply_to end as attempt_at,
  exists (
    select 1
    from messages as answers indexed by messages_by_question
    where answers.conversation_id = ?1
      and answers.reply_to = stored.id
      and answers.status = 'complete'
  ) as is_answered
from json_each(?2) as wanted
cross join messages as stored
  on stored.conversation_id = ?1
  and stored.id = wanted.value";
    let ids = ids.iter().map(|id| Json::String((*id).to_owned())).collect();
    Query::new(sql, vec![conversation.to_string().into(), Json::Array(ids).to_string().into()])
}

/// The complete answer to a message.
#[must_use]
pub fn answer_to(conversation: ConversationId, id: &str) -> Query<StoredMessage> {
    let sql = format!(
        "select {COLUMNS}
from messages
where conversation_id = ?1
  and reply_to = ?2
  and status = 'complete'
limit 1"
    );
    Query::new(sql, vec![conversation.to_string().into(), id.into()])
}

/// A message of the visitor, to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Its id.
    pub id: String,
    /// JSON: a string or an array of parts.
    pub content: String,
    /// What the page showed instead.
    pub display_content: Option<String>,
}

/// Stores the visitor's messages that aren't stored yet, in order, in one statement: the rows of
/// `json_each` come in the order of the array.
#[must_use]
pub fn insert_new(
    conversation: ConversationId,
    messages: &[NewMessage],
    now: Timestamp,
) -> Statement {
    let text = |text: &str| Json::String(text.to_owned());
    let rows = messages.iter().map(|message| {
        let display = message.display_content.as_deref().map_or(Json::Null, text);
        Json::Array(vec![text(&message.id), text(&message.content), display])
    });
    Statement {
        sql: "insert into messages (
  conversation_id, position, id, role, content, display_content, created_at
)
select
  ?1,
  row_number() over ()
    + coalesce((select max(position) from messages where conversation_id = ?1), 0),
  new.value ->> 0,
  'user',
  new.value ->> 1,
  new.value ->> 2,
  ?3
from json_each(?2) as new
where not exists (
  select 1
  from messages
  where conversation_id = ?1
    and id = new.value ->> 0
)
on conflict (conversation_id, id) do nothing"
            .to_owned(),
        params: vec![
            conversation.to_string().into(),
            Json::Array(rows.collect()).to_string().into(),
            now.millis().into(),
        ],
    }
}

/// An answer, to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAnswer {
    /// Its id.
    pub id: String,
    /// JSON, a string.
    pub content: String,
    /// Whether it is whole.
    pub status: Status,
    /// The message that it answers.
    pub reply_to: String,
}

/// Stores an answer. Stored again under its id, it replaces what is there if that is the same
/// question's, and otherwise nothing happens: so a retried write is written once, and an answer
/// that goes on after a pause grows.
#[must_use]
pub fn insert_answer(
    conversation: ConversationId,
    answer: &NewAnswer,
    now: Timestamp,
) -> Statement {
    Statement {
        sql: "insert into messages (
  conversation_id, position, id, role, content, status, reply_to, created_at
)
values (
  ?1,
  1 + coalesce((select max(position) from messages where conversation_id = ?1), 0),
  ?2, 'assistant', ?3, ?4, ?5, ?6
)
on conflict (conversation_id, id) do update
set content = excluded.content, status = excluded.status
where reply_to = excluded.reply_to"
            .to_owned(),
        params: vec![
            conversation.to_string().into(),
            answer.id.as_str().into(),
            answer.content.as_str().into(),
            answer.status.as_str().into(),
            answer.reply_to.as_str().into(),
            now.millis().into(),
        ],
    }
}
