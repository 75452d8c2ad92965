//! The handler of resume.
//!
//! It is here to sequence: the pause is found in one trip, the page's results are put to it, and
//! the execution goes on unless results are still missing.

use crate::{
    api::{
        browser::{
            chat::{TRANSCRIPT_MAX, upstream_transcript},
            refused::Refused,
            resume::{PausedState, ResumeRequest},
        },
        stream::turn::{Kind, Turn},
        upstream::pause::Step,
    },
    domain::{session::Session, target::Upstream},
    edge::{
        answer::Said,
        browser::{Visit, run::Run},
        failure::Failure,
    },
    store::{
        client_tokens::of_credential,
        executions,
        messages::{self, Until},
        sessions::{self, thread},
        targets::resolve,
    },
};

pub(super) async fn resume(visit: &Visit<'_>) -> Result<Said, Failure> {
    let request = ResumeRequest::parse(&visit.body().await?)?;
    let session = visit.session(&request.session)?;
    let Session { token, conversation, target, .. } = &session;
    let db = visit.exchange.db()?;
    let batch = (
        of_credential(*token),
        (
            resolve(*token, Some(target)),
            (
                thread(&session),
                (
                    messages::latest(
                        *conversation,
                        Until::Execution(&request.execution),
                        TRANSCRIPT_MAX,
                    ),
                    executions::find(&session, &request.execution),
                ),
            ),
        ),
    );
    let (owned, (targets, (threads, (mut transcript, paused)))) = db.fetch(batch).await?;
    transcript.reverse();
    let thread = threads.into_iter().next().unwrap_or_default();
    let (token, _) = visit.admit_session(&session, owned.into_iter().next(), &thread)?;
    let upstream = visit.upstream(&session.target, targets.first())?;
    let paused = paused.into_iter().next().ok_or(Refused::NoSuchExecution)?;
    let mut before = PausedState::from_stored(&paused.state)
        .ok_or_else(|| Failure::Broken("a paused execution can't be read".to_owned()))?;

    let (tools, new_tools) =
        request.tools.or_stored(thread.tools.as_deref(), thread.tools_fingerprint.as_deref())?;
    if let Some(step) = before.steps.last_mut() {
        step.answer(request.outputs.clone());
    }
    let mut statements = vec![executions::answer(&session, &paused.id, &before.to_stored())];
    statements.extend(new_tools.as_deref().map(|tools| {
        sessions::replace_tools(&session, (tools, request.tools.fingerprint.as_deref()))
    }));
    if db.execute(&statements).await?.first() != Some(&1) {
        return Err(Refused::NoSuchExecution.into());
    }

    let kind = Kind::of(&session.target, &token.settings.targets);
    let missing = before.steps.last().map(Step::missing).unwrap_or_default();
    if !missing.is_empty() && !matches!(upstream, Upstream::Events { .. }) {
        let frames = Turn::ask_again(kind, &paused.id, 1, &missing);
        return Ok(Said::Frames(frames, Vec::new()));
    }
    let run = Run {
        visit,
        messages: upstream_transcript(&transcript, &paused.reply_to),
        session: session.clone(),
        kind,
        execution_id: paused.id,
        question: paused.reply_to,
        answer: paused.assistant_message_id,
        tools,
        before,
        outputs: Some(request.outputs),
        headers: Vec::new(),
    };
    run.start(&upstream).await
}
