//! The handler of chat.
//!
//! It is here to sequence: proof, one trip that reads, the limiter, one trip that makes the
//! visitor's words durable, and then the upstream's stream.

use crate::{
    api::{
        body::BROWSER,
        browser::{
            chat::{ChatRequest, TRANSCRIPT_MAX, upstream_message, upstream_transcript},
            refused::Refused,
            resume::PausedState,
        },
        error::Error,
        stream::turn::Kind,
        upstream::message::{Content, Message, UserMessage},
    },
    domain::{
        client_token::ClientToken,
        limiter::{Ask, Purpose, SessionAsk},
        limits::LimitKind,
        message::{Role, StoredMessage},
        session::Session,
        target::Target,
    },
    edge::{
        answer::Said,
        browser::{LimitHeaders, Visit, run::Run},
        failure::Failure,
    },
    store::{
        client_tokens::{OwnedToken, of_credential},
        messages::{self, Known, NewMessage, Until},
        sessions::{self, NewConversation, Thread},
        statement::{Param, Statement},
        targets::resolve,
    },
};

pub(super) async fn chat(visit: &Visit<'_>) -> Result<Said, Failure> {
    let request = ChatRequest::parse(&visit.chat_body().await?)?;
    let session = visit.session(&request.session)?;
    let (messages, question) = request.identified(&session, &visit.keyring);
    let turn = Turn {
        visit,
        request: &request,
        session: &session,
        messages: &messages,
        question: &question,
    };
    let found = turn.find().await?;
    let (token, origin) = visit.admit_session(&session, found.owned.clone(), &found.thread)?;
    let upstream = visit.upstream(&session.target, found.target.as_ref())?;
    let thread = &found.thread;
    let (tools, new_tools) =
        request.tools.resolve(thread.tools.as_deref(), thread.tools_fingerprint.as_deref())?;

    if found.is_an_answer(&question) {
        return Err(request.not_a_question().into());
    }
    let replayed = if found.is_answered(&question) { turn.stored_answer().await? } else { None };
    let origin = origin.as_text();
    let statements = turn.statements(&found, &token, origin.as_deref(), new_tools.as_deref())?;
    let ask = turn.ask(&token, thread, replayed.is_some());
    let headers = visit.limit(&token, Purpose::Chat, &ask).await?;
    visit.record_use(&token);
    if let Some(answer) = replayed {
        return turn.replay(&token, &answer, headers);
    }
    turn.store(&statements, &ask).await?;
    let run = Run {
        visit,
        session: session.clone(),
        kind: Kind::of(&session.target, &token.settings.targets),
        execution_id: visit.execution_id()?,
        question: question.clone(),
        answer: turn.answer_id(&found)?,
        messages: turn.transcript(&found),
        tools,
        before: PausedState { page: request.page.clone(), ..PausedState::default() },
        outputs: None,
        headers,
    };
    run.start(&upstream).await
}

/// What a chat asks for.
struct Turn<'a> {
    visit: &'a Visit<'a>,
    request: &'a ChatRequest,
    session: &'a Session,
    /// The visitor's messages, each with its id.
    messages: &'a [(String, &'a UserMessage)],
    /// The id of the one to be answered.
    question: &'a str,
}

/// What the first trip found.
struct Found {
    owned: Option<OwnedToken>,
    target: Option<Target>,
    thread: Thread,
    /// The stored transcript, oldest first, cut to its latest.
    transcript: Vec<StoredMessage>,
    /// Which ids of the request are taken, in the order of the ids.
    known: Vec<Known>,
}

impl Found {
    fn known(&self, id: &str) -> Option<&Known> {
        let found = self.known.binary_search_by(|known| known.id.as_str().cmp(id));
        found.ok().and_then(|at| self.known.get(at))
    }

    fn knows(&self, id: &str) -> bool {
        self.known(id).is_some()
    }

    fn is_an_answer(&self, id: &str) -> bool {
        self.known(id).is_some_and(|known| known.role == Role::Assistant)
    }

    /// Whether `id` is a message that stands for something else than an attempt at `question`.
    fn is_taken(&self, id: &str, question: &str) -> bool {
        self.known(id).is_some_and(|known| known.attempt_at.as_deref() != Some(question))
    }

    fn is_answered(&self, id: &str) -> bool {
        self.known(id).is_some_and(|known| known.is_answered)
    }
}

