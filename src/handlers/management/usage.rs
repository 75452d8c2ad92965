//! Handlers of what a token's ledger has: the database proves the caller and the token, then the
//! ledger is asked.

use crate::{
    api::{access::one, error::Noun, query::UsageQuery, reply::Reply, usage as view},
    domain::id::ClientTokenId,
    handlers::{context::Context, failure::Failure, ledger, trip::Permit},
    store::client_tokens::{exists, find},
};

type Outcome = Result<Reply, Failure>;

pub(super) async fn usage(cx: &Context, by: &Permit, id: ClientTokenId) -> Outcome {
    let query = cx.query(|query| UsageQuery::parse(query, cx.now));
    let (query, token) = cx.trip(by, query, |_| exists(&by.caller, id)).await?;
    one(token, Noun::ClientToken)?;
    cx.count_call();
    let hours = ledger::usage(&*cx.runtime.platform, id, &query.span).await?;
    Ok(view::usage(&query, &hours))
}

pub(super) async fn origins(cx: &Context, by: &Permit, id: ClientTokenId) -> Outcome {
    let token = one(cx.authorize(by, find(&by.caller, id)).await?, Noun::ClientToken)?;
    cx.count_call();
    let origins = ledger::origins(&*cx.runtime.platform, id).await?;
    Ok(view::origins(&origins, &token.settings.allowed_origins, cx.now))
}
