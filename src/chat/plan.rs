//! A chat between what was found and what is done: the tools and messages that the upstream gets,
//! what the limiter is asked, and what is stored before the upstream is.

use crate::{
    chat::{
        execution::{Execution, Input},
        pause::PausedState,
        refused::Refused,
        request::ChatRequest,
        stream::notice::Notices,
        tool::ToolsStored,
        transcript::{
            list::{List, find_mut},
            thread::Thread,
        },
    },
    domain::{
        client_token::ClientToken,
        conversation::{StoredSession, has_room},
        limiter::{Ask, SessionAsk},
        limits::{LimitKind, Limits},
        message::{ListedMessage, NewMessage, StoredContent, StoredMessage},
        session::Session,
        target::TargetKind,
        time::Timestamp,
    },
};

/// A chat that may go on to the limiter.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    request: &'a ChatRequest,
    session: &'a Session,
    list: List<'a>,
    stored: &'a StoredSession,
    listed: Vec<ListedMessage>,
    notices: Notices,
    /// Whether a stored answer is given again.
    is_replay: bool,
}

/// What is read once a chat is admitted.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// What the messages say that are heard.
    pub(crate) contents: Vec<StoredContent>,
    /// The page's tools as they are stored and their fingerprint, if those are meant.
    pub(crate) tools: Option<(String, Option<String>)>,
}

/// What is stored before the upstream is asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) execution_id: String,
    pub(crate) answer_id: String,
    /// The visitor's messages that aren't stored yet.
    pub(crate) messages: Vec<NewMessage>,
    /// Whether the question is stored already, and only who answers it is news.
    pub(crate) is_asked_again: bool,
    /// Bytes of all that, of the page's tools, and of what it tells beside them: a pause keeps that, too.
    pub(crate) bytes: u32,
}

impl<'a> Plan<'a> {
    /// Plans a chat; `listed` is what of the page's list is stored, in the order of ids, and `notices`
    /// what the token's pages show of answers that failed.
    pub(crate) fn new(
        request: &'a ChatRequest,
        session: &'a Session,
        list: List<'a>,
        stored: &'a StoredSession,
        listed: Vec<ListedMessage>,
        notices: Notices,
    ) -> Self {
        let list = list.of_its_visitor(&listed, &notices);
        let is_replay = list.is_replay(&listed, &notices);
        Self { request, session, list, stored, listed, notices, is_replay }
    }

