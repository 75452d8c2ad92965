//! The handler of resume: the pause is found in one trip, the limiter asked, and the page's
//! results put to it; whoever has the claim then goes on.

use crate::{
    api::rate_limit,
    chat::{
        execution::{Execution, Input},
        pause::{Continuation, PausedState},
        refused::Refused,
        request::ResumeRequest,
        stream::notice::Notices,
        tool::{ClientTool, ToolsStored},
        transcript::place::recall,
    },
    domain::{
        conversation::StoredSession,
        limiter::{Ask, Counted},
        message::HeardMessage,
        session::Session,
        target::{Target, TargetKind},
    },
    edge::{
        browser::{run::Run, visit::Visit},
        failure::Failure,
        log,
        said::Said,
    },
    store::{
        client_tokens::{OwnedToken, of_credential},
        executions::{self, Waiting},
        sessions::{self, StoredTools},
        statement::Statement,
        targets,
    },
};

/// How often results are put to a pause that others change meanwhile.
const ATTEMPTS: u32 = 5;

pub(super) async fn resume(visit: Visit<'_>) -> Result<Said, Failure> {
    let visit = &visit;
    let request = ResumeRequest::parse(&visit.body().await?)?;
    let session = &visit.session(&request.session).await?;
    let resumption = Resumption { visit, request: &request, session };
    let found = resumption.find().await?;
    let (token, _) = visit.admit_session(session, found.owned, &found.session)?;
    let upstream = visit.upstream(&session.target, found.target.as_ref())?;
    let waiting = found.waiting.ok_or(Refused::NoSuchExecution)?;
    let tools = request.tools.resolve_after_pause(stored(found.tools.as_ref()))?;
    // What can't be stored is refused before it counts.
    resumption.answered(&waiting)?.0.to_stored()?;
    let ask = Ask::request(&token.settings.limits);
    let verdict = visit.limit(&token, session.grant.as_deref(), Counted::Chat, &ask).await?;
    let claim = resumption.put(waiting, tools.to_store.as_deref()).await?;
    let kind = token.settings.targets.kind_of(&session.target);
    let notices = Notices::of(&token.settings.config);
    if let Some(frames) = claim.next.frames(kind, &claim.paused.id, &notices) {
        return Ok(Said::Frames(frames, rate_limit::headers(&verdict)));
    }
    let input = resumption.input(&claim, &found.heard, tools.list);
    let execution = resumption.execution(claim, kind, notices);
    resumption.run(Run { visit, execution, input, upstream, verdict }).await
}

fn stored(tools: Option<&StoredTools>) -> ToolsStored<'_> {
    ToolsStored {
        list: tools.map(|tools| tools.list.as_str()),
        fingerprint: tools.and_then(|tools| tools.fingerprint.as_deref()),
    }
}

/// What a resumption asks for.
struct Resumption<'a> {
    visit: &'a Visit<'a>,
    request: &'a ResumeRequest,
    session: &'a Session,
}

/// What the first trip found.
struct ResumeRows {
    owned: Option<OwnedToken>,
    target: Option<Target>,
    session: StoredSession,
    tools: Option<StoredTools>,
    waiting: Option<Waiting>,
    heard: Vec<HeardMessage>,
}

/// A pause with the page's results, and what comes next.
struct Claim {
    paused: executions::Paused,
    state: PausedState,
    next: Continuation,
}

impl Resumption<'_> {
    async fn find(&self) -> Result<ResumeRows, Failure> {
        let Session { token, conversation, target, .. } = self.session;
        let id = &self.request.execution;
        let batch = (
            of_credential(*token),
            (
                targets::of_token(*token, target),
                (
                    (sessions::thread(self.session), sessions::tools(*conversation)),
                    (
                        executions::find(*conversation, id, self.visit.now()),
                        executions::heard(*conversation, id),
                    ),
                ),
            ),
        );
        let (owned, (targets, ((sessions, tools), (waiting, heard)))) =
            self.visit.db()?.fetch(batch).await?;
        Ok(ResumeRows {
            owned: owned.into_iter().next(),
            target: targets.into_iter().next(),
            session: sessions.into_iter().next().unwrap_or_default(),
            tools: tools.into_iter().next(),
            waiting: waiting.into_iter().next(),
            heard,
        })
    }

    /// The pause with the page's results, and what comes next.
    fn answered(&self, waiting: &Waiting) -> Result<(PausedState, Continuation), Failure> {
        let unreadable = || Failure::Broken("a paused execution can't be read".to_owned());
        let mut state = PausedState::from_stored(&waiting.paused.state).ok_or_else(unreadable)?;
        let next = state.answer(&self.request.outputs);
        Ok((state, next))
    }

    /// Stores the page's results, and claims the pause if nothing is missing any more. Where
    /// somebody was quicker, the pause is looked at again.
    async fn put(&self, mut waiting: Waiting, new_tools: Option<&str>) -> Result<Claim, Failure> {
        let (db, now) = (self.visit.db()?, self.visit.now());
        let conversation = self.session.conversation;
        for _ in 0..ATTEMPTS {
            let (state, next) = self.answered(&waiting)?;
            let stored = state.to_stored()?;
            let mut statements = vec![match next {
                Continuation::GoOn => executions::claim(conversation, &waiting, &stored, now),
                Continuation::Wait(_) => executions::answer(conversation, &waiting, &stored, now),
                Continuation::TooManyLegs => executions::end(conversation, &waiting.paused.id),
            }];
            statements.extend(new_tools.map(|tools| {
                let fingerprint = self.request.tools.fingerprint.as_deref();
                sessions::replace_tools(self.session, (tools, fingerprint))
            }));
            match db.execute(&statements).await {
                Ok(rows) if rows.first() == Some(&1) => {
                    return Ok(Claim { paused: waiting.paused, state, next });
                }
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

    /// What its upstream is told.
    fn input(&self, claim: &Claim, heard: &[HeardMessage], tools: Vec<ClientTool>) -> Input {
        let messages = recall(&claim.state.thread, heard);
        Input { messages, tools, outputs: Some(self.request.outputs.clone()) }
    }

    /// The execution that goes on.
    fn execution(&self, claim: Claim, kind: TargetKind, notices: Notices) -> Execution {
        let Claim { paused, state, .. } = claim;
        Execution {
            id: paused.id,
            session: self.session.clone(),
            kind,
            question: paused.reply_to,
            answer: paused.assistant_message_id,
            before: state,
            is_resumed: true,
            notices,
        }
    }

    /// Runs it. When the upstream fails before its first word, the execution waits again with all
    /// that was answered.
    async fn run(&self, run: Run<'_>) -> Result<Said, Failure> {
        let waits_again = executions::release(self.session.conversation, &run.execution.id);
        let said = run.start().await;
        if said.is_err() {
            self.give_back(waits_again).await;
        }
        said
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
