//! Messages in the database: known by their conversation and their id, so that one that is sent
//! again is neither stored nor counted twice.

use serde_json::Value;

use crate::{
    domain::{
        export::ExportedMessage,
        feedback::FeedbackKind,
        id::ConversationId,
        message::{
            HEARD_MEDIA, HEARD_MESSAGES, HEARD_TEXT, KnownMessage, ListedMessage, NewMessage,
            PagedMessage, Role, Status, StoredContent, StoredMessage,
        },
        time::Timestamp,
    },
    store::{
        row::{CorruptRow, Flag, JsonText, row},
        statement::{First, Query, Statement},
    },
};

row! {
    struct MessageRow for StoredMessage {
        id: String,
        position: u32,
        role: Role,
        status: Status,
        reply_to: Option<String>,
        created_at: Timestamp,
        content: String,
        display_content: Option<String>,
    }
}

impl From<MessageRow> for StoredMessage {
    fn from(row: MessageRow) -> Self {
        Self {
            id: row.id,
            position: row.position,
            role: row.role,
            content: as_json(row.content, row.role),
            display_content: row.display_content,
            status: row.status,
            reply_to: row.reply_to,
            created_at: row.created_at,
        }
    }
}

row! {
    /// A message of a page, with the kinds of feedback on it, each once.
    pub(super) struct PagedRow for PagedMessage, ExportedMessage {
        conversation_id: ConversationId,
        id: String,
        position: u32,
        role: Role,
        status: Status,
        reply_to: Option<String>,
        created_at: Timestamp,
        content: String,
        display_content: Option<String>,
        feedback: JsonText<Vec<FeedbackKind>> = "(
    select json_group_array(type)
    from (
      select distinct type
      from feedback
      where conversation_id = messages.conversation_id
        and message_id = messages.id
    )
  )",
        is_followed: Flag = "weighed.is_followed",
    }
}

impl From<PagedRow> for PagedMessage {
    fn from(row: PagedRow) -> Self {
        let message = StoredMessage {
            id: row.id,
            position: row.position,
            role: row.role,
            content: as_json(row.content, row.role),
            display_content: row.display_content,
            status: row.status,
            reply_to: row.reply_to,
            created_at: row.created_at,
        };
        Self { message, feedback: row.feedback.into(), is_followed: row.is_followed.into() }
    }
}

impl From<PagedRow> for ExportedMessage {
    fn from(row: PagedRow) -> Self {
        Self { conversation: row.conversation_id, paged: row.into() }
    }
}

/// Answers are kept as text.
pub(super) fn as_json(content: String, role: Role) -> String {
    match role {
        Role::User => content,
        Role::Assistant => Value::String(content).to_string(),
    }
}

/// An entry of a page's list, as the store asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Empty if it has none.
    pub id: &'a str,
    /// Bytes of its text and of its media, if it is to be heard though it isn't stored.
    pub size: Option<(usize, usize)>,
}

row! {
    struct ListedRow for ListedMessage {
        place: u32 = "chosen.place",
        id: String = "chosen.id",
        is_known: Flag = "chosen.is_known",
        is_heard: Flag = "chosen.is_heard",
        has_media: Flag = "chosen.has_media or coalesce(stored.media_bytes = 0, 0)",
        role: Option<Role> = "stored.role",
        status: Option<Status> = "stored.status",
        reply_to: Option<String> = "stored.reply_to",
        answer_id: Option<String> = "stored.answer_id",
        shows: Option<JsonText<Vec<Flag>>> = "case
    when stored.reply_to = ?3 and stored.status = 'complete'
    then (
      select json_group_array(instr(stored.content, shown.value) > 0)
      from json_each(?4) as shown
    )
  end",
    }
}

impl TryFrom<ListedRow> for ListedMessage {
    type Error = CorruptRow;

    fn try_from(row: ListedRow) -> Result<Self, CorruptRow> {
        let shows = row.shows.map(JsonText::into).unwrap_or_default();
        let known = || -> Result<_, CorruptRow> {
            Ok(KnownMessage {
                role: row.role.ok_or(CorruptRow("ListedRow.role"))?,
                status: row.status.ok_or(CorruptRow("ListedRow.status"))?,
                reply_to: row.reply_to,
                answer_id: row.answer_id,
                shows: shows.into_iter().map(Flag::into).collect(),
                content: None,
            })
        };
        Ok(Self {
            place: row.place,
            id: row.id,
            is_heard: row.is_heard.into(),
            has_media: row.has_media.into(),
            known: row.is_known.into().then(known).transpose()?,
        })
    }
}

