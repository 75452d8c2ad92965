//! Handlers of what a token's ledger has: the database proves the caller and the token, then the
//! ledger is asked.

use crate::{
    api::{access::one, error::Noun, query::UsageQuery, reply::Reply, usage as view},
    domain::id::ClientTokenId,
    handlers::{failure::Failure, management::call::Call},
    store::client_tokens::{exists, find},
};

type Outcome = Result<Reply, Failure>;

pub(super) async fn usage(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let query = call.query(|query| UsageQuery::parse(query, call.now())).await?;
    one(call.authorize_querying(exists(&call.caller, id)).await?, Noun::ClientToken)?;
    let hours = call.usage(id, &query.span).await?;
    Ok(view::usage(&query, &hours))
}

pub(super) async fn origins(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let token = one(call.authorize(find(&call.caller, id)).await?, Noun::ClientToken)?;
    let origins = call.observed_origins(id).await?;
    Ok(view::origins(&origins, &token.settings.allowed_origins, call.now()))
}
