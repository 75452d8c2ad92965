//! Handlers of API keys.

use crate::{
    api::{
        access::one,
        api_keys::{self as view, CreateRequest, RegenerateRequest},
        error::{Error, Noun},
        query::{ListQuery, Page, RevokeQuery},
        reply::Reply,
    },
    domain::{
        api_key::{ApiKeyValue, KeyDigest, NewApiKey, NewKeyValue, grace_millis},
        environment::Environment,
        id::ApiKeyId,
        idempotency::Claim,
        quotas::Stock,
    },
    handlers::{
        failure::Failure,
        management::{call::Call, once::made},
    },
    store::{api_keys as store, idempotency, statement::Statement, tenants::make_for},
};

type Outcome = Result<Reply, Failure>;

fn mint(call: &Call<'_>, environment: Environment) -> Result<ApiKeyValue, Failure> {
    ApiKeyValue::mint(&call.keyring, environment, &call.context().runtime.random()?)
        .ok_or_else(Failure::no_signing_key)
}

pub(super) async fn list(call: &Call<'_>) -> Outcome {
    let query = call.query(ListQuery::parse).await?;
    let Page { limit, offset } = view::rows_wanted(query);
    let keys = call.authorize_querying(store::page(&call.caller, limit, offset)).await?;
    Ok(view::list(&keys, query, call.now())?)
}

/// What records, after it, that an API key was given this digest under a claim, if there is one.
fn under(
    call: &Call<'_>,
    claim: Option<&Claim>,
    id: ApiKeyId,
    digest: &KeyDigest,
) -> Option<Vec<Statement>> {
    claim.map(|claim| {
        let claimed = idempotency::claim_made(claim, id, digest, call.now()).statement;
        vec![idempotency::forget(claim, call.now()).statement, claimed]
    })
}

fn new_key(
    call: &Call<'_>,
    request: CreateRequest,
    value: &ApiKeyValue,
) -> Result<NewApiKey, Failure> {
    Ok(NewApiKey {
        id: ApiKeyId::new(call.now(), &call.context().id_entropy()?),
        name: request.name,
        environment: request.environment,
        permissions: request.permissions,
        digest: value.digest(&call.keyring).ok_or_else(Failure::no_signing_key)?,
        hint: value.hint().to_owned(),
        created_at: call.now(),
        expires_at: request.expires_at,
    })
}

pub(super) async fn create(call: &Call<'_>) -> Outcome {
    call.authorize(()).await?;
    let body = call.body().await?;
    let request = CreateRequest::parse(&body, call.actor()?, call.now())?;
    let claim = call.claim(&body)?;
    let value = mint(call, request.environment)?;
    let new = new_key(call, request, &value)?;
    let under = under(call, claim.as_ref(), new.id, &new.digest);
    let quota = call.quota(Stock::Keys);
    let batch = (make_for(&call.caller), store::insert(&call.caller, &new, quota), under);
    let key = call.fetch(batch).await.map(|(_, key, _)| key);
    // The request was held to the maker's rights.
    let Some(key) = made(call, claim.as_ref(), key).await? else {
        return Err(call.unmade(quota).await);
    };
    Ok(view::created(&key, &value, call.now()))
}

pub(super) async fn get(call: &Call<'_>, id: ApiKeyId) -> Outcome {
    let found = call.authorize(store::find(&call.caller, id)).await?;
    Ok(view::found(&one(found, Noun::ApiKey)?, call.now()))
}

pub(super) async fn revoke(call: &Call<'_>, id: ApiKeyId) -> Outcome {
    let query = call.query(RevokeQuery::parse).await?;
    let found = call.authorize_querying(store::find(&call.caller, id)).await?;
    view::may_revoke(call.actor()?, &one(found, Noun::ApiKey)?)?;
    let revoked = call.fetch(store::revoke(&call.caller, id, query.cascade)).await?;
    let made = revoked.len().checked_sub(1).ok_or(Error::NotFound(Noun::ApiKey))?;
    Ok(view::revoked(made))
}

pub(super) async fn regenerate(call: &Call<'_>, id: ApiKeyId) -> Outcome {
    let parse = |body: &[u8]| Ok((RegenerateRequest::parse(body)?, call.claim(body)?));
    let (request, claim) = call.asked(parse).await?;
    let found = call.authorize(store::find(&call.caller, id)).await?;
    let key = one(found, Noun::ApiKey)?;
    view::may_regenerate(call.actor()?, &key, call.now())?;
    let value = mint(call, key.environment)?;
    let new = NewKeyValue {
        digest: value.digest(&call.keyring).ok_or_else(Failure::no_signing_key)?,
        hint: value.hint().to_owned(),
        grace_millis: grace_millis(request.grace_seconds),
    };
    let under = under(call, claim.as_ref(), id, &new.digest);
    let statement = store::regenerate(&call.caller, id, &new);
    let key = call.fetch((statement, under)).await.map(|(key, _)| key);
    let key = made(call, claim.as_ref(), key).await?;
    Ok(view::regenerated(&one(key, Noun::ApiKey)?, &value, call.now()))
}

pub(super) async fn end_grace(call: &Call<'_>, id: ApiKeyId) -> Outcome {
    let found = call.authorize(store::find(&call.caller, id)).await?;
    view::may_revoke(call.actor()?, &one(found, Noun::ApiKey)?)?;
    let ended = call.fetch(store::end_grace(&call.caller, id)).await?;
    ended.ok_or(Error::NoPreviousKey)?;
    Ok(view::grace_ended())
}
