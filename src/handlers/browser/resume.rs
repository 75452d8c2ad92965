//! The handler of resume: what decides on the pause is found in one trip, the limiter asked, and the
//! page's results put to it in another, which reads what was said; whoever has the claim then goes on.

use crate::{
    api::{body::Allowance, rate_limit},
    chat::{
        execution::{Execution, Input},
        pause::{Continuation, PausedState, Pending},
        refused::Refused,
        request::ResumeRequest,
        stream::notice::Notices,
        tool::{ClientTools, ToolsStored},
        transcript::place::recall,
    },
    domain::{
        conversation::StoredSession,
        limiter::Ask,
        message::HeardMessage,
        session::Session,
        target::{Target, TargetKind},
    },
    handlers::{
        browser::{admission, limits, run::Run},
        context::Context,
        failure::Failure,
        said::Said,
    },
    store::{
        client_tokens::{OwnedToken, of_credential},
        executions::{self, Remembered, Waiting},
        row::Exists,
        sessions::{self, KnownTools, StoredTools},
        statement::Statement,
        targets,
    },
};

/// How often results are put to a pause that others change meanwhile.
const ATTEMPTS: u32 = 5;

pub(super) async fn resume(cx: &Context) -> Result<Said, Failure> {
    let request = ResumeRequest::parse(&cx.body(Allowance::Page).await?)?;
    let session = &admission::session(cx, &request.session).await?;
    let resumption = Resumption { cx, request: &request, session };
    let found = resumption.find().await?;
    let (token, _) = admission::admit_to(cx, session, found.owned, &found.session)?;
    let upstream = admission::upstream(cx, &session.target, found.target.as_ref())?;
    let waiting = found.waiting.ok_or(Refused::NoSuchExecution)?;
    let mut ask = Ask::request(&token.settings.limits);
    let known = found.tools.as_ref().map(|tools| tools.fingerprint.as_deref());
    let pending = pending(&waiting)?;
    // What can't be stored is refused before it counts.
    let answered =
        request.tools.hold_to_known(known).and_then(|()| pending.answer(&request.outputs));
    ask.bytes = match answered {
        Ok((results, _)) => waiting.bytes.saturating_add(resumption.bytes(&results)),
        Err(refused) => {
            return Err(limits::refuse(cx, &token, session.grant.as_deref(), &ask, refused).await);
        }
    };
    let verdict = limits::limit(cx, &token, session.grant.as_deref(), &ask).await?;
    let claim = resumption.put(waiting).await?;
    let kind = token.settings.targets.kind_of(&session.target);
    let notices = Notices::of(&token.settings.config);
    let missing = claim.state.missing();
    if let Some(frames) = claim.next.frames(kind, &claim.paused.id, &missing, &notices) {
        return Ok(Said::Frames(frames, rate_limit::headers(&verdict)));
    }
    let tools = request.tools.resolve_after_pause(stored(claim.tools.as_ref()))?;
    let input = resumption.input(&claim, tools);
    let execution = resumption.execution(claim, kind, notices);
    resumption.run(Run { cx, execution, input, upstream, verdict }).await
}

fn stored(tools: Option<&StoredTools>) -> ToolsStored<'_> {
    ToolsStored {
        list: tools.map(|tools| tools.list.as_str()),
        fingerprint: tools.and_then(|tools| tools.fingerprint.as_deref()),
    }
}

fn pending(waiting: &Waiting) -> Result<Pending, Failure> {
    let Waiting { calls, answered, legs, bytes, .. } = waiting;
    Pending::from_stored(calls, answered, *legs, *bytes).ok_or_else(unreadable)
}

fn unreadable() -> Failure {
    Failure::Broken("a paused execution can't be read".to_owned())
}

struct Resumption<'a> {
    cx: &'a Context,
    request: &'a ResumeRequest,
    session: &'a Session,
}

/// What the first trip found.
struct ResumeRows {
    owned: Option<OwnedToken>,
    target: Option<Target>,
    session: StoredSession,
    tools: Option<KnownTools>,
    waiting: Option<Waiting>,
}

/// A pause with the page's results, what comes next, and what was read with the claim.
struct Claim {
    paused: Waiting,
    state: PausedState,
    next: Continuation,
    heard: Vec<HeardMessage>,
    tools: Option<StoredTools>,
}

