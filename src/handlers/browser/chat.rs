//! The handler of chat: proof, one trip that reads, the limiter, one trip that makes the visitor's
//! words durable, and then the upstream's stream.

use std::time::Duration;

use crate::{
    api::rate_limit,
    chat::{
        message::Content,
        plan::{Plan, Read, Words, session_is_full},
        refused::Refused,
        request::ChatRequest,
        stream::{notice::Notices, turn::Turn},
        transcript::list::List,
    },
    domain::{
        client_token::ClientToken, conversation::StoredSession, limiter::Ask,
        message::ListedMessage, origin::RequestOrigin, session::Session, target::Target,
    },
    handlers::{
        browser::{admission, limits, run::Run},
        context::Context,
        failure::Failure,
        said::Said,
    },
    platform::Boxed,
    store::{
        client_tokens::{OwnedToken, of_credential},
        db_error::DbError,
        messages::{self, Wanted},
        sessions::{self, NewConversation},
        statement::Statement,
        targets,
    },
};

/// How long after a failed write of the visitor's words it is tried once more.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn chat(cx: &Context) -> Result<Said, Failure> {
    // What the page sent may be large: all of it is dropped before the upstream is asked.
    match boxed(prepare(cx)).await? {
        Prepared::Answered(said) => Ok(said),
        Prepared::ToRun(run) => run.start().await,
    }
}

/// A chat whose visitor's words are stored.
enum Prepared<'a> {
    /// It was answered before.
    Answered(Said),
    /// Its upstream is to be asked.
    ToRun(Box<Run<'a>>),
}

async fn prepare(cx: &Context) -> Result<Prepared<'_>, Failure> {
    let received = boxed(admission::chat_body(cx)).await?;
    let request = ChatRequest::parse(&received.body)?;
    let session = &admission::session(cx, &request.session).await?;
    let answer_id = request.assistant_message_id.as_deref();
    let list = List::new(&request.messages, answer_id, session, cx.keyring()?);
    let found = boxed(find(cx, session, &list)).await?;
    let (token, origin) = admission::admit_to(cx, session, found.owned, &found.session)?;
    let upstream = admission::upstream(cx, &session.target, found.target.as_ref())?;
    let notices = Notices::of(&token.settings.config);
    let plan = Plan::new(&request, session, list, &found.session, found.listed, notices);
    if let Some(said) = boxed(replay(cx, &plan, &token)).await? {
        return Ok(Prepared::Answered(said));
    }
    let mut ask = plan.ask(&token.settings.limits, false, cx.now);
    let words = plan.words(cx.execution_id()?, cx.message_id()?);
    let words = match words.and_then(|words| hold_to_room(cx, &token, words)) {
        Ok(words) => words,
        Err(refused) => {
            return Err(limits::refuse(cx, &token, session.grant.as_deref(), &ask, refused).await);
        }
    };
    ask.bytes = words.bytes;
    let verdict = limits::use_token(cx, &token, session.grant.as_deref(), &ask).await?;
    let (execution_id, answer_id) = (words.execution_id.clone(), words.answer_id.clone());
    let new_messages = words.messages.len();
    let bytes = words.bytes;
    let statements = statements(cx, &plan, words, &token, &origin);
    let read = boxed(store(cx, &plan, statements, &ask)).await?;
    cx.set_stored(new_messages, bytes);
    let (execution, input) = plan.execution(&token, execution_id, answer_id, read)?;
    Ok(Prepared::ToRun(Box::new(Run { cx, execution, input, upstream, verdict })))
}

/// The same on the heap: inlined into one function, they would all be compiled with the first chat.
fn boxed<'a, T>(future: impl Future<Output = T> + 'a) -> Boxed<'a, T> {
    Box::pin(future)
}

/// New words are held to what the token's conversations may hold together.
fn hold_to_room(cx: &Context, token: &ClientToken, words: Words) -> Result<Words, Refused> {
    if !words.messages.is_empty() {
        limits::hold_to_room(cx, token)?;
    }
    Ok(words)
}