row! {
    struct ContentRow for StoredContent {
        id: String = "messages.id",
        role: Role = "messages.role",
        content: String = "iif(heard.value ->> 1, coalesce(messages.brief, messages.content), messages.content)",
    }
}

impl From<ContentRow> for StoredContent {
    fn from(row: ContentRow) -> Self {
        Self { id: row.id, content: as_json(row.content, row.role) }
    }
}

/// Which messages of a page's list are stored, the answers to them that it doesn't list (it may
/// show them under ids of its own), and those that are new: `question` first, then the latest
/// first. What is to be heard by an upstream is told by the sizes that stand beside; answers that
/// aren't listed are weighed apart, so that they take nothing from what is. Nothing that was said
/// leaves the database: [`contents`] reads it, once the chat is admitted. Of a whole answer to the
/// question it is told which of the texts `shown` are in it.
pub fn listed(
    conversation: ConversationId,
    list: &[Wanted<'_>],
    question: &str,
    shown: &[&str],
) -> Query<ListedMessage> {
    let sql = format!(
        "with listed as (
  select key as place, value ->> 0 as id, value ->> 1 as text_bytes, value ->> 2 as media_bytes
  from json_each(?2)
),
known as (
  select listed.place, stored.id, stored.text_bytes, stored.media_bytes, 1 as is_listed
  from listed
  cross join messages as stored
    on stored.conversation_id = ?1
    and stored.id = listed.id
  union all
  select listed.place, answers.id, answers.text_bytes, answers.media_bytes, 0 as is_listed
  from listed
  cross join messages as answers indexed by messages_by_question
    on answers.conversation_id = ?1
    and answers.reply_to = listed.id
  where answers.id not in (select id from listed)
),
thread as (
  select place, id, text_bytes, media_bytes, 1 as is_known, is_listed
  from known
  union all
  select place, id, text_bytes, media_bytes, 0 as is_known, 1 as is_listed
  from listed
  where text_bytes is not null
    and id not in (select id from known)
),
weighed as (
  select
    place,
    id,
    is_known,
    sum(is_listed) over latest_first as nth,
    sum(iif(is_listed, text_bytes, 0)) over latest_first as text_bytes,
    sum(iif(is_listed, 0, text_bytes)) over latest_first as unlisted_bytes,
    is_listed,
    sum(media_bytes) over latest_first as media_bytes
  from thread
  window latest_first as (order by id <> ?3, place desc, id rows unbounded preceding)
),
chosen as (
  select
    place,
    id,
    is_known,
    iif(
      is_listed,
      nth = 1 or nth <= {HEARD_MESSAGES} and text_bytes <= {HEARD_TEXT},
      unlisted_bytes <= {HEARD_TEXT}
    ) as is_heard,
    media_bytes <= {HEARD_MEDIA} as has_media
  from weighed
)
select {columns}
from chosen
left join messages as stored
  on chosen.is_known
  and stored.conversation_id = ?1
  and stored.id = chosen.id",
        columns = ListedRow::COLUMNS.select()
    );
    let entry = |wanted: &Wanted<'_>| {
        let size = wanted
            .size
            .map(|(text, media)| [text, media].map(|n| Value::Number((n as u64).into())));
        let id = Value::String(wanted.id.to_owned());
        Value::Array([id].into_iter().chain(size.into_iter().flatten()).collect())
    };
    let list = Value::Array(list.iter().map(entry).collect());
    let shown = Value::Array(shown.iter().map(|text| Value::String((*text).to_owned())).collect());
    let params = [list.to_string(), question.to_owned(), shown.to_string()];
    let conversation = conversation.to_string();
    Query::read(sql, [conversation].into_iter().chain(params).map(Into::into).collect())
}

