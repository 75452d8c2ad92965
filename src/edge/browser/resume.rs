//! The handler of resume: the pause is found in one trip, the limiter asked, and the page's
//! results put to it; whoever has the claim then goes on.

use crate::{
    api::{
        browser::{
            refused::Refused,
            resume::{Next, PausedState, ResumeRequest, too_many_legs},
            thread::recall,
        },
        stream::turn::{Kind, Turn},
    },
    domain::{
        limiter::{Ask, Purpose},
        message::HeardMessage,
        session::Session,
        target::Target,
    },
    edge::{
        answer::Said,
        browser::{Visit, run::Run},
        failure::Failure,
        log,
    },
    store::{
        client_tokens::{OwnedToken, of_credential},
        executions::{self, Waiting},
        sessions::{self, StoredTools},
        statement::Statement,
        targets::resolve,
    },
};

/// How often results are put to a pause that others change meanwhile.
const ATTEMPTS: u32 = 5;

pub(super) async fn resume(visit: &Visit<'_>) -> Result<Said, Failure> {
    let request = ResumeRequest::parse(&visit.body().await?)?;
    let session = visit.session(&request.session)?;
    let resumption = Resumption { visit, request: &request, session: &session };
    let found = resumption.find().await?;
    let (token, _) = visit.admit_session(&session, found.owned, &found.session)?;
    let upstream = visit.upstream(&session.target, found.target.as_ref())?;
    let waiting = found.waiting.ok_or(Refused::NoSuchExecution)?;
    let stored = found.tools.as_ref();
    let (tools, new_tools) = request.tools.or_stored(
        stored.map(|tools| tools.list.as_str()),
        stored.and_then(|tools| tools.fingerprint.as_deref()),
    )?;
    // What can't be stored is refused before it counts.
    resumption.answered(&waiting)?.0.to_stored()?;

    let ask = Ask { session: None, ..Ask::init(&token.settings.limits) };
    let headers = visit.limit(&token, Purpose::Chat, &ask).await?;
    let (paused, state, next) = resumption.put(waiting, new_tools.as_deref()).await?;
    let kind = Kind::of(&session.target, &token.settings.targets);
    match next {
        Next::GoOn => {}
        Next::Wait(missing) => {
            return Ok(Said::Frames(Turn::ask_again(kind, &paused.id, 1, &missing), headers));
        }
        Next::TooManyLegs => return Ok(Said::Frames(too_many_legs(kind, &paused.id), headers)),
    }
    let execution_id = paused.id.clone();
    let run = Run {
        visit,
        session: session.clone(),
        kind,
        execution_id: paused.id,
        question: paused.reply_to,
        answer: paused.assistant_message_id,
        messages: recall(&state.thread, &found.heard),
        tools,
        before: state,
        outputs: Some(request.outputs.clone()),
        headers,
    };
    let said = run.start(&upstream).await;
    if said.is_err() {
        resumption.release(&execution_id).await;
    }
    said
}

/// What a resumption asks for.
struct Resumption<'a> {
    visit: &'a Visit<'a>,
    request: &'a ResumeRequest,
    session: &'a Session,
}

/// What the first trip found.
struct Found {
    owned: Option<OwnedToken>,
    target: Option<Target>,
    session: sessions::Thread,
    tools: Option<StoredTools>,
    waiting: Option<Waiting>,
    heard: Vec<HeardMessage>,
}

impl Resumption<'_> {
    async fn find(&self) -> Result<Found, Failure> {
        let Session { token, conversation, target, .. } = self.session;
        let id = &self.request.execution;
        let batch = (
            of_credential(*token),
            (
                resolve(*token, Some(target)),
                (
                    (sessions::thread(self.session), sessions::tools(*conversation)),
                    (
                        executions::find(*conversation, id, self.visit.exchange.now),
                        executions::heard(*conversation, id),
                    ),
                ),
            ),
        );
        let (owned, (targets, ((sessions, tools), (waiting, heard)))) =
            self.visit.exchange.db()?.fetch(batch).await?;
        Ok(Found {
            owned: owned.into_iter().next(),
            target: targets.into_iter().next(),
            session: sessions.into_iter().next().unwrap_or_default(),
            tools: tools.into_iter().next(),
            waiting: waiting.into_iter().next(),
            heard,
        })
    }

    /// The pause with the page's results, and what comes next.
    fn answered(&self, waiting: &Waiting) -> Result<(PausedState, Next), Failure> {
        let mut state = PausedState::from_stored(&waiting.paused.state)
            .ok_or_else(|| Failure::Broken("a paused execution can't be read".to_owned()))?;
        let next = state.answer(&self.request.outputs);
        Ok((state, next))
    }

    /// Stores the page's results, and claims the pause if nothing is missing any more. Where
    /// somebody was quicker, the pause is looked at again.
    async fn put(
        &self,
        mut waiting: Waiting,
        new_tools: Option<&str>,
    ) -> Result<(executions::Paused, PausedState, Next), Failure> {
        let (db, now) = (self.visit.exchange.db()?, self.visit.exchange.now);
        let conversation = self.session.conversation;
        for _ in 0..ATTEMPTS {
            let (state, next) = self.answered(&waiting)?;
            let stored = state.to_stored()?;
            let mut statements = vec![match next {
                Next::GoOn => executions::claim(conversation, &waiting, &stored, now),
                Next::Wait(_) => executions::answer(conversation, &waiting, &stored, now),
                Next::TooManyLegs => executions::end(conversation, &waiting.paused.id),
            }];
            statements.extend(new_tools.map(|tools| {
                let fingerprint = self.request.tools.fingerprint.as_deref();
                sessions::replace_tools(self.session, (tools, fingerprint))
            }));
            match db.execute(&statements).await {
                Ok(rows) if rows.first() == Some(&1) => return Ok((waiting.paused, state, next)),
                Ok(_) => {}
                Err(fault) => {
                    self.give_back(executions::unclaim(conversation, &waiting, now)).await;
                    return Err(fault.into());
                }
            }
            let again = executions::find(conversation, &self.request.execution, now);
            waiting = db.fetch(again).await?.into_iter().next().ok_or(Refused::NoSuchExecution)?;
        }
        Err(Refused::NoSuchExecution.into())
    }

    /// Lets the execution wait again, with all that was answered: the upstream failed before its
    /// first word.
    async fn release(&self, id: &str) {
        self.give_back(executions::release(self.session.conversation, id)).await;
    }

    /// Where the database doesn't take this either, the claim is void by itself some time.
    async fn give_back(&self, statement: Statement) {
        let statement = [statement];
        for _ in 0..2 {
            let written = async { self.visit.exchange.db()?.execute(&statement).await };
            match written.await {
                Ok(_) => return,
                Err(fault) => log::background(&format!(
                    "{}: a claim not given back: {fault}",
                    self.request.execution
                )),
            }
        }
    }
}