impl Resumption<'_> {
    /// What it gives to be stored: results and tools. The limiter counts the state with them that they
    /// belong to: how large it is shows when its execution goes on, and one that nobody goes on with is
    /// bounded by its conversation.
    fn bytes(&self, results: &str) -> u32 {
        let new = results.len() + self.request.tools.to_store().map_or(0, str::len);
        u32::try_from(new).unwrap_or(u32::MAX)
    }

    async fn find(&self) -> Result<ResumeRows, Failure> {
        let Session { token, conversation, target, .. } = self.session;
        let id = &self.request.execution;
        let batch = (
            of_credential(*token),
            targets::of_token(*token, target),
            sessions::thread(self.session),
            sessions::known_tools(*conversation),
            executions::find(*conversation, id, self.cx.now),
        );
        let (owned, target, stored, tools, waiting) = self.cx.db.fetch(batch).await?;
        Ok(ResumeRows { owned, target, session: stored.unwrap_or_default(), tools, waiting })
    }

    /// Stores the page's results, and claims the pause if nothing is missing any more; in the same
    /// trip it reads what the answer needs. Where somebody was quicker, the pause is looked at again.
    async fn put(&self, mut waiting: Waiting) -> Result<Claim, Failure> {
        let (db, now) = (&self.cx.db, self.cx.now);
        let (conversation, id) = (self.session.conversation, &self.request.execution);
        let (remembered, heard) =
            (executions::remembered(conversation, id), executions::heard(conversation, id));
        let stored_tools = sessions::tools(conversation);
        let fingerprint = self.request.tools.fingerprint.as_deref();
        let new_tools = self
            .request
            .tools
            .to_store()
            .map(|tools| sessions::replace_tools(self.session, (tools, fingerprint)));
        for _ in 0..ATTEMPTS {
            let (new, next) = pending(&waiting)?.answer(&self.request.outputs)?;
            let statement = match next {
                Continuation::GoOn => executions::claim(conversation, &waiting, &new, now),
                Continuation::Wait => executions::answer(conversation, &waiting, &new, now),
                Continuation::TooManyLegs => return self.end(waiting).await,
            };
            let batch = (statement, &new_tools, &remembered, &heard, &stored_tools);
            match db.fetch(batch).await {
                Ok((Some(Exists), _, remembered, heard, tools)) => {
                    self.cx.set_stored(0, self.bytes(&new));
                    let Remembered { state, outputs } = remembered.ok_or_else(unreadable)?;
                    let legs = waiting.legs + u32::from(next == Continuation::GoOn);
                    let state = PausedState::from_stored(&state, &outputs, legs);
                    let state = state.ok_or_else(unreadable)?;
                    return Ok(Claim { paused: waiting, state, next, heard, tools });
                }
                Ok(_) => {}
                Err(fault) => {
                    self.give_back(executions::unclaim(conversation, &waiting, now)).await;
                    return Err(fault.into());
                }
            }
            let again = executions::find(conversation, id, now);
            waiting = db.fetch(again).await?.ok_or(Refused::NoSuchExecution)?;
        }
        Err(Refused::NoSuchExecution.into())
    }

    /// Ends a pause that has had all its legs.
    async fn end(&self, paused: Waiting) -> Result<Claim, Failure> {
        let ended = executions::end(self.session.conversation, &paused.id);
        if self.cx.db.execute(&[ended]).await?.first() != Some(&1) {
            return Err(Refused::NoSuchExecution.into());
        }
        let (state, next) = (PausedState::default(), Continuation::TooManyLegs);
        Ok(Claim { paused, state, next, heard: Vec::new(), tools: None })
    }

    fn input(&self, claim: &Claim, tools: ClientTools) -> Input {
        let messages = recall(&claim.state.thread, &claim.heard);
        Input { messages, tools, outputs: Some(self.request.outputs.clone()) }
    }

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
            match self.cx.db.execute(&statement).await {
                Ok(_) => return,
                Err(fault) => self
                    .cx
                    .runtime
                    .log(&format!("{}: a claim not given back: {fault}", self.request.execution)),
            }
        }
    }
}
