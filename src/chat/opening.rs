//! Opening a session (contract section 6.1): what it continues.

use crate::{
    chat::refused::Refused,
    domain::{
        client_token::ClientToken, conversation::StoredSession, grant::Grant, id::ConversationId,
        keyring::Keyring, session::Session, text::TargetId, time::Timestamp, token_value::Proved,
    },
};

/// The session that `id` names, if that is genuine, of this token and of the same user as the value
/// that the page brought: what a signed-in user said isn't gone on with by anybody else, nor what
/// somebody unknown said by the user.
pub(crate) fn session_of(
    id: Option<&str>,
    proved: &Proved,
    keyring: &Keyring,
    now: Timestamp,
) -> Option<Session> {
    let user = proved.grant.as_ref().and_then(Grant::user_id);
    Session::verify(id?, keyring, now).filter(|session| session.is_of(proved.claims.id, user))
}

/// What the session id tells that a page comes back with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Previous {
    /// The session, if it can be gone on with.
    pub(crate) session: Option<Session>,
    /// Whether the page may still show what another user said.
    pub(crate) follows_another_user: bool,
}

impl Previous {
    /// Reads the id. One that leads to no session, being another user's or too old, tells all the
    /// same who was there before.
    pub(crate) fn of(id: Option<&str>, proved: &Proved, keyring: &Keyring, now: Timestamp) -> Self {
        let user = proved.grant.as_ref().and_then(Grant::user_id);
        let genuine = id.and_then(|id| Session::read(id, keyring));
        let follows_another_user = genuine
            .filter(|session| session.token == proved.claims.id)
            .is_some_and(|session| session.leaves_words_to(user));
        Self { session: session_of(id, proved, keyring, now), follows_another_user }
    }
}

/// Refuses a page that wants the visitor's earlier conversations, which aren't kept yet: told so,
/// the widget hides its button and chats without. Asked once the page may use the token, so that
/// other refusals come first.
pub(crate) fn admit_history(is_wanted: bool) -> Result<(), Refused> {
    if is_wanted { Err(Refused::HistoryDisabled) } else { Ok(()) }
}

#[derive(Debug)]
pub(crate) struct Opening {
    pub(crate) session: Session,
    /// How often its conversation changed so far.
    pub(crate) revision: u32,
}

