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
        row::{Flag, row},
        statement::{First, Param, Query, Statement},
    },
};

row!(StoredSession {
    message_count = "conversations.message_count",
    byte_count = "conversations.byte_count",
    revision = "conversations.message_count + conversations.changes",
    is_deleted as Flag = "conversations.deleted_at is not null",
    chat_count = "coalesce(sessions.chat_count, 0)",
    last_chat_at = "sessions.last_chat_at",
    has_tools as Flag = "sessions.tools is not null",
    tools_fingerprint = "sessions.tools_fingerprint",
});

/// The thread of a session; no row when nothing was said in its conversation yet.
pub fn thread(session: &Session) -> First<StoredSession> {
    let sql = format!(
        "select {thread}
from conversations
left join sessions
  on sessions.conversation_id = conversations.id
  and sessions.started_at = ?3
where conversations.id = ?1
  and conversations.client_token_id = ?2",
        thread = StoredSession::COLUMNS.packed()
    );
    let params = vec![
        session.conversation.to_string().into(),
        session.token.to_string().into(),
        session.started_at.millis().into(),
    ];
    Query::read(sql, params).first()
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

row! {
    /// The tools that a conversation's latest session with any has.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct StoredTools {
        /// JSON.
        pub list: String = "tools",
        /// The fingerprint that the page gave them.
        pub fingerprint: Option<String> = "tools_fingerprint",
    }
}

/// The page's tools as this session knows them.
pub fn own_tools(session: &Session) -> First<StoredTools> {
    let sql = format!(
        "select {}
from sessions
where conversation_id = ?1
  and started_at = ?2
  and tools is not null",
        StoredTools::COLUMNS.select()
    );
    let params = vec![session.conversation.to_string().into(), session.started_at.millis().into()];
    Query::read(sql, params).first()
}

/// The page's tools as a conversation knows them, whichever session brought them last.
pub fn tools(conversation: ConversationId) -> First<StoredTools> {
    let sql = format!(
        "select {}
from sessions
where conversation_id = ?1
  and tools is not null
order by started_at desc
limit 1",
        StoredTools::COLUMNS.select()
    );
    Query::read(sql, vec![conversation.to_string().into()]).first()
}

row! {
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct KnownTools {
        /// What the page gave its tools, if it did.
        pub fingerprint: Option<String> = "tools_fingerprint",
    }
}

/// Whether a conversation has tools of the page, whichever session brought them last.
pub fn known_tools(conversation: ConversationId) -> First<KnownTools> {
    let sql = format!(
        "select {}
from sessions
where conversation_id = ?1
  and tools is not null
order by started_at desc
limit 1",
        KnownTools::COLUMNS.select()
    );
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