    pub(crate) fn session(&self) -> &'a Session {
        self.session
    }

    /// The id of the message that is to be answered.
    pub(crate) fn question(&self) -> &str {
        &self.list.question
    }

    /// The same, if a stored answer is given again.
    pub(crate) fn answered_question(&self) -> Option<&str> {
        self.is_replay.then_some(self.question())
    }

    /// Refuses to give the stored answer to `asked`, if the page asks something else under its id.
    pub(crate) fn hold_to_what_was_asked(&self, asked: &StoredMessage) -> Result<(), Refused> {
        self.list.hold_to_what_was_asked(asked)
    }

    /// What a list of conversations shows of the first message.
    pub(crate) fn headline(&self) -> String {
        self.list.headline()
    }

    /// The page's tools as JSON and their fingerprint, if it sent them.
    pub(crate) fn tools_to_store(&self) -> Option<(&str, Option<&str>)> {
        let tools = &self.request.tools;
        tools.to_store().map(|list| (list, tools.fingerprint.as_deref()))
    }

    pub(crate) fn means_stored_tools(&self) -> bool {
        self.request.tools.means_stored()
    }

    /// The stored messages that are heard, and whether by name alone of what is attached.
    pub(crate) fn heard(&self) -> impl Iterator<Item = (&str, bool)> {
        let is_heard = |one: &&ListedMessage| one.is_heard && one.known.is_some();
        self.listed.iter().filter(is_heard).map(|one| (one.id.as_str(), !one.has_media))
    }

    pub(crate) fn kind(&self, token: &ClientToken) -> TargetKind {
        token.settings.targets.kind_of(&self.session.target)
    }

    /// What the limiter is asked. An answer that is given again counts as a request, but not in its
    /// session: nothing runs.
    pub(crate) fn ask(&self, limits: &Limits, is_replay: bool, now: Timestamp) -> Ask {
        let ends_at = self.session.expires_at(self.stored.last_chat_at, limits.idle_minutes);
        let left = ends_at.millis() - now.millis();
        let Session { conversation, started_at, .. } = self.session;
        let session = SessionAsk {
            key: format!("{conversation} {}", started_at.millis()),
            cap: limits.per_session,
            seen: self.stored.chat_count,
            idle_minutes: limits.idle_minutes.unwrap_or(LimitKind::IDLE_MINUTES.max),
            left_millis: u32::try_from(left).unwrap_or_default(),
        };
        Ask { session: (!is_replay).then_some(session), ..Ask::request(limits) }
    }

    /// What is stored before the upstream is asked. The answer has the page's own id for it, unless
    /// that is taken, and else `fresh_id`.
    pub(crate) fn words(&self, execution_id: String, fresh_id: String) -> Result<Words, Refused> {
        let StoredSession { has_tools, tools_fingerprint, .. } = self.stored;
        self.request.tools.hold_to_known(has_tools.then_some(tools_fingerprint.as_deref()))?;
        self.list.hold_to_a_question(&self.listed)?;
        let wanted = self.request.assistant_message_id.as_deref();
        let free = self.list.free_answer_id(&self.listed, wanted);
        let answer_id = free.map_or(fresh_id, str::to_owned);
        let messages = self.list.new_messages(&self.listed, &execution_id, &answer_id)?;
        let bytes = messages.iter().map(NewMessage::bytes).sum();
        let StoredSession { message_count, byte_count, .. } = *self.stored;
        if !has_room(message_count, byte_count, messages.len(), bytes) {
            return Err(Refused::ConversationFull);
        }
        let is_asked_again = !messages.iter().any(|message| message.id == self.list.question);
        let tools = self.request.tools.to_store().map_or(0, str::len);
        let beside = tools + self.request.page.bytes();
        let bytes = u32::try_from(bytes + beside).ok();
        let bytes = bytes.filter(|bytes| *bytes <= Ask::MOST_BYTES_PER_MINUTE);
        let bytes = bytes.ok_or(Refused::TooMuchNew)?;
        Ok(Words { execution_id, answer_id, messages, is_asked_again, bytes })
    }

    /// The execution that answers, and what its upstream is told. Refused with
    /// [`Refused::ToolsUnknown`] if others have replaced the stored tools meanwhile.
    pub(crate) fn execution(
        mut self,
        token: &ClientToken,
        execution_id: String,
        answer_id: String,
        read: Read,
    ) -> Result<(Execution, Input), Refused> {
        let kind = self.kind(token);
        let (list, fingerprint) = read.tools.unzip();
        let stored = ToolsStored {
            list: list.as_deref(),
            fingerprint: fingerprint.as_ref().and_then(|fingerprint| fingerprint.as_deref()),
        };
        let tools = self.request.tools.resolve(stored)?;
        for StoredContent { id, content } in read.contents {
            if let Some(known) = find_mut(&mut self.listed, &id) {
                known.content = Some(content);
            }
        }
        let page = &self.request.page;
        let beside = page.bytes() + tools.json().get().len();
        let thread = Thread::build(&self.list, &self.listed, &self.notices, beside);
        let before = PausedState {
            page: page.with(thread.page_messages, self.session.grant.as_deref()),
            thread: thread.places,
            legs: 1,
            ..PausedState::default()
        };
        let execution = Execution {
            id: execution_id,
            session: self.session.clone(),
            kind,
            question: self.list.question,
            answer: answer_id,
            before,
            is_resumed: false,
            notices: self.notices,
        };
        Ok((execution, Input { messages: thread.messages, tools, outputs: None }))
    }
}