/// Gives a stored answer again, if the question has been answered.
async fn replay(
    cx: &Context,
    plan: &Plan<'_>,
    token: &ClientToken,
) -> Result<Option<Said>, Failure> {
    let Some(question) = plan.answered_question() else { return Ok(None) };
    let (session, now) = (plan.session(), cx.now);
    let ask = plan.ask(&token.settings.limits, true, now);
    limits::look(cx, token, session.grant.as_deref(), &ask).await?;
    let both = (
        messages::answer_to(session.conversation, question),
        messages::asked(session.conversation, question),
    );
    let (answer, asked) = cx.db.fetch(both).await?;
    if let Some(asked) = asked {
        plan.hold_to_what_was_asked(&asked)?;
    }
    // It was there a moment ago.
    let answer = answer.ok_or(Refused::ConversationDeleted)?;
    let unreadable = || Failure::Broken("a stored message can't be read".to_owned());
    let answer = Content::from_stored(&answer.content).ok_or_else(unreadable)?;
    let verdict = limits::use_token(cx, token, session.grant.as_deref(), &ask).await?;
    let frames = Turn::replay(plan.kind(token), &cx.execution_id()?, &answer.text(), now);
    Ok(Some(Said::Frames(frames, rate_limit::headers(&verdict))))
}

/// What the first trip found.
struct ChatRows {
    owned: Option<OwnedToken>,
    target: Option<Target>,
    session: StoredSession,
    /// What of the list is stored or to be heard, in the order of ids.
    listed: Vec<ListedMessage>,
}

async fn find(cx: &Context, session: &Session, list: &List<'_>) -> Result<ChatRows, Failure> {
    let wanted: Vec<_> = list.wanted().map(|(id, size)| Wanted { id, size }).collect();
    let shown = list.shown();
    let listed = messages::listed(session.conversation, &wanted, &list.question, &shown);
    let batch = (
        of_credential(session.token),
        targets::of_token(session.token, &session.target),
        sessions::thread(session),
        listed,
    );
    let (owned, target, stored, mut listed) = cx.db.fetch(batch).await?;
    listed.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    Ok(ChatRows { owned, target, session: stored.unwrap_or_default(), listed })
}

/// What counts the chat and makes the visitor's words durable. All of it can be written twice.
fn statements(
    cx: &Context,
    plan: &Plan<'_>,
    words: Words,
    token: &ClientToken,
    origin: &RequestOrigin,
) -> Vec<Statement> {
    let (now, session, question) = (cx.now, plan.session(), plan.question());
    let (id, cap) = (session.conversation, token.settings.limits.per_session);
    let origin = origin.as_text();
    let conversation = NewConversation {
        id,
        token: session.token,
        target: &session.target,
        origin: origin.as_deref(),
        user: session.user_id(),
        first_text: &plan.headline(),
    };
    let chat = sessions::Chat { question, execution: &words.execution_id };
    let mut statements = vec![
        sessions::open_conversation(&conversation, now),
        sessions::count_chat(session, chat, cap, plan.tools_to_store(), now),
    ];
    statements.extend(words.messages.into_iter().map(|message| messages::insert(id, message, now)));
    if words.is_asked_again {
        let (execution, answer) = (&words.execution_id, &words.answer_id);
        statements.push(messages::expect_answer(id, question, execution, answer));
    }
    statements
}

/// Runs them, and reads in the same trip what the answer needs. The session's cap and the
/// conversation's bounds are held here once more: a visitor at two addresses has two limiters. What
/// fails in passing is tried once more.
async fn store(
    cx: &Context,
    plan: &Plan<'_>,
    statements: Vec<Statement>,
    ask: &Ask,
) -> Result<Read, Failure> {
    let (db, session) = (&cx.db, plan.session());
    let tools = plan.means_stored_tools().then(|| sessions::own_tools(session));
    let batch = (statements, messages::contents(session.conversation, plan.heard()), tools);
    let mut written = db.fetch(&batch).await;
    if let Err(fault) = written.as_ref()
        && !fault.is_final()
    {
        cx.runtime.log(&format!("the visitor's words, tried once more: {fault}"));
        cx.runtime.platform.sleep(PAUSE).await;
        written = db.fetch(&batch).await;
    }
    match written {
        Ok(((), contents, tools)) => {
            let tools = tools.flatten().map(|tools| (tools.list, tools.fingerprint));
            Ok(Read { contents, tools })
        }
        Err(DbError::Full(_)) => Err(Refused::ConversationFull.into()),
        Err(DbError::Deleted(_)) => Err(Refused::ConversationDeleted.into()),
        Err(fault @ DbError::Check(_)) => {
            Err(session_is_full(ask).map_or_else(|| fault.into(), Failure::from))
        }
        Err(fault) => Err(fault.into()),
    }
}
