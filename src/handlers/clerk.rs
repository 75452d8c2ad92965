//! Session tokens of Clerk: the deployment's settings, read once an isolate, and the signature,
//! which the runtime verifies.

use crate::{
    api::{authorization::Unauthenticated, error::Error},
    domain::clerk::{Session, SessionFault, Settings, Unproved},
    handlers::{context::Context, failure::Failure},
    platform::Boxed,
};

pub(super) fn prove<'a>(
    cx: &'a Context,
    token: &'a Unproved,
) -> Boxed<'a, Result<Session, Failure>> {
    Box::pin(async move {
        let Settings { keys, rules } = settings(cx)?;
        let spki = keys.spki(keys.choose(token.kid()).map_err(refused)?);
        let platform = &cx.runtime.platform;
        let verdict = platform.verifies_rs256(spki, token.signed(), token.signature()).await;
        if !verdict.map_err(Failure::Broken)? {
            return Err(refused(SessionFault::Signature));
        }
        rules.admit(&token.claims().map_err(refused)?, cx.now).map_err(refused)
    })
}

fn refused(fault: SessionFault) -> Failure {
    Error::Unauthenticated(Unauthenticated::Session(fault)).into()
}

fn settings(cx: &Context) -> Result<&Settings, Failure> {
    let known = &cx.runtime.memory.clerk;
    if let Some(settings) = known.get() {
        return Ok(settings);
    }
    let settings = Settings::read(|name| cx.var(name));
    let settings = settings.map_err(|fault| Failure::Broken(fault.to_string()))?;
    let settings = settings.ok_or_else(|| refused(SessionFault::NotSetUp))?;
    Ok(known.get_or_init(|| settings))
}
