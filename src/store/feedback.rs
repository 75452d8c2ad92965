//! Feedback in the database. A vote given twice is one vote: a row is known by its session, type and
//! message.

use crate::{
    domain::{feedback::Feedback, id::ClientTokenId, session::Session, time::Timestamp},
    store::{
        caller::Caller,
        client_tokens::hangs_on,
        row::row,
        statement::{First, Param, Query},
    },
};

row!(Feedback {
    id,
    kind = "type",
    rating,
    comment,
    message_id = "nullif(message_id, '')",
    conversation_id,
    user_id,
    created_at,
});

/// A stretch of a token's feedback, newest first; of one user's if one is named.
pub fn page(
    caller: &Caller,
    token: ClientTokenId,
    user: Option<&str>,
    limit: u32,
    offset: u32,
) -> Query<Feedback> {
    let of_user = if user.is_some() { "\n  and user_id = ?6" } else { "" };
    let sql = format!(
        "select {columns}
from feedback
where {of_token}{of_user}
order by created_at desc, id desc
limit ?4 offset ?5",
        columns = Feedback::COLUMNS.select(),
        of_token = hangs_on("?3", caller, &caller.tenant())
    );
    let params: [Param; 3] = [token.to_string().into(), limit.into(), offset.into()];
    caller.read(sql, params.into_iter().chain(user.map(Param::from)).collect())
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFeedback<'a> {
    /// The id that it gets if it is the first of its kind.
    pub id: String,
    /// `upvote`, `downvote`, `copy`, `csat` or `nps`.
    pub kind: &'static str,
    /// The message that it is about; empty for the whole session.
    pub message_id: &'a str,
    /// 0 to 10.
    pub rating: Option<u32>,
    pub comment: Option<&'a str>,
    /// JSON.
    pub metadata: Option<String>,
}

impl NewFeedback<'_> {
    /// How many bytes of it are kept.
    pub fn bytes(&self) -> u32 {
        let texts = [Some(self.message_id), self.comment, self.metadata.as_deref()];
        let bytes = texts.into_iter().flatten().map(str::len).sum::<usize>();
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }
}

row! {
    /// Stored feedback: its id, which is the new one if there was none before.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Given {
        pub id: String,
    }
}

/// Stores feedback; the same session's earlier one of the same kind on the same message is
/// replaced and keeps its id.
pub fn give(session: &Session, feedback: &NewFeedback<'_>, now: Timestamp) -> First<Given> {
    let sql = "insert into feedback (
  id, client_token_id, conversation_id, session_started_at, type, message_id, rating, comment,
  metadata, user_id, created_at, updated_at
)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?11, ?10, ?10)
on conflict (conversation_id, session_started_at, type, message_id) do update
set
  rating = excluded.rating,
  comment = excluded.comment,
  metadata = excluded.metadata,
  user_id = excluded.user_id,
  updated_at = excluded.updated_at
returning id";
    Query::write(
        sql,
        vec![
            feedback.id.as_str().into(),
            session.token.to_string().into(),
            session.conversation.to_string().into(),
            session.started_at.millis().into(),
            feedback.kind.into(),
            feedback.message_id.into(),
            feedback.rating.into(),
            feedback.comment.into(),
            feedback.metadata.clone().into(),
            now.millis().into(),
            session.user_id().into(),
        ],
    )
    .first()
}
