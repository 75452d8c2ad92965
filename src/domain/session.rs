//! Sessions: one visitor's chat with one target, until it has been idle for too long.
//!
//! A session id is a signed credential (contract section 8) that names its conversation, token and
//! target and the session's start. Opening a session therefore writes nothing, and a forged id is
//! refused without a look at the database.

use crate::domain::{
    base62,
    client_token::ClientToken,
    credential,
    grant::Grant,
    id::{ClientTokenId, ConversationId},
    keyring::{Keyring, Purpose},
    limits::LimitKind,
    text::TargetId,
    time::Timestamp,
    token_value,
};

/// Bytes: conversation 16, token 16, generation 4, start 6, issue 6, whether another user was there
/// before 1, signing key's id 1.
const PAYLOAD: usize = 50;
const TAG: usize = 16;
const LENGTH: usize = PAYLOAD + TAG;
const PREFIX: &str = "cs_";

/// The most characters: the grant of the longest minted value, and all else.
const LONGEST: usize = token_value::LONGEST + TargetId::MAX + 128;

/// 30 days, after which an id is refused.
const USEFUL_MINUTES: u32 = 30 * 24 * 60;

/// The contents of a session id. Conversation and start identify the session: ids of the same pair,
/// issued at different moments, are of the same session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub conversation: ConversationId,
    pub token: ClientTokenId,
    /// The token's generation when the id was issued.
    pub generation: u32,
    pub started_at: Timestamp,
    /// The issue of this id; later than the start when the session was opened again.
    pub issued_at: Timestamp,
    /// Whether the page may still show what another user said (contract section 6.2): what stands
    /// there of before this conversation isn't this visitor's.
    pub follows_another_user: bool,
    pub target: TargetId,
    /// What the minted value allowed that the session was opened with; the session allows no more.
    pub grant: Option<Box<Grant>>,
}

/// What stands before the grant. Neither a target nor base64url has it.
const BEFORE_GRANT: char = '.';

impl Session {
    /// Signed by the ring's signing key; `None` if the ring lacks that key, which
    /// [`Keyring::parse`] rules out.
    pub fn id(&self, keyring: &Keyring) -> Option<String> {
        let mut payload = Vec::with_capacity(PAYLOAD);
        payload.extend_from_slice(self.conversation.bytes());
        payload.extend_from_slice(self.token.bytes());
        payload.extend_from_slice(&self.generation.to_be_bytes());
        payload.extend_from_slice(&moment_bytes(self.started_at));
        payload.extend_from_slice(&moment_bytes(self.issued_at));
        payload.push(u8::from(self.follows_another_user));
        payload.push(keyring.signing_key().byte());
        let mut context = self.target.as_str().to_owned();
        if let Some(grant) = &self.grant {
            context.push(BEFORE_GRANT);
            context.push_str(&grant.to_text());
        }
        let body = credential::seal(keyring, Purpose::Session, &context, &payload, TAG)?;
        Some(format!("{PREFIX}{body}_{context}"))
    }

    /// Reads a session id that this deployment issued less than 30 days ago; `None` for any other
    /// text. An older id is refused even if its session was used since, so that an id that was
    /// stolen or left in a browser doesn't open the conversation for ever.
    pub fn verify(text: &str, keyring: &Keyring, now: Timestamp) -> Option<Self> {
        Self::read(text, keyring)
            .filter(|session| now < session.issued_at.plus_minutes(USEFUL_MINUTES))
    }

    /// Reads a session id that this deployment issued, however long ago: what it opens no more, it
    /// still tells.
    pub fn read(text: &str, keyring: &Keyring) -> Option<Self> {
        let (body, context) = parts(text)?;
        let bytes: [u8; LENGTH] =
            credential::open(keyring, Purpose::Session, context, body, PAYLOAD)?;
        let (target, grant) = target_and_grant(context)?;
        let (conversation, rest) = bytes.split_first_chunk::<16>()?;
        let (token, rest) = rest.split_first_chunk::<16>()?;
        let (generation, rest) = rest.split_first_chunk::<4>()?;
        let (started, rest) = rest.split_first_chunk::<6>()?;
        let (issued, rest) = rest.split_first_chunk::<6>()?;
        let ([follows_another_user], _) = rest.split_first_chunk::<1>()?;
        Some(Self {
            conversation: ConversationId::from_bytes(*conversation),
            token: ClientTokenId::from_bytes(*token),
            generation: u32::from_be_bytes(*generation),
            started_at: moment(*started),
            issued_at: moment(*issued),
            follows_another_user: *follows_another_user != 0,
            target,
            grant,
        })
    }

