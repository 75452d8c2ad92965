//! The handler that tries a target: one message through its upstream, with nothing stored.

use std::time::Duration;

use crate::{
    api::{
        access::one,
        error::Noun,
        reply::Reply,
        targets::{may_change, trial as view},
    },
    chat::{
        execution::UpstreamCall,
        trial::{Heard, Trial, end_of, reads_on},
        upstream::failure::{Cause, UpstreamFailure},
    },
    domain::{target::Target, text::TargetId},
    edge::{
        browser::source::Source, clock::now, exchange::Exchange, failure::Failure, log,
        management::call::Call, patience::within, upstream::Remote,
    },
    store::targets as store,
};

/// How long an answer may take; somebody waits for it in front of a screen.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn attempt(call: &Call<'_>, id: TargetId) -> Result<Reply, Failure> {
    let rows = call.authorize(store::find(&call.caller, &id)).await?;
    may_change(call.actor()?)?;
    let message = view::parse(&call.body().await?)?;
    let target = one(rows, Noun::Target)?;
    let trial = Trial::new(&target, message, call.now(), &Exchange::id_entropy()?);
    let mut heard = Heard::default();
    let begun = now();
    let outcome = match call.outbound(|outbound| outbound.allow(&target.upstream))? {
        Ok(()) => within(PATIENCE, run(call, &trial, &target, &mut heard)).await,
        Err(fault) => Some(Err(UpstreamFailure::new(Cause::NotAllowed, fault))),
    };
    let too_late = || Err(UpstreamFailure::new(Cause::TimedOut, "no end in time"));
    let failure = outcome.unwrap_or_else(too_late).err();
    if let Some(UpstreamFailure { cause, detail }) = &failure {
        log::background(&format!("{}: {}: {detail}", trial.execution_id(), cause.code()));
    }
    Ok(view::tried(&heard, failure.as_ref(), now().millis() - begun.millis()))
}

async fn run(
    call: &Call<'_>,
    trial: &Trial,
    target: &Target,
    heard: &mut Heard,
) -> Result<(), UpstreamFailure> {
    let ask = |outgoing| Remote::ask(call.env(), outgoing, trial.execution_id());
    match trial.call(target) {
        UpstreamCall::Echo(pieces) => listen(Source::Echo(pieces.into()), heard).await,
        UpstreamCall::OpenAi(outgoing, reader) => {
            listen(Source::OpenAi(reader, ask(outgoing).await?), heard).await
        }
        UpstreamCall::Events(outgoing) => follow(trial, ask(outgoing).await?, heard).await,
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
