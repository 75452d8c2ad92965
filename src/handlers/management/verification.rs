//! The handler that judges a value.

use crate::{
    api::{
        client_tokens::verification::{VerifyRequest, unproved, verdict},
        reply::Reply,
    },
    chat::{
        admission::narrowed,
        explanation::{Code, Judged, Question, explain},
    },
    domain::{
        client_token::ClientToken,
        limiter::{Ask, Verdict, Visitor},
        token_value,
    },
    handlers::{context::Context, failure::Failure, limiter, outbound, touch, trip::Permit},
    store::verification::{Verified, verified},
};

/// Judges a value as an init and then a chat would. A forged one costs no look at any token.
pub(super) async fn verify(cx: &Context, by: &Permit) -> Result<Reply, Failure> {
    let request = cx.settle(by, cx.parsed(VerifyRequest::parse).await).await?;
    let Some(proved) = token_value::verify(&request.token, cx.keyring()?) else {
        cx.authorize(by, ()).await?;
        return Ok(unproved(&request.token));
    };
    let (grant, wanted) = (proved.grant.as_ref(), request.target.as_ref());
    let query = verified(&by.caller, proved.claims.id, grant, wanted);
    let Some(found) = cx.authorize(by, query).await? else {
        return Ok(unproved(&request.token));
    };
    let judged = judged(found);
    // As for a page: a default with faults breaks only what would be executed by it.
    let default = if judged.target.is_some() { None } else { outbound::default_upstream(cx)? };
    let wish = request.wish();
    let question = Question { proved: &proved, wish, default, now: cx.now };
    let mut said = explain(&judged, &question, by.caller.environment());
    let token = narrowed(judged.token, grant);
    if let (true, Some(visitor)) = (said.has_limits(), request.counted(grant)) {
        // What is refused already counts nowhere.
        let counts = request.consume && said.code() == Code::Valid;
        said = said.limited_by(&limits(cx, &token, &visitor, counts).await?);
    }
    Ok(verdict(&said, &token, grant))
}

/// Asks the limiter of a token's visitor about a chat; `counts` makes it one.
async fn limits(
    cx: &Context,
    token: &ClientToken,
    visitor: &Visitor,
    counts: bool,
) -> Result<Verdict, Failure> {
    let name = limiter::name(cx, token.id, visitor)?;
    let ask = Ask::request(&token.settings.limits);
    if !counts {
        return limiter::peek(cx, &name, &ask).await;
    }
    let verdict = limiter::admit(cx, &name, &ask).await?;
    if verdict.refusal.is_none() {
        touch::token(cx, token);
    }
    Ok(verdict)
}

fn judged(found: Verified) -> Judged {
    let Verified { token, is_deleted, target } = found;
    Judged { token, is_deleted, target }
}