    /// The session that a page opens with `target` at `now` (contract sections 6.1 and 8).
    ///
    /// `previous` is the session whose id the page sent along, and the moment of its last chat:
    ///
    /// - still alive: the same session under a new id, so that opening it again resets no count;
    /// - over: a new session in the same conversation;
    /// - none, or of another token, target or user: a new session in the new conversation `fresh`.
    ///
    /// `follows_another_user` is what [`Session::leaves_words_to`] said of that session.
    pub fn open(
        token: &ClientToken,
        grant: Option<Box<Grant>>,
        target: TargetId,
        previous: Option<(Self, Option<Timestamp>)>,
        follows_another_user: bool,
        fresh: ConversationId,
        now: Timestamp,
    ) -> Self {
        let user = grant.as_deref().and_then(Grant::user_id);
        let previous = previous.filter(|(p, _)| p.is_of(token.id, user) && p.target == target);
        let (conversation, started_at) = match previous {
            Some((session, last_chat)) if session.is_live(token, last_chat, now) => {
                (session.conversation, session.started_at)
            }
            Some((session, _)) => (session.conversation, now),
            None => (fresh, now),
        };
        let (token, generation) = (token.id, token.generation);
        Self {
            conversation,
            token,
            generation,
            started_at,
            issued_at: now,
            follows_another_user,
            target,
            grant,
        }
    }

    pub fn user_id(&self) -> Option<&str> {
        self.grant.as_deref().and_then(Grant::user_id)
    }

    /// Whether it is a session of `token` and of this user, or of nobody known.
    pub fn is_of(&self, token: ClientTokenId, user: Option<&str>) -> bool {
        self.token == token && self.user_id() == user
    }

    /// Whether a page that comes back with this session's id, and is now `user`'s, may still show
    /// what somebody else said. What nobody known said is the user's who signs in after it; what
    /// another user left stays another's, whoever comes next.
    pub fn leaves_words_to(&self, user: Option<&str>) -> bool {
        self.follows_another_user || self.user_id().is_some_and(|id| Some(id) != user)
    }

    /// Whether `text` has the form of a session id, whether its tag is right or not.
    pub fn is_well_formed(text: &str) -> bool {
        parts(text).is_some_and(|(body, context)| {
            base62::decode::<LENGTH>(body).is_some() && target_and_grant(context).is_some()
        })
    }

    /// The end of the session unless it is used again: the idle time after the issue of this id or
    /// after the last chat, whichever came later, but no later than the end of its grant. `None` is
    /// the longest idle time.
    pub fn expires_at(&self, last_chat: Option<Timestamp>, idle_minutes: Option<u32>) -> Timestamp {
        let idle = idle_minutes.unwrap_or(LimitKind::IDLE_MINUTES.max);
        let end = self.issued_at.max(last_chat.unwrap_or(self.issued_at)).plus_minutes(idle);
        self.grant.as_ref().map_or(end, |grant| end.min(grant.expires_at))
    }

    /// Whether the session is of the token's present generation and `now` is before its end; at
    /// the instant of [`Session::expires_at`] it is over.
    pub fn is_live(
        &self,
        token: &ClientToken,
        last_chat: Option<Timestamp>,
        now: Timestamp,
    ) -> bool {
        let idle = token.settings.limits.idle_minutes;
        self.generation == token.generation && now < self.expires_at(last_chat, idle)
    }
}

/// Payload with tag, and what else the tag covers.
fn parts(text: &str) -> Option<(&str, &str)> {
    // Nothing longer is looked at: anybody may send it.
    Some(text).filter(|text| text.len() <= LONGEST)?.strip_prefix(PREFIX)?.split_once('_')
}

fn target_and_grant(context: &str) -> Option<(TargetId, Option<Box<Grant>>)> {
    let (target, grant) = context.split_once(BEFORE_GRANT).unzip();
    let target = TargetId::parse(target.unwrap_or(context)).ok()?;
    let grant = match grant {
        None => None,
        Some(grant) => Some(Box::new(Grant::from_text(grant)?)),
    };
    Some((target, grant))
}

/// Milliseconds in 48 bits, as in a UUID version 7.
fn moment_bytes(moment: Timestamp) -> [u8; 6] {
    let [_, _, bytes @ ..] = moment.millis().to_be_bytes();
    bytes
}

fn moment(bytes: [u8; 6]) -> Timestamp {
    let millis = bytes.iter().fold(0, |sum, byte| sum << 8 | i64::from(*byte));
    Timestamp::from_millis(millis)
}

#[cfg(test)]
mod tests;
