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
    domain::token_value,
    handlers::{failure::Failure, management::call::Call},
    store::verification::{Verified, verified},
};

/// Judges a value as an init and then a chat would. A forged one costs no look at any token.
pub(super) async fn verify(call: &Call<'_>) -> Result<Reply, Failure> {
    let request = call.asked(VerifyRequest::parse).await?;
    let Some(proved) = token_value::verify(&request.token, &call.keyring) else {
        call.authorize(()).await?;
        return Ok(unproved(&request.token));
    };
    let (grant, wanted) = (proved.grant.as_ref(), request.target.as_ref());
    let query = verified(&call.caller, proved.claims.id, grant, wanted);
    let Some(found) = call.authorize(query).await? else {
        return Ok(unproved(&request.token));
    };
    let judged = judged(found);
    // As for a page: a default with faults breaks only what would be executed by it.
    let default = if judged.target.is_some() { None } else { call.default_upstream()? };
    let wish = request.wish();
    let question = Question { proved: &proved, wish, default, now: call.now() };
    let mut said = explain(&judged, &question, call.caller.environment());
    let token = narrowed(judged.token, grant);
    if let (true, Some(visitor)) = (said.has_limits(), request.counted(grant)) {
        // What is refused already counts nowhere.
        let counts = request.consume && said.code() == Code::Valid;
        let limits = call.limiter(&token, &visitor, counts).await?;
        said = said.limited_by(&limits);
    }
    Ok(verdict(&said, &token, grant))
}

fn judged(found: Verified) -> Judged {
    let Verified { token, is_deleted, target } = found;
    Judged { token, is_deleted, target }
}
