//! The handler that tries a target: one message through its upstream, with nothing stored.

use std::time::Duration;

use crate::{
    api::{
        access::one,
        body::Allowance,
        error::Noun,
        reply::Reply,
        targets::{may_change, trial as view},
    },
    chat::{
        execution::UpstreamCall,
        trial::{Heard, Sent, Trial, end_of, reads_on},
        upstream::{
            failure::{Cause, Obstacle, UpstreamFailure},
            openai,
        },
    },
    domain::{target::Target, text::TargetId, upstream::Upstream},
    handlers::{
        accent, browser::source::Source, context::Context, failure::Failure, outbound,
        runtime::Runtime, trip::Permit, upstream::Remote,
    },
    store::targets as store,
};

/// How long an answer may take; somebody waits for it in front of a screen.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn attempt(cx: &Context, by: &Permit, id: TargetId) -> Result<Reply, Failure> {
    let runtime = &cx.runtime;
    let found = cx.authorize(by, store::find(&by.caller, &id)).await?;
    may_change(by.actor()?)?;
    let message = view::parse(&cx.body(Allowance::Management).await?)?;
    let target = one(found, Noun::Target)?;
    let trial = Trial::new(&target, message, cx.now, &runtime.random()?);
    let mut heard = Heard::default();
    let begun = runtime.now();
    let outcome = match outbound::ask(cx, |outbound| outbound.allow(&target.upstream))? {
        Ok(()) => runtime.within(PATIENCE, run(runtime, &trial, &target, &mut heard)).await,
        Err((field, fault)) => Some(Err(UpstreamFailure::not_allowed(&field, &fault))),
    };
    let too_late = || Err(UpstreamFailure::new(Cause::TimedOut, "no end in time"));
    let failure = match outcome.unwrap_or_else(too_late) {
        Ok(()) => None,
        Err(failure) => Some(explained(runtime, failure, &target.upstream).await),
    };
    let secrets = runtime.secrets_of(target.upstream.hidden());
    if let Some(failure) = &failure {
        runtime.log(&format!("{}: {}", trial.execution_id(), failure.logged(&secrets)));
    }
    Ok(view::tried(&heard, failure.as_ref(), runtime.now().millis() - begun.millis(), &secrets))
}

/// A failure with what stands in the way, where a connection can tell that.
async fn explained(
    runtime: &Runtime,
    failure: UpstreamFailure,
    upstream: &Upstream,
) -> UpstreamFailure {
    match (failure.cause, upstream.connection()) {
        (Cause::Unreachable(Obstacle::Other), Some(connection)) => {
            let origin = connection.base_url.origin();
            let is_made = runtime.platform.connects(origin).await;
            let obstacle = Obstacle::from_connection(&failure.words, origin, is_made);
            UpstreamFailure { cause: Cause::Unreachable(obstacle), ..failure }
        }
        _ => failure,
    }
}

async fn run(
    runtime: &Runtime,
    trial: &Trial,
    target: &Target,
    heard: &mut Heard,
) -> Result<(), UpstreamFailure> {
    match trial.call(target) {
        UpstreamCall::Echo(pieces) => listen(Source::Echo(pieces.into()), heard).await,
        UpstreamCall::OpenAi(request) => {
            heard.sent = Some(Sent::from(&request.outgoing(accent::remembered(runtime, &request))));
            let asked = accent::ask(runtime, &request, trial.execution_id()).await;
            heard.sent = Some(Sent::from(&request.outgoing(asked.accent)));
            heard.remembered = accent::remembered(runtime, &request);
            let reader = openai::Reader::new(&request, trial.execution_id());
            listen(Source::service(reader, asked.outcome?), heard).await
        }
        UpstreamCall::Events(outgoing) => {
            heard.sent = Some(Sent::from(&outgoing));
            let remote = Remote::ask(runtime, outgoing, trial.execution_id()).await?;
            follow(trial, remote, heard).await
        }
    }
}

/// Hears deltas to their end.
async fn listen(mut source: Source, heard: &mut Heard) -> Result<(), UpstreamFailure> {
    let mut deltas = Vec::new();
    loop {
        let next = source.next(&mut deltas).await;
        let is_enough = heard.take(deltas.drain(..));
        if is_enough || !next? {
            return Ok(());
        }
    }
}

/// Hears a backend's stream to its end.
async fn follow(
    trial: &Trial,
    mut remote: Remote,
    heard: &mut Heard,
) -> Result<(), UpstreamFailure> {
    let mut relay = trial.relay();
    while let Some(bytes) = remote.next().await? {
        let passed = relay.push(&bytes);
        if heard.take_all_of(&relay) {
            return Ok(());
        }
        if !reads_on(passed.next)? {
            break;
        }
    }
    end_of(&mut relay)
}
