//! Handlers of API keys.

use crate::{
    api::{
        access::one,
        api_keys::{self as view, CreateRequest, RegenerateRequest},
        body::Allowance,
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
        context::Context,
        failure::Failure,
        management::once::{claim_of, made},
        trip::Permit,
    },
    store::{api_keys as store, idempotency, statement::Statement, tenants::make_for},
};

type Outcome = Result<Reply, Failure>;

fn mint(cx: &Context, environment: Environment) -> Result<ApiKeyValue, Failure> {
    ApiKeyValue::mint(cx.keyring()?, environment, &cx.runtime.random()?)
        .ok_or_else(Failure::no_signing_key)
}

pub(super) async fn list(cx: &Context, by: &Permit) -> Outcome {
    let page = |query: &ListQuery| {
        let Page { limit, offset } = view::rows_wanted(*query);
        store::page(&by.caller, limit, offset)
    };
    let (query, keys) = cx.trip(by, cx.query(ListQuery::parse), page).await?;
    Ok(view::list(&keys, query, cx.now)?)
}

/// What records, after it, that an API key was given this digest under a claim, if there is one.
fn under(
    cx: &Context,
    claim: Option<&Claim>,
    id: ApiKeyId,
    digest: &KeyDigest,
) -> Option<Vec<Statement>> {
    claim.map(|claim| {
        let claimed = idempotency::claim_made(claim, id, digest, cx.now).statement;
        vec![idempotency::forget(claim, cx.now).statement, claimed]
    })
}

fn new_key(
    cx: &Context,
    request: CreateRequest,
    value: &ApiKeyValue,
) -> Result<NewApiKey, Failure> {
    Ok(NewApiKey {
        id: ApiKeyId::new(cx.now, &cx.id_entropy()?),
        name: request.name,
        environment: request.environment,
        permissions: request.permissions,
        digest: value.digest(cx.keyring()?).ok_or_else(Failure::no_signing_key)?,
        hint: value.hint().to_owned(),
        created_at: cx.now,
        expires_at: request.expires_at,
    })
}

pub(super) async fn create(cx: &Context, by: &Permit) -> Outcome {
    cx.authorize(by, ()).await?;
    let body = cx.body(Allowance::Management).await?;
    let request = CreateRequest::parse(&body, by.actor()?, cx.now)?;
    let claim = claim_of(cx, by, &body)?;
    let value = mint(cx, request.environment)?;
    let new = new_key(cx, request, &value)?;
    let under = under(cx, claim.as_ref(), new.id, &new.digest);
    let quota = cx.quota(Stock::Keys);
    let batch = (make_for(&by.caller), store::insert(&by.caller, &new, quota), under);
    let key = cx.fetch(by, batch).await.map(|(_, key, _)| key);
    // The request was held to the maker's rights.
    let Some(key) = made(cx, by, claim.as_ref(), key).await? else {
        return Err(cx.unmade(by, quota).await);
    };
    Ok(view::created(&key, &value, cx.now))
}

pub(super) async fn get(cx: &Context, by: &Permit, id: ApiKeyId) -> Outcome {
    let found = cx.authorize(by, store::find(&by.caller, id)).await?;
    Ok(view::found(&one(found, Noun::ApiKey)?, cx.now))
}

pub(super) async fn revoke(cx: &Context, by: &Permit, id: ApiKeyId) -> Outcome {
    let asked = cx.query(RevokeQuery::parse);
    let (query, found) = cx.trip(by, asked, |_| store::find(&by.caller, id)).await?;
    view::may_revoke(by.actor()?, &one(found, Noun::ApiKey)?)?;
    let revoked = cx.fetch(by, store::revoke(&by.caller, id, query.cascade)).await?;
    let made = revoked.len().checked_sub(1).ok_or(Error::NotFound(Noun::ApiKey))?;
    Ok(view::revoked(made))
}

pub(super) async fn regenerate(cx: &Context, by: &Permit, id: ApiKeyId) -> Outcome {
    let parse = |body: &[u8]| Ok((RegenerateRequest::parse(body)?, claim_of(cx, by, body)?));
    let asked = cx.parsed(parse).await;
    let ((request, claim), found) = cx.trip(by, asked, |_| store::find(&by.caller, id)).await?;
    let key = one(found, Noun::ApiKey)?;
    view::may_regenerate(by.actor()?, &key, cx.now)?;
    let value = mint(cx, key.environment)?;
    let new = NewKeyValue {
        digest: value.digest(cx.keyring()?).ok_or_else(Failure::no_signing_key)?,
        hint: value.hint().to_owned(),
        grace_millis: grace_millis(request.grace_seconds),
    };
    let under = under(cx, claim.as_ref(), id, &new.digest);
    let statement = store::regenerate(&by.caller, id, &new);
    let key = cx.fetch(by, (statement, under)).await.map(|(key, _)| key);
    let key = made(cx, by, claim.as_ref(), key).await?;
    Ok(view::regenerated(&one(key, Noun::ApiKey)?, &value, cx.now))
}

pub(super) async fn end_grace(cx: &Context, by: &Permit, id: ApiKeyId) -> Outcome {
    let found = cx.authorize(by, store::find(&by.caller, id)).await?;
    view::may_revoke(by.actor()?, &one(found, Noun::ApiKey)?)?;
    let ended = cx.fetch(by, store::end_grace(&by.caller, id)).await?;
    ended.ok_or(Error::NoPreviousKey)?;
    Ok(view::grace_ended())
}
