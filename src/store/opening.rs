//! What opening a session reads: the token of a page's credential, the target that the page gets and
//! what a previous session left, as one row of one statement. A batch of three statements costs the
//! database half as much again.

use crate::{
    domain::{
        conversation::StoredSession, grant::Grant, id::ClientTokenId, session::Session,
        target::Target, text::TargetId,
    },
    store::{
        client_tokens::OwnedToken,
        columns::PACKED,
        row::row,
        statement::{First, Query},
        targets::{self, TargetRow},
    },
};

/// A token with what belongs to the page that brought it.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    pub owned: OwnedToken,
    /// The target that the page gets, if it is set up.
    pub target: Option<Target>,
    /// The thread of the previous session, as [`thread`](crate::store::sessions::thread) finds it.
    pub thread: Option<StoredSession>,
}

row!(Opening { owned, target, thread });

/// The token that a page's proved credential names, whoever owns it, with its target (`wanted`,
/// else the first that the token lists and the `grant` of the credential allows, contract sections
/// 3.9 and 6.1) and the thread of `previous`, a session of that token. No row for a token that is
/// unknown or deleted. Whether the token lists `wanted` is for the caller to ask.
pub fn opening(
    token: ClientTokenId,
    grant: Option<&Grant>,
    wanted: Option<&TargetId>,
    previous: Option<&Session>,
) -> First<Opening> {
    let (chosen, granted) = targets::chosen("?2", grant);
    let sql = format!(
        "select json_array(
  {owned},
  iif(targets.id is null, null, {target}),
  iif(conversations.id is null, null, {thread})
) as {PACKED}
from client_tokens
left join targets
  on targets.tenant_id = client_tokens.tenant_id
  and targets.id = {chosen}
left join conversations
  on conversations.id = ?3
  and conversations.client_token_id = client_tokens.id
left join sessions
  on sessions.conversation_id = conversations.id
  and sessions.started_at = ?4
where client_tokens.id = ?1
  and client_tokens.deleted_at is null",
        owned = OwnedToken::array(),
        target = TargetRow::COLUMNS.of_table("targets").array(),
        thread = StoredSession::COLUMNS.array(),
    );
    let mut params = vec![
        token.to_string().into(),
        wanted.map(TargetId::as_str).into(),
        previous.map(|session| session.conversation.to_string()).into(),
        previous.map(|session| session.started_at.millis()).into(),
    ];
    params.extend(granted);
    Query::read(sql, params).first()
}
