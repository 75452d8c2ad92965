//! Handlers of API keys.

use crate::{
    api::{
        access::one,
        api_keys::{self as view, CreateRequest, RegenerateRequest},
        authorization::Unauthenticated,
        error::{Error, Noun},
        query::RevokeQuery,
        reply::Reply,
    },
    domain::{
        api_key::{ApiKeyValue, NewApiKey, NewKeyValue, grace_millis},
        environment::Environment,
        id::ApiKeyId,
    },
    edge::{exchange::Exchange, failure::Failure, management::call::Call, random},
    store::{api_keys as store, tenants::make_for},
};

type Outcome = Result<Reply, Failure>;

fn mint(call: &Call<'_>, environment: Environment) -> Result<ApiKeyValue, Failure> {
    ApiKeyValue::mint(&call.keyring, environment, &random::bytes()?)
        .ok_or_else(Failure::no_signing_key)
}

pub(super) async fn list(call: &Call<'_>) -> Outcome {
    let keys = call.authorize(store::all(&call.caller)).await?;
    Ok(view::list(&keys, call.now()))
}

pub(super) async fn create(call: &Call<'_>) -> Outcome {
    call.authorize(()).await?;
    let request = CreateRequest::parse(&call.body().await?, call.actor()?, call.now())?;
    let value = mint(call, request.environment)?;
    let new = NewApiKey {
        id: ApiKeyId::new(call.now(), &Exchange::id_entropy()?),
        name: request.name,
        environment: request.environment,
        permissions: request.permissions,
        digest: value.digest(&call.keyring).ok_or_else(Failure::no_signing_key)?,
        hint: value.hint().to_owned(),
        created_at: call.now(),
        expires_at: request.expires_at,
    };
    let batch = (make_for(&call.caller), store::insert(&call.caller, &new));
    let (_, rows) = call.fetch(batch).await?;
    // The request was held to the maker's rights: only a maker that died meanwhile makes nothing.
    let key = rows.first().ok_or(Error::Unauthenticated(Unauthenticated::Revoked))?;
    Ok(view::created(key, &value, call.now()))
}

pub(super) async fn get(call: &Call<'_>, id: ApiKeyId) -> Outcome {
    let rows = call.authorize(store::find(&call.caller, id)).await?;
    Ok(view::found(&one(rows, Noun::ApiKey)?, call.now()))
}

pub(super) async fn revoke(call: &Call<'_>, id: ApiKeyId) -> Outcome {
    let query = call.query(RevokeQuery::parse).await?;
    let rows = call.authorize_querying(store::find(&call.caller, id)).await?;
    view::may_revoke(call.actor()?, &one(rows, Noun::ApiKey)?)?;
    let revoked = call.fetch(store::revoke(&call.caller, id, query.cascade)).await?;
    let made = revoked.len().checked_sub(1).ok_or(Error::NotFound(Noun::ApiKey))?;
    Ok(view::revoked(made))
}

pub(super) async fn regenerate(call: &Call<'_>, id: ApiKeyId) -> Outcome {
    let request = call.asked(RegenerateRequest::parse).await?;
    let rows = call.authorize(store::find(&call.caller, id)).await?;
    let key = one(rows, Noun::ApiKey)?;
    view::may_regenerate(call.actor()?, &key, call.now())?;
    let value = mint(call, key.environment)?;
    let new = NewKeyValue {
        digest: value.digest(&call.keyring).ok_or_else(Failure::no_signing_key)?,
        hint: value.hint().to_owned(),
        grace_millis: grace_millis(request.grace_seconds),
    };
    let rows = call.fetch(store::regenerate(&call.caller, id, &new)).await?;
    Ok(view::regenerated(&one(rows, Noun::ApiKey)?, &value, request, call.now()))
}
