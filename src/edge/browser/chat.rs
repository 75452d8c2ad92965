//! The handler of chat.
//!
//! It is here to sequence: proof, one trip that reads, the limiter, one trip that makes the
//! visitor's words durable, and then the upstream's stream.

use crate::{
    api::{
        browser::{
            chat::{ChatRequest, TRANSCRIPT_MAX, upstream_message, upstream_transcript},
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
        message::StoredMessage,
        session::Session,
        target::Target,
    },
    edge::{
        answer::Said,
        browser::{LimitHeaders, Visit, run::Run},
        exchange::BROWSER_BODY,
        failure::Failure,
    },
    store::{
        client_tokens::{OwnedToken, of_credential},
        messages::{self, Known, NewMessage},
        sessions::{self, NewConversation, Thread},
        statement::{Param, Statement},
        targets::resolve,
    },
};

pub(super) async fn chat(visit: &Visit<'_>) -> Result<Said, Failure> {
    let request = ChatRequest::parse(&visit.body().await?)?;
    let session = visit.session(&request.session)?;
    let messages = request.identified(&session, &visit.keyring);
    let turn = Turn { visit, request: &request, session: &session, messages: &messages };
    let found = turn.find().await?;
    let (token, origin) = visit.admit_session(&session, found.owned.clone(), &found.thread)?;
    let upstream = visit.upstream(&session.target, found.target.as_ref())?;
    let thread = &found.thread;
    let (tools, new_tools) =
        request.tools.resolve(thread.tools.as_deref(), thread.tools_fingerprint.as_deref())?;

    let question = turn.question()?;
    let replayed = if found.is_answered(question) { turn.stored_answer().await? } else { None };
    let ask = turn.ask(&token, thread, replayed.is_some());
    let headers = visit.limit(&token, Purpose::Chat, &ask).await?;
    visit.record_use(&token);
    if let Some(answer) = replayed {
        return turn.replay(&token, &answer, headers);
    }

    let origin = origin.as_text();
    turn.store(&found, origin.as_deref(), new_tools.as_deref()).await?;
    let run = Run {
        visit,
        session: session.clone(),
        kind: Kind::of(&session.target, &token.settings.targets),
        execution_id: visit.execution_id()?,
        question: question.to_owned(),
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
}

/// What the first trip found.
struct Found {
    owned: Option<OwnedToken>,
    target: Option<Target>,
    thread: Thread,
    /// The stored transcript, oldest first, cut to its latest.
    transcript: Vec<StoredMessage>,
    /// Which ids of the request are taken.
    known: Vec<Known>,
}

impl Found {
    fn knows(&self, id: &str) -> bool {
        self.known.iter().any(|known| known.id == id)
    }

    fn is_answered(&self, id: &str) -> bool {
        self.known.iter().any(|known| known.id == id && known.is_answered)
    }
}

impl Turn<'_> {
    fn question(&self) -> Result<&str, Failure> {
        let last = self.messages.last().map(|(id, _)| id.as_str());
        last.ok_or_else(|| Failure::Broken("a transcript without a last message".to_owned()))
    }

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
                        messages::latest(*conversation, TRANSCRIPT_MAX),
                        messages::known(*conversation, &ids),
                    ),
                ),
            ),
        );
        let (owned, (targets, (threads, (mut transcript, known)))) =
            self.visit.exchange.db()?.fetch(batch).await?;
        transcript.reverse();
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
        let answer = messages::answer_to(self.session.conversation, self.question()?);
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

    /// Makes the visitor's words durable, and counts the chat.
    async fn store(
        &self,
        found: &Found,
        origin: Option<&str>,
        new_tools: Option<&str>,
    ) -> Result<(), Failure> {
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
        let statements = [
            sessions::open_conversation(&conversation, now),
            messages::insert_new(self.session.conversation, &new, now),
            sessions::count_chat(self.session, tools, now),
        ];
        if statements.iter().any(is_too_large) {
            return Err(Error::BodyTooLarge(BROWSER_BODY).into());
        }
        self.visit.exchange.db()?.execute(&statements).await?;
        Ok(())
    }

    /// The page's own id for the answer, unless a message has it already.
    fn answer_id(&self, found: &Found) -> Result<String, Failure> {
        let free =
            self.request.assistant_message_id.as_ref().filter(|id| {
                !found.knows(id) && self.messages.iter().all(|(taken, _)| taken != *id)
            });
        free.map_or_else(|| self.visit.message_id(), |id| Ok(id.clone()))
    }

    /// What is stored by now, ending with the question.
    fn transcript(&self, found: &Found) -> Vec<Message> {
        let question = self.messages.last().map(|(id, _)| id.as_str()).unwrap_or_default();
        let mut transcript = upstream_transcript(&found.transcript, question);
        let new = self.messages.iter().filter(|(id, _)| !found.knows(id));
        transcript.extend(new.map(|(id, message)| upstream_message(id, message)));
        transcript
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