/// Opens a session, in the conversation of the `previous` one if there is one that still stands; `stored` is
/// what the database knows of that.
pub(crate) fn open(
    token: &ClientToken,
    grant: Option<Grant>,
    target: TargetId,
    previous: Previous,
    stored: &StoredSession,
    fresh: ConversationId,
    now: Timestamp,
) -> Opening {
    let follows = previous.follows_another_user;
    let previous = previous.session.filter(|_| !stored.is_deleted);
    let continued = previous.as_ref().map(|session| session.conversation);
    let previous = previous.map(|session| (session, stored.last_chat_at));
    let grant = grant.map(Box::new);
    let session = Session::open(token, grant, target, previous, follows, fresh, now);
    let is_continued = continued == Some(session.conversation);
    Opening { revision: if is_continued { stored.revision } else { 0 }, session }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chat::testing,
        domain::{grant::EndUser, id::ClientTokenId, text::EndUserId, token_value::Claims},
    };

    const FRESH: [u8; 16] = [9; 16];

    fn opened(previous: Option<Session>, stored: &StoredSession) -> Opening {
        let token = testing::token(&["flow_a", "flow_b"]);
        let target = TargetId::parse("flow_a").unwrap();
        let fresh = ConversationId::from_bytes(FRESH);
        let previous = Previous { session: previous, ..Previous::default() };
        open(&token, None, target, previous, stored, fresh, testing::now())
    }

    #[test]
    fn a_previous_session_is_continued_with_its_revision() {
        let stored = StoredSession { revision: 7, ..StoredSession::default() };
        let previous = testing::session("flow_a");
        let opening = opened(Some(previous.clone()), &stored);
        assert_eq!(opening.session.conversation, previous.conversation);
        assert_eq!(opening.revision, 7);
    }

    #[test]
    fn a_deleted_conversation_and_another_target_begin_anew() {
        let stored = StoredSession { revision: 7, ..StoredSession::default() };
        let deleted = StoredSession { is_deleted: true, ..stored.clone() };
        for (previous, stored) in [
            (Some(testing::session("flow_a")), &deleted),
            (Some(testing::session("flow_b")), &stored),
            (None, &stored),
        ] {
            let opening = opened(previous, stored);
            assert_eq!(opening.session.conversation, ConversationId::from_bytes(FRESH));
            assert_eq!(opening.revision, 0);
        }
    }

    fn user(id: &str) -> Grant {
        let user = EndUser { id: EndUserId::parse(id).unwrap(), name: None };
        Grant { user: Some(user), ..Grant::until(testing::now().plus_minutes(1)) }
    }

    fn proved(token: u8, grant: Option<Grant>) -> Proved {
        let claims = testing::token(&[]).claims();
        let id = ClientTokenId::from_bytes([token; 16]);
        Proved { claims: Claims { id, ..claims }, grant }
    }

    #[test]
    fn only_a_genuine_id_of_the_same_token_leads_to_a_session() {
        let keyring = crate::domain::keyring::ring('a');
        let session = testing::session("flow_a");
        let id = session.id(&keyring).unwrap();
        let found = |id: Option<&str>, token| {
            session_of(id, &proved(token, None), &keyring, testing::now())
        };
        assert_eq!(found(Some(&id), 2), Some(session.clone()));
        assert_eq!(found(Some(&id), 3), None);
        assert_eq!(found(Some("cs_forged_flow_a"), 2), None);
        assert_eq!(found(None, 2), None);
    }

    #[test]
    fn a_session_goes_on_with_the_same_user_only() {
        let keyring = crate::domain::keyring::ring('a');
        let grants =
            [None, Some(Grant::until(testing::now())), Some(user("ada")), Some(user("eve"))];
        for (of_session, first) in grants.iter().enumerate() {
            let grant = first.clone().map(Box::new);
            let id = Session { grant, ..testing::session("flow_a") }.id(&keyring).unwrap();
            for (of_value, second) in grants.iter().enumerate() {
                let proved = proved(2, second.clone());
                let found = session_of(Some(&id), &proved, &keyring, testing::now());
                // The first two name nobody.
                let is_same = of_session.max(1) == of_value.max(1);
                assert_eq!(found.is_some(), is_same, "{of_session} {of_value}");
            }
        }
    }

    #[test]
    fn a_new_session_tells_that_another_user_was_there_before() {
        let keyring = crate::domain::keyring::ring('a');
        let stored = StoredSession::default();
        // Each time the page comes back with the id that it was given last.
        let told = |grants: &[Option<&str>]| {
            let mut id: Option<String> = None;
            let mut told = Vec::new();
            for name in grants {
                let proved = proved(2, name.map(user));
                let previous = Previous::of(id.as_deref(), &proved, &keyring, testing::now());
                let target = TargetId::parse("flow_a").unwrap();
                let fresh = ConversationId::from_bytes(FRESH);
                let token = testing::token(&["flow_a"]);
                let grant = proved.grant;
                let session =
                    open(&token, grant, target, previous, &stored, fresh, testing::now()).session;
                id = session.id(&keyring);
                told.push(session.follows_another_user);
            }
            told
        };
        let (ada, bob) = (Some("ada"), Some("bob"));
        assert_eq!(told(&[None, ada, ada]), [false, false, false]);
        assert_eq!(told(&[ada, bob, bob]), [false, true, true]);
        assert_eq!(told(&[ada, None, bob]), [false, true, true]);
        assert_eq!(told(&[ada, bob, ada]), [false, true, true]);
        assert_eq!(told(&[None, None]), [false, false]);
    }

    #[test]
    fn an_id_that_opens_nothing_tells_it_too_if_it_is_genuine_and_of_this_token() {
        let keyring = crate::domain::keyring::ring('a');
        let grant = Some(Box::new(user("ada")));
        let id = Session { grant, ..testing::session("flow_a") }.id(&keyring).unwrap();
        let told = |id: &str, token, now| {
            let previous = Previous::of(Some(id), &proved(token, Some(user("bob"))), &keyring, now);
            assert_eq!(previous.session, None);
            previous.follows_another_user
        };
        let much_later = testing::now().plus_minutes(100 * 24 * 60);
        assert!(told(&id, 2, testing::now()));
        assert!(told(&id, 2, much_later));
        assert!(!told(&id, 3, testing::now()));
        assert!(!told(&id.replace("flow_a", "flow_b"), 2, testing::now()));
        assert!(!told("cs_forged_flow_a", 2, testing::now()));
    }

    #[test]
    fn a_deleted_conversation_and_another_target_leave_the_words_on_the_page() {
        let deleted = StoredSession { is_deleted: true, ..StoredSession::default() };
        for (target, stored) in [("flow_a", deleted), ("flow_b", StoredSession::default())] {
            let session = Some(testing::session(target));
            let previous = Previous { session, follows_another_user: true };
            let token = testing::token(&["flow_a", "flow_b"]);
            let target = TargetId::parse("flow_a").unwrap();
            let fresh = ConversationId::from_bytes(FRESH);
            let opened = open(&token, None, target, previous, &stored, fresh, testing::now());
            assert!(opened.session.follows_another_user);
        }
    }

    #[test]
    fn only_a_page_that_wants_history_is_refused_it() {
        assert_eq!(admit_history(true), Err(Refused::HistoryDisabled));
        assert_eq!(admit_history(false), Ok(()));
    }
}
