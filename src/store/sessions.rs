//! Sessions and the conversations that they write to. A session is a row only once it has chatted:
//! what it has spent and when it last did, in the same batch as what was said.

use crate::{
    domain::{
        conversation::StoredSession,
        id::{ClientTokenId, ConversationId},
        session::Session,
        text::TargetId,
        time::Timestamp,
    },
    store::{
        row::{Columns, CorruptRow, PACKED, Row},
        statement::{First, Param, Query, Statement},
    },
};

/// A thread, in the order in which it is read.
pub(super) const THREAD: Columns = &[
    "message_count",
    "revision",
    "byte_count",
    "deleted_at",
    "chat_count",
    "last_chat_at",
    "has_tools",
    "tools_fingerprint",
];

/// The same over `conversations` and `sessions`, as a packed row.
pub(super) const THREAD_ROW: &str = "json_array(
  conversations.message_count,
  conversations.message_count + conversations.changes,
  conversations.byte_count,
  conversations.deleted_at,
  sessions.chat_count,
  sessions.last_chat_at,
  sessions.tools is not null,
  sessions.tools_fingerprint
)";

impl TryFrom<Row> for StoredSession {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let row = &mut row;
        Ok(Self {
            message_count: row.count("message_count")?,
            revision: row.count("revision")?,
            byte_count: row.count("byte_count")?,
            is_deleted: row.int_or_null("deleted_at")?.is_some(),
            chat_count: row.count_or_null("chat_count")?.unwrap_or_default(),
            last_chat_at: row.moment_or_null("last_chat_at")?,
            has_tools: row.int("has_tools")? != 0,
            tools_fingerprint: row.text_or_null("tools_fingerprint")?,
        })
    }
}

/// The thread of a session; no row when nothing was said in its conversation yet.
pub fn thread(session: &Session) -> First<StoredSession> {
    let sql = format!(
        "select {THREAD_ROW} as {PACKED}
from conversations
left join sessions
  on sessions.conversation_id = conversations.id
  and sessions.started_at = ?3
where conversations.id = ?1
  and conversations.client_token_id = ?2"
    );
    let params = vec![
        session.conversation.to_string().into(),
        session.token.to_string().into(),
        session.started_at.millis().into(),
    ];
    Query::read(sql, params).packed(THREAD).first()
}

/// A conversation to be opened with its first message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConversation<'a> {
    pub id: ConversationId,
    pub token: ClientTokenId,
    pub target: &'a TargetId,
    pub origin: Option<&'a str>,
    /// The id of the signed-in user who opens it.
    pub user: Option<&'a str>,
    pub first_text: &'a str,
}

/// Characters of the first message in a list, and in a name made of it.
const FIRST_MESSAGE: usize = 200;
const NAME: usize = 60;

/// Opens a conversation, unless it is open.
pub fn open_conversation(new: &NewConversation<'_>, now: Timestamp) -> Statement {
    let head = |count| -> Option<String> {
        let head: String = new.first_text.chars().take(count).collect();
        (!head.is_empty()).then_some(head)
    };
    Statement::write(
        "insert into conversations (
  id, client_token_id, target_id, origin, first_message, name, created_at, updated_at, user_id
)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)
on conflict (id) do nothing",
        vec![
            new.id.to_string().into(),
            new.token.to_string().into(),
            new.target.as_str().into(),
            new.origin.into(),
            head(FIRST_MESSAGE).into(),
            head(NAME).into(),
            now.millis().into(),
            new.user.into(),
        ],
    )
}

/// Tools of the page: JSON and fingerprint.
pub type Tools<'a> = (&'a str, Option<&'a str>);

/// A chat, as it is counted: the ids of its question and of its execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chat<'a> {
    pub question: &'a str,
    pub execution: &'a str,
}

/// Counts a chat of a session, or breaks the rule `within_cap` when that is full. A chat whose
/// question is stored with its execution has been counted and isn't again: so a write whose
/// outcome is unknown can be repeated, if this stands before the question in it. `tools` replaces
/// the page's tools; `None` leaves them.
pub fn count_chat(
    session: &Session,
    chat: Chat<'_>,
    cap: Option<u32>,
    tools: Option<Tools<'_>>,
    now: Timestamp,
) -> Statement {
    let (tools, fingerprint) = tools.map_or((None, None), |(t, f)| (Some(t), f));
    let replaced = if tools.is_some() {
        ",\n  tools = excluded.tools, tools_fingerprint = excluded.tools_fingerprint"
    } else {
        ""
    };
    Statement::write(
        format!(
            "insert into sessions (
  conversation_id, started_at, chat_count, last_chat_at, chat_cap, tools, tools_fingerprint
)
values (?1, ?2, 1, ?3, ?4, ?5, ?6)
on conflict (conversation_id, started_at) do update
set
  chat_count = chat_count + not exists (
    select 1
    from messages
    where conversation_id = ?1
      and id = ?7
      and execution_id = ?8
  ),
  chat_cap = excluded.chat_cap,
  last_chat_at = max(last_chat_at, excluded.last_chat_at){replaced}"
        ),
        vec![
            session.conversation.to_string().into(),
            session.started_at.millis().into(),
            now.millis().into(),
            cap.into(),
            Param::from(tools),
            Param::from(fingerprint),
            chat.question.into(),
            chat.execution.into(),
        ],
    )
}

/// The tools that a conversation's latest session with any has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTools {
    /// JSON.
    pub list: String,
    /// The fingerprint that the page gave them.
    pub fingerprint: Option<String>,
}

impl TryFrom<Row> for StoredTools {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let row = &mut row;
        Ok(Self { list: row.text("tools")?, fingerprint: row.text_or_null("tools_fingerprint")? })
    }
}

/// The page's tools as this session knows them.
pub fn own_tools(session: &Session) -> First<StoredTools> {
    let sql = "select tools, tools_fingerprint
from sessions
where conversation_id = ?1
  and started_at = ?2
  and tools is not null";
    let params = vec![session.conversation.to_string().into(), session.started_at.millis().into()];
    Query::read(sql, params).first()
}

/// The page's tools as a conversation knows them, whichever session brought them last.
pub fn tools(conversation: ConversationId) -> First<StoredTools> {
    let sql = "select tools, tools_fingerprint
from sessions
where conversation_id = ?1
  and tools is not null
order by started_at desc
limit 1";
    Query::read(sql, vec![conversation.to_string().into()]).first()
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownTools {
    /// What the page gave its tools, if it did.
    pub fingerprint: Option<String>,
}

impl TryFrom<Row> for KnownTools {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        Ok(Self { fingerprint: row.text_or_null("tools_fingerprint")? })
    }
}

/// Whether a conversation has tools of the page, whichever session brought them last.
pub fn known_tools(conversation: ConversationId) -> First<KnownTools> {
    let sql = "select tools_fingerprint
from sessions
where conversation_id = ?1
  and tools is not null
order by started_at desc
limit 1";
    Query::read(sql, vec![conversation.to_string().into()]).first()
}

/// Replaces the page's tools without counting anything.
pub fn replace_tools(session: &Session, tools: Tools<'_>) -> Statement {
    Statement::write(
        "update sessions
set tools = ?3, tools_fingerprint = ?4
where conversation_id = ?1
  and started_at = ?2",
        vec![
            session.conversation.to_string().into(),
            session.started_at.millis().into(),
            tools.0.into(),
            tools.1.into(),
        ],
    )
}
