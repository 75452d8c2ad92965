//! The limits of a page's visitor.

use crate::{
    chat::refused::Refused,
    domain::{
        client_token::ClientToken,
        grant::Grant,
        ledger::most_stored,
        limiter::{Ask, Verdict, Visitor},
    },
    handlers::{context::Context, failure::Failure, ledger, limiter, touch},
};

/// Lets the limiter decide, by user if a server named one, and else by address.
pub(super) async fn limit(
    cx: &Context,
    token: &ClientToken,
    grant: Option<&Grant>,
    ask: &Ask,
) -> Result<Verdict, Failure> {
    admitted(limiter::admit(cx, &name(cx, token, grant)?, ask).await?)
}

/// Lets the limiter decide on a chat, and moves the token's last use if it may go on.
pub(super) async fn use_token(
    cx: &Context,
    token: &ClientToken,
    grant: Option<&Grant>,
    ask: &Ask,
) -> Result<Verdict, Failure> {
    let verdict = limit(cx, token, grant, ask).await?;
    touch::token(cx, token);
    Ok(verdict)
}

/// Asks the limiter whether it would admit a chat, and counts nothing: all that is refused counts
/// nothing.
pub(super) async fn look(
    cx: &Context,
    token: &ClientToken,
    grant: Option<&Grant>,
    ask: &Ask,
) -> Result<Verdict, Failure> {
    admitted(limiter::peek(cx, &name(cx, token, grant)?, ask).await?)
}

/// Refuses a chat for what it says, unless the limiter would have refused it before that.
pub(super) async fn refuse(
    cx: &Context,
    token: &ClientToken,
    grant: Option<&Grant>,
    ask: &Ask,
    refused: Refused,
) -> Failure {
    look(cx, token, grant, ask).await.err().unwrap_or_else(|| refused.into())
}

fn admitted(verdict: Verdict) -> Result<Verdict, Failure> {
    if verdict.refusal.is_some() { Err(Refused::Limited(verdict).into()) } else { Ok(verdict) }
}

/// The name of the visitor's limiter.
fn name(cx: &Context, token: &ClientToken, grant: Option<&Grant>) -> Result<String, Failure> {
    let visitor = match grant.and_then(Grant::user_id) {
        Some(id) => Visitor::from_user(id),
        None => Visitor::from_ip(&cx.address()),
    };
    limiter::name(cx, token.id, &visitor)
}

/// Refuses what is to be stored if the token's conversations hold as much as they may together: as
/// far as this isolate was told.
pub(super) fn hold_to_room(cx: &Context, token: &ClientToken) -> Result<(), Refused> {
    if !ledger::is_full(&cx.runtime.memory, token.id, cx.now) {
        return Ok(());
    }
    let (most, _) = most_stored(cx.var("STORED_BYTES_PER_TOKEN").as_deref());
    most.map_or(Ok(()), |most| Err(Refused::StorageFull(most)))
}
