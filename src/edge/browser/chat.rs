//! The handler of chat: proof, one trip that reads, the limiter, one trip that makes the visitor's
//! words durable, and then the upstream's stream.

use std::time::Duration;

use worker::Delay;

use crate::{
    api::{
        browser::{
            chat::ChatRequest, list::List, refused::Refused, resume::PausedState, thread::Thread,
        },
        error::Error,
        stream::turn::Kind,
        upstream::message::Content,
    },
    domain::{
        client_token::ClientToken,
        conversation,
        limiter::{Ask, Purpose, SessionAsk},
        limits::LimitKind,
        message::{ListedMessage, NewMessage, StoredMessage},
        session::Session,
        target::Target,
    },
    edge::{
        answer::Said,
        browser::{LimitHeaders, Visit, run::Run},
        failure::Failure,
        log,
    },
    store::{
        client_tokens::{OwnedToken, of_credential},
        messages::{self, Wanted},
        sessions::{self, NewConversation},
        statement::Statement,
        targets::resolve,
    },
};

/// How long after a failed write of the visitor's words it is tried once more.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn chat(visit: &Visit<'_>) -> Result<Said, Failure> {
    let request = ChatRequest::parse(&visit.chat_body().await?)?;
    let session = visit.session(&request.session)?;
    let wanted = request.assistant_message_id.as_deref();
    let list = List::new(&request.messages, wanted, &session, &visit.keyring);
    let chat = Chat { visit, request: &request, session: &session, list: &list };
    let found = chat.find().await?;
    let (token, origin) = visit.admit_session(&session, found.owned.clone(), &found.session)?;
    let upstream = visit.upstream(&session.target, found.target.as_ref())?;
    let stored = &found.session;
    let (tools, new_tools) =
        request.tools.resolve(stored.tools.as_deref(), stored.tools_fingerprint.as_deref())?;

    list.hold_to_a_question(&found.listed)?;
    let thread = Thread::weave(&list, &found.listed);
    let replayed = if thread.is_replay { chat.stored_answer().await? } else { None };
    let execution_id = visit.execution_id()?;
    let answer = chat.answer_id(&found)?;
    let words = Words {
        new: if replayed.is_some() {
            Vec::new()
        } else {
            chat.new_messages(&found, &execution_id, &answer)?
        },
        answer: &answer,
        execution: &execution_id,
        origin: origin.as_text(),
        tools: new_tools.as_deref(),
    };
    let ask = chat.ask(&token, stored, replayed.is_some());
    let headers = visit.limit(&token, Purpose::Chat, &ask).await?;
    visit.record_use(&token);
    if let Some(answer) = replayed {
        return chat.replay(&token, &answer, headers);
    }
    chat.store(&chat.statements(&token, &words), &ask).await?;
    let run = Run {
        visit,
        session: session.clone(),
        kind: Kind::of(&session.target, &token.settings.targets),
        execution_id,
        question: list.question.clone(),
        answer,
        messages: thread.messages,
        tools,
        before: PausedState {
            page: request.page.with_messages(thread.page_messages),
            thread: thread.places,
            legs: 1,
            ..PausedState::default()
        },
        outputs: None,
        headers,
    };
    run.start(&upstream).await
}

/// What a chat asks for.
struct Chat<'a> {
    visit: &'a Visit<'a>,
    request: &'a ChatRequest,
    session: &'a Session,
    list: &'a List<'a>,
}

/// What the first trip found.
struct Found {
    owned: Option<OwnedToken>,
    target: Option<Target>,
    session: sessions::Thread,
    /// What of the list is stored or to be heard, in the order of ids.
    listed: Vec<ListedMessage>,
}

/// What is stored before the upstream is asked.
struct Words<'a> {
    new: Vec<NewMessage>,
    answer: &'a str,
    execution: &'a str,
    origin: Option<String>,
    tools: Option<&'a str>,
}

