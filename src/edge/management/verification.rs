//! The handler that judges a value.

use crate::{
    api::{
        client_tokens::verification::{VerifyRequest, unproved, verdict},
        reply::Reply,
    },
    chat::explanation::{Code, Explanation, Judged, explain, limited},
    domain::{limiter::Visitor, token_value},
    edge::{failure::Failure, management::call::Call},
    store::verification::{Verified, verified},
};

/// Judges a value as an init would. A forged one costs no look at any token.
pub(super) async fn verify(call: &Call<'_>) -> Result<Reply, Failure> {
    let request = call.asked(VerifyRequest::parse).await?;
    let Some(claims) = token_value::verify(&request.token, &call.keyring) else {
        call.authorize(()).await?;
        return Ok(unproved(&request.token));
    };
    let query = verified(&call.caller, claims.id, request.target.as_ref());
    let Some(found) = call.authorize(query).await?.into_iter().next() else {
        return Ok(unproved(&request.token));
    };
    let judged = judged(found);
    // As for a page: a default with faults breaks only what would be executed by it.
    let default = if judged.target.is_some() { None } else { call.default_upstream()? };
    let mut said = explain(&judged, &claims, call.caller.environment(), request.wish(), default);
    if let (Code::Valid, Some(visitor)) = (said.code, request.visitor) {
        said = limits(call, &judged, visitor, request.consume).await?.unwrap_or(said);
    }
    Ok(verdict(&said, &judged.token))
}

async fn limits(
    call: &Call<'_>,
    judged: &Judged,
    visitor: Visitor,
    counts: bool,
) -> Result<Option<Explanation>, Failure> {
    Ok(limited(&call.limiter(&judged.token, visitor, counts).await?))
}

fn judged(found: Verified) -> Judged {
    let Verified { token, is_deleted, target } = found;
    Judged { token, is_deleted, target }
}