impl Turn<'_> {
    async fn find(&self) -> Result<Found, Failure> {
        let Session { token, conversation, target, .. } = self.session;
        let ids = self.messages.iter().map(|(id, _)| id.as_str());
        let ids: Vec<&str> = ids.chain(self.request.assistant_message_id.as_deref()).collect();
        let batch = (
            of_credential(*token),
            (
                resolve(*token, Some(target)),
                (
                    sessions::thread(self.session),
                    (
                        messages::latest(
                            *conversation,
                            Until::Message(self.question),
                            TRANSCRIPT_MAX,
                        ),
                        messages::known(*conversation, &ids),
                    ),
                ),
            ),
        );
        let (owned, (targets, (threads, (mut transcript, mut known)))) =
            self.visit.exchange.db()?.fetch(batch).await?;
        transcript.reverse();
        known.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        Ok(Found {
            owned: owned.into_iter().next(),
            target: targets.into_iter().next(),
            thread: threads.into_iter().next().unwrap_or_default(),
            transcript,
            known,
        })
    }

    /// The limiter's question; a replay runs nothing, and so doesn't count in its session.
    fn ask(&self, token: &ClientToken, thread: &Thread, is_replay: bool) -> Ask {
        let limits = &token.settings.limits;
        let ends_at = self.session.expires_at(thread.last_chat_at, limits.idle_minutes);
        let left = ends_at.millis() - self.visit.exchange.now.millis();
        let Session { conversation, started_at, .. } = self.session;
        let session = SessionAsk {
            key: format!("{conversation} {}", started_at.millis()),
            cap: limits.per_session,
            seen: thread.chat_count,
            idle_minutes: limits.idle_minutes.unwrap_or(LimitKind::IDLE_MINUTES.max),
            left_millis: u32::try_from(left).unwrap_or_default(),
        };
        Ask { session: (!is_replay).then_some(session), ..Ask::init(limits) }
    }

    async fn stored_answer(&self) -> Result<Option<StoredMessage>, Failure> {
        let answer = messages::answer_to(self.session.conversation, self.question);
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

    /// What makes the visitor's words durable, and counts the chat.
    fn statements(
        &self,
        found: &Found,
        token: &ClientToken,
        origin: Option<&str>,
        new_tools: Option<&str>,
    ) -> Result<[Statement; 3], Error> {
        let now = self.visit.exchange.now;
        let first_text = self.messages.first().map(|(_, m)| m.content.text()).unwrap_or_default();
        let new: Vec<NewMessage> =
            self.messages.iter().filter(|(id, _)| !found.knows(id)).map(new_message).collect();
        let tools = new_tools.map(|t| (t, self.request.tools.fingerprint.as_deref()));
        let conversation = NewConversation {
            id: self.session.conversation,
            token: self.session.token,
            target: &self.session.target,
            origin,
            first_text: &first_text,
        };
        let cap = token.settings.limits.per_session;
        let statements = [
            sessions::open_conversation(&conversation, now),
            messages::insert_new(self.session.conversation, &new, now),
            sessions::count_chat(self.session, cap, tools, now),
        ];
        if statements.iter().any(is_too_large) {
            return Err(Error::BodyTooLarge(BROWSER));
        }
        Ok(statements)
    }

    /// Runs them. The session's cap is held here once more: a visitor at two addresses has two
    /// limiters.
    async fn store(&self, statements: &[Statement], ask: &Ask) -> Result<(), Failure> {
        match self.visit.exchange.db()?.execute(statements).await {
            Ok(_) => Ok(()),
            Err(fault) if fault.broke_a_check() => {
                let full = ask.session.as_ref().and_then(SessionAsk::full);
                Err(full.map_or_else(|| fault.into(), |v| Refused::Limited(v).into()))
            }
            Err(fault) => Err(fault.into()),
        }
    }

    /// The page's own id for the answer, unless a message has it already.
    fn answer_id(&self, found: &Found) -> Result<String, Failure> {
        let is_new = |id: &str| self.messages.iter().any(|(new, _)| new == id);
        let wanted = self.request.assistant_message_id.as_ref();
        let free = wanted.filter(|id| !found.is_taken(id, self.question) && !is_new(id));
        free.map_or_else(|| self.visit.message_id(), |id| Ok(id.clone()))
    }

    /// What is stored by now, ending with the question, and cut to its latest.
    fn transcript(&self, found: &Found) -> Vec<Message> {
        let mut transcript = upstream_transcript(&found.transcript, self.question);
        if !found.knows(self.question) {
            let new = self.messages.iter().filter(|(id, _)| !found.knows(id));
            transcript.extend(new.map(|(id, message)| upstream_message(id, message)));
        }
        let surplus = transcript.len().saturating_sub(TRANSCRIPT_MAX as usize);
        transcript.split_off(surplus)
    }
}

fn new_message((id, message): &(String, &UserMessage)) -> NewMessage {
    NewMessage {
        id: id.clone(),
        content: message.content.to_stored(),
        display_content: message.display_content.clone(),
    }
}

/// D1 takes at most 2 MB in one parameter.
fn is_too_large(statement: &Statement) -> bool {
    let too_large = |param: &Param| matches!(param, Param::Text(text) if text.len() > 1_900_000);
    statement.params.iter().any(too_large)
}