impl Chat<'_> {
    async fn find(&self) -> Result<Found, Failure> {
        let Session { token, conversation, target, .. } = self.session;
        let wanted: Vec<_> = self.list.wanted().map(|(id, size)| Wanted { id, size }).collect();
        let batch = (
            of_credential(*token),
            (
                resolve(*token, Some(target)),
                (
                    sessions::thread(self.session),
                    messages::listed(*conversation, &wanted, &self.list.question),
                ),
            ),
        );
        let (owned, (targets, (sessions, mut listed))) =
            self.visit.exchange.db()?.fetch(batch).await?;
        listed.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        Ok(Found {
            owned: owned.into_iter().next(),
            target: targets.into_iter().next(),
            session: sessions.into_iter().next().unwrap_or_default(),
            listed,
        })
    }

    /// The limiter's question; a replay runs nothing, and so doesn't count in its session.
    fn ask(&self, token: &ClientToken, stored: &sessions::Thread, is_replay: bool) -> Ask {
        let limits = &token.settings.limits;
        let ends_at = self.session.expires_at(stored.last_chat_at, limits.idle_minutes);
        let left = ends_at.millis() - self.visit.exchange.now.millis();
        let Session { conversation, started_at, .. } = self.session;
        let session = SessionAsk {
            key: format!("{conversation} {}", started_at.millis()),
            cap: limits.per_session,
            seen: stored.chat_count,
            idle_minutes: limits.idle_minutes.unwrap_or(LimitKind::IDLE_MINUTES.max),
            left_millis: u32::try_from(left).unwrap_or_default(),
        };
        Ask { session: (!is_replay).then_some(session), ..Ask::init(limits) }
    }

    async fn stored_answer(&self) -> Result<Option<StoredMessage>, Failure> {
        let answer = messages::answer_to(self.session.conversation, &self.list.question);
        Ok(self.visit.exchange.db()?.fetch(answer).await?.into_iter().next())
    }

    fn replay(
        &self,
        token: &ClientToken,
        answer: &StoredMessage,
        headers: LimitHeaders,
    ) -> Result<Said, Failure> {
        let content = Content::from_stored(&answer.content)
            .ok_or_else(|| Failure::Broken("a stored message can't be read".to_owned()))?;
        let kind = Kind::of(&self.session.target, &token.settings.targets);
        self.visit.replay(kind, &content.text(), headers)
    }

    /// The page's own id for the answer, or a new one.
    fn answer_id(&self, found: &Found) -> Result<String, Failure> {
        let wanted = self.request.assistant_message_id.as_deref();
        let free = self.list.free_answer_id(&found.listed, wanted);
        free.map_or_else(|| self.visit.message_id(), |id| Ok(id.to_owned()))
    }

    fn new_messages(
        &self,
        found: &Found,
        execution: &str,
        answer: &str,
    ) -> Result<Vec<NewMessage>, Error> {
        let new = self.list.new_messages(&found.listed, execution, answer)?;
        let bytes = new.iter().map(NewMessage::bytes).sum();
        let sessions::Thread { message_count, byte_count, .. } = found.session;
        if conversation::has_room(message_count, byte_count, new.len(), bytes) {
            Ok(new)
        } else {
            Err(Refused::ConversationFull.into())
        }
    }

    /// What counts the chat and makes the visitor's words durable. All of it can be written
    /// twice.
    fn statements(&self, token: &ClientToken, words: &Words<'_>) -> Vec<Statement> {
        let now = self.visit.exchange.now;
        let id = self.session.conversation;
        let conversation = NewConversation {
            id,
            token: self.session.token,
            target: &self.session.target,
            origin: words.origin.as_deref(),
            first_text: &self.list.headline(),
        };
        let tools = words.tools.map(|t| (t, self.request.tools.fingerprint.as_deref()));
        let cap = token.settings.limits.per_session;
        let question = self.list.question.as_str();
        let chat = sessions::Chat { question, execution: words.execution };
        let mut statements = vec![
            sessions::open_conversation(&conversation, now),
            sessions::count_chat(self.session, chat, cap, tools, now),
        ];
        statements.extend(words.new.iter().map(|message| messages::insert(id, message, now)));
        if !words.new.iter().any(|new| new.id == question) {
            statements.push(messages::expect_answer(id, question, words.execution, words.answer));
        }
        statements
    }

    /// Runs them. The session's cap and the conversation's bounds are held here once more: a
    /// visitor at two addresses has two limiters. What fails in passing is tried once more.
    async fn store(&self, statements: &[Statement], ask: &Ask) -> Result<(), Failure> {
        let db = self.visit.exchange.db()?;
        let mut written = db.execute(statements).await;
        if let Err(fault) = written.as_ref()
            && !fault.is_a_refusal()
        {
            log::background(&format!("the visitor's words, tried once more: {fault}"));
            Delay::from(PAUSE).await;
            written = db.execute(statements).await;
        }
        match written {
            Ok(_) => Ok(()),
            Err(fault) if fault.is_full() => Err(Refused::ConversationFull.into()),
            Err(fault) if fault.broke_a_check() => {
                let full = ask.session.as_ref().and_then(SessionAsk::full);
                Err(full.map_or_else(|| fault.into(), |v| Refused::Limited(v).into()))
            }
            Err(fault) => Err(fault.into()),
        }
    }
}
