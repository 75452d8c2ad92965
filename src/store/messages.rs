//! Messages in the database: known by their conversation and their id, so that one that is sent
//! again is neither stored nor counted twice.

use crate::{
    domain::{
        id::ConversationId,
        json::Json,
        message::{
            HEARD_MEDIA, HEARD_MESSAGES, HEARD_TEXT, KnownMessage, ListedMessage, NewMessage, Role,
            Status, StoredContent, StoredMessage,
        },
        time::Timestamp,
    },
    store::{
        old_row::{CorruptRow, Row},
        statement::{First, Query, Statement},
    },
};

/// What a statement reads that gives messages whole.
pub(super) const COLUMNS: &str =
    "id, position, role, status, reply_to, created_at, content, display_content";

/// The same where several tables have such columns.
pub(super) fn qualified() -> String {
    COLUMNS.split(", ").map(|column| format!("messages.{column}")).collect::<Vec<_>>().join(", ")
}

crate::store::old_row::old!(StoredMessage);

impl TryFrom<Row> for StoredMessage {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let row = &mut row;
        let role = role(row)?;
        Ok(Self {
            id: row.text("id")?,
            position: row.count("position")?,
            role,
            content: as_json(row.text("content")?, role),
            display_content: row.text_or_null("display_content")?,
            status: status(row)?,
            reply_to: row.text_or_null("reply_to")?,
            created_at: row.moment("created_at")?,
        })
    }
}

pub(super) fn role(row: &mut Row) -> Result<Role, CorruptRow> {
    Role::parse(&row.text("role")?).ok_or(CorruptRow("role"))
}

fn status(row: &mut Row) -> Result<Status, CorruptRow> {
    Status::parse(&row.text("status")?).ok_or(CorruptRow("status"))
}

/// Answers are kept as text.
pub(super) fn as_json(content: String, role: Role) -> String {
    match role {
        Role::User => content,
        Role::Assistant => Json::String(content).to_string(),
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

crate::store::old_row::old!(ListedMessage);

impl TryFrom<Row> for ListedMessage {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let row = &mut row;
        Ok(Self {
            place: row.count("place")?,
            id: row.text("id")?,
            is_heard: row.int("is_heard")? != 0,
            has_media: row.int("has_media")? != 0,
            known: if row.int("is_known")? == 0 { None } else { Some(known(row)?) },
        })
    }
}

fn known(row: &mut Row) -> Result<KnownMessage, CorruptRow> {
    let role = role(row)?;
    Ok(KnownMessage {
        role,
        status: status(row)?,
        reply_to: row.text_or_null("reply_to")?,
        answer_id: row.text_or_null("answer_id")?,
        shows: shows(row)?,
        content: None,
    })
}

fn shows(row: &mut Row) -> Result<Vec<bool>, CorruptRow> {
    let Some(text) = row.text_or_null("shows")? else { return Ok(Vec::new()) };
    let corrupt = |_| CorruptRow("shows");
    let flags: Vec<u8> = serde_json::from_str(&text).map_err(corrupt)?;
    Ok(flags.into_iter().map(|flag| flag != 0).collect())
}

crate::store::old_row::old!(StoredContent);

impl TryFrom<Row> for StoredContent {
    type Error = CorruptRow;

    fn try_from(mut row: Row) -> Result<Self, CorruptRow> {
        let row = &mut row;
        let role = role(row)?;
        Ok(Self { id: row.text("id")?, content: as_json(row.text("content")?, role) })
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
select
  chosen.place,
  chosen.id,
  chosen.is_known,
  chosen.is_heard,
  chosen.has_media or coalesce(stored.media_bytes = 0, 0) as has_media,
  stored.role,
  stored.status,
  stored.reply_to,
  stored.answer_id,
  case
    when stored.reply_to = ?3 and stored.status = 'complete'
    then (
      select json_group_array(instr(stored.content, shown.value) > 0)
      from json_each(?4) as shown
    )
  end as shows
from chosen
left join messages as stored
  on chosen.is_known
  and stored.conversation_id = ?1
  and stored.id = chosen.id"
    );
    let entry = |wanted: &Wanted<'_>| {
        let size =
            wanted.size.map(|(text, media)| [text, media].map(|n| Json::Number((n as u64).into())));
        let id = Json::String(wanted.id.to_owned());
        Json::Array([id].into_iter().chain(size.into_iter().flatten()).collect())
    };
    let list = Json::Array(list.iter().map(entry).collect());
    let shown = Json::Array(shown.iter().map(|text| Json::String((*text).to_owned())).collect());
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
        Json::Array(vec![Json::String(id.to_owned()), Json::Bool(is_brief)])
    };
    let heard = Json::Array(heard.map(entry).collect());
    let sql = "select
  messages.id,
  messages.role,
  iif(heard.value ->> 1, coalesce(messages.brief, messages.content), messages.content) as content
from json_each(?2) as heard
cross join messages
  on messages.conversation_id = ?1
  and messages.id = heard.value ->> 0";
    Query::read(sql, vec![conversation.to_string().into(), heard.to_string().into()])
}

/// The latest complete answer to a message.
pub fn answer_to(conversation: ConversationId, id: &str) -> First<StoredMessage> {
    let sql = format!(
        "select {COLUMNS}
from messages
where conversation_id = ?1
  and position = (
    select max(answers.position)
    from messages as answers indexed by messages_by_question
    where answers.conversation_id = ?1
      and answers.reply_to = ?2
      and answers.status = 'complete'
  )"
    );
    Query::read(sql, vec![conversation.to_string().into(), id.into()]).first()
}

/// A message of the visitor with the text of its parts alone: how large its pictures and files are
/// doesn't matter.
pub fn asked(conversation: ConversationId, id: &str) -> First<StoredMessage> {
    let sql = "select
  id, position, role, status, reply_to, created_at, display_content,
  case
    when brief is null then content
    else (
      select json_group_array(json(value))
      from json_each(content)
      where value ->> 'type' = 'text'
    )
  end as content
from messages
where conversation_id = ?1
  and id = ?2
  and role = 'user'";
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