/// What messages say that are to be heard: each by its id, and whether names stand in place of its
/// pictures and files.
pub fn contents<'a>(
    conversation: ConversationId,
    heard: impl Iterator<Item = (&'a str, bool)>,
) -> Query<StoredContent> {
    let entry = |(id, is_brief): (&str, bool)| {
        Value::Array(vec![Value::String(id.to_owned()), Value::Bool(is_brief)])
    };
    let heard = Value::Array(heard.map(entry).collect());
    let sql = format!(
        "select {}
from json_each(?2) as heard
cross join messages
  on messages.conversation_id = ?1
  and messages.id = heard.value ->> 0",
        ContentRow::COLUMNS.select()
    );
    Query::read(sql, vec![conversation.to_string().into(), heard.to_string().into()])
}

/// The latest complete answer to a message.
pub fn answer_to(conversation: ConversationId, id: &str) -> First<StoredMessage> {
    let sql = format!(
        "select {columns}
from messages
where conversation_id = ?1
  and position = (
    select max(answers.position)
    from messages as answers indexed by messages_by_question
    where answers.conversation_id = ?1
      and answers.reply_to = ?2
      and answers.status = 'complete'
  )",
        columns = MessageRow::COLUMNS.select()
    );
    Query::read(sql, vec![conversation.to_string().into(), id.into()]).first()
}

/// A message of the visitor with the text of its parts alone: how large its pictures and files are
/// doesn't matter.
pub fn asked(conversation: ConversationId, id: &str) -> First<StoredMessage> {
    const TEXT: &str = "case
    when brief is null then content
    else (
      select json_group_array(json(value))
      from json_each(content)
      where value ->> 'type' = 'text'
    )
  end";
    let sql = format!(
        "select {}
from messages
where conversation_id = ?1
  and id = ?2
  and role = 'user'",
        MessageRow::COLUMNS.with("content", TEXT).select()
    );
    Query::read(sql, vec![conversation.to_string().into(), id.into()]).first()
}

/// Stores a message of the visitor, unless it is stored already. Each message is a statement of
/// its own, its content a parameter of its own: so it may be as large as a parameter.
pub fn insert(conversation: ConversationId, message: NewMessage, now: Timestamp) -> Statement {
    let NewMessage { id, content, brief, media_bytes, display_content, execution_id, answer_id } =
        message;
    Statement::write(
        "insert into messages (
  conversation_id, id, position, role, answer_id, created_at, media_bytes, brief, content,
  display_content, execution_id
)
select
  ?1, ?2, 1 + coalesce((select max(position) from messages where conversation_id = ?1), 0),
  'user', ?3, ?4, ?5, ?6, ?7, ?8, ?9
where not exists (
  select 1
  from messages
  where conversation_id = ?1
    and id = ?2
)",
        vec![
            conversation.to_string().into(),
            id.into(),
            answer_id.into(),
            now.millis().into(),
            u32::try_from(media_bytes).unwrap_or(u32::MAX).into(),
            brief.into(),
            content.into(),
            display_content.into(),
            execution_id.into(),
        ],
    )
}

/// Notes which execution is to answer a stored question, and the id that its answer is to have.
pub fn expect_answer(
    conversation: ConversationId,
    question: &str,
    execution: &str,
    answer: &str,
) -> Statement {
    Statement::write(
        "update messages
set answer_id = ?3, execution_id = ?4
where conversation_id = ?1
  and id = ?2
  and role = 'user'",
        vec![conversation.to_string().into(), question.into(), answer.into(), execution.into()],
    )
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAnswer {
    pub id: String,
    /// What it says, as it is.
    pub text: String,
    pub status: Status,
    pub reply_to: String,
}

/// Stores an answer. Stored again under its id, it replaces what is there if that is the same
/// question's, and otherwise nothing happens: so a retried write is written once, and an answer
/// that goes on after a pause grows.
pub fn insert_answer(
    conversation: ConversationId,
    answer: &NewAnswer,
    now: Timestamp,
) -> Statement {
    Statement::write(
        "insert into messages (
  conversation_id, position, id, role, content, status, reply_to, created_at
)
values (
  ?1,
  1 + coalesce((select max(position) from messages where conversation_id = ?1), 0),
  ?2, 'assistant', ?3, ?4, ?5, ?6
)
on conflict (conversation_id, id) do update
set content = excluded.content, status = excluded.status
where reply_to = excluded.reply_to
  and (content is not excluded.content or status is not excluded.status)",
        vec![
            conversation.to_string().into(),
            answer.id.as_str().into(),
            answer.text.as_str().into(),
            answer.status.as_str().into(),
            answer.reply_to.as_str().into(),
            now.millis().into(),
        ],
    )
}