/// Why the database refused to count a chat that the limiter admitted: the session is full, since a
/// visitor at two addresses has two limiters.
pub(crate) fn session_is_full(ask: &Ask) -> Option<Refused> {
    ask.session.as_ref().and_then(SessionAsk::full).map(Refused::Limited)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chat::{refused::Refused, testing},
        domain::{
            conversation::{MAX_BYTES, MAX_MESSAGES},
            message::{KnownMessage, Role, Status},
        },
    };

    const FRESH: &str = "msg_fresh";

    fn request(answer_id: Option<&str>) -> ChatRequest {
        ChatRequest {
            session: String::new(),
            messages: testing::entries(
                r#"[{"id":"u1","role":"user","content":"One"},{"id":"u2","role":"user","content":"Two"}]"#,
            ),
            assistant_message_id: answer_id.map(str::to_owned),
            page: crate::chat::page::PageContext::default(),
            tools: crate::chat::tool::ToolsSent::default(),
        }
    }

    fn is_stored(id: &str, role: Role, reply_to: Option<&str>) -> ListedMessage {
        let known = KnownMessage {
            role,
            status: Status::Complete,
            reply_to: reply_to.map(str::to_owned),
            answer_id: None,
            shows: Vec::new(),
            content: None,
        };
        let id = id.to_owned();
        ListedMessage { place: 0, id, known: Some(known), is_heard: true, has_media: true }
    }

    /// What becomes of a chat whose page wants this id for the answer.
    fn planned<T>(
        answer_id: Option<&str>,
        stored: &StoredSession,
        listed: &[ListedMessage],
        then: impl FnOnce(Plan<'_>) -> T,
    ) -> T {
        let request = request(answer_id);
        let session = testing::session("flow_a");
        let keyring = crate::domain::keyring::ring('a');
        let list = List::new(&request.messages, answer_id, &session, &keyring);
        then(Plan::new(&request, &session, list, stored, listed.to_vec(), Notices::default()))
    }

    fn words(
        answer_id: Option<&str>,
        stored: &StoredSession,
        listed: &[ListedMessage],
    ) -> Result<Words, Refused> {
        planned(answer_id, stored, listed, |plan| plan.words("exec_1".into(), FRESH.into()))
    }

    #[test]
    fn what_is_not_stored_yet_is_stored_with_the_question_last() {
        let words = words(Some("a1"), &StoredSession::default(), &[]).unwrap();
        let ids: Vec<_> = words.messages.iter().map(|message| message.id.as_str()).collect();
        assert_eq!(ids, ["u1", "u2"]);
        assert_eq!(words.messages[1].answer_id.as_deref(), Some("a1"));
        assert_eq!((words.answer_id.as_str(), words.is_asked_again), ("a1", false));
    }

    #[test]
    fn a_question_that_is_stored_is_asked_again() {
        let listed = [is_stored("u1", Role::User, None), is_stored("u2", Role::User, None)];
        let words = words(None, &StoredSession::default(), &listed).unwrap();
        assert_eq!((words.messages.len(), words.is_asked_again), (0, true));
    }

    #[test]
    fn an_id_that_is_taken_gives_way_to_a_fresh_one() {
        let listed = [is_stored("a1", Role::Assistant, Some("u1"))];
        for wanted in [Some("a1"), Some("u1"), None] {
            let words = words(wanted, &StoredSession::default(), &listed).unwrap();
            assert_eq!(words.answer_id, FRESH, "{wanted:?}");
        }
    }

    #[test]
    fn a_full_conversation_takes_no_more_words() {
        let full = Err(Refused::ConversationFull);
        let messages = |message_count| StoredSession { message_count, ..StoredSession::default() };
        assert!(words(None, &messages(MAX_MESSAGES - 3), &[]).is_ok());
        assert_eq!(words(None, &messages(MAX_MESSAGES - 2), &[]), full);
        let bytes = StoredSession { byte_count: MAX_BYTES, ..StoredSession::default() };
        assert_eq!(words(None, &bytes, &[]), full);
    }

    #[test]
    fn a_replay_counts_as_a_request_but_not_in_its_session() {
        let limits = testing::token(&["flow_a"]).settings.limits;
        let stored = StoredSession { chat_count: 3, ..StoredSession::default() };
        let ask = |is_replay| {
            planned(None, &stored, &[], |plan| plan.ask(&limits, is_replay, testing::now()))
        };
        assert_eq!(ask(true), Ask::request(&limits));
        let session = ask(false).session.unwrap();
        assert_eq!((session.seen, session.cap), (3, limits.per_session));
        assert_eq!(session.left_millis, limits.idle_minutes.unwrap() * 60_000);
    }

    #[test]
    fn a_session_that_the_database_finds_full_is_a_limit() {
        let ask = |cap| {
            let session =
                SessionAsk { key: String::new(), cap, seen: 0, idle_minutes: 1, left_millis: 1 };
            Ask { session: Some(session), ..Ask::default() }
        };
        assert!(matches!(session_is_full(&ask(Some(2))), Some(Refused::Limited(_))));
        assert_eq!(session_is_full(&ask(None)), None);
        assert_eq!(session_is_full(&Ask::default()), None);
    }
}
