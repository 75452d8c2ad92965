//! The handler of `POST /v1/bootstrap`. The credential is proved by arithmetic before anything else
//! is looked at.

use crate::{
    api::{
        api_keys,
        body::Allowance,
        bootstrap::{BootstrapRequest, authenticate},
        error::Error,
        query,
        reply::Reply,
    },
    domain::{
        api_key::{ApiKey, ApiKeyValue, NewApiKey},
        audit,
        bootstrap::BootstrapKey,
        environment::Environment,
        id::ApiKeyId,
        keyring::Keyring,
        permission::Permissions,
        shedding::Member,
    },
    handlers::{context::Context, failure::Failure},
    store::{
        audit_log,
        bootstrap::{self as store},
        db_error::DbError,
    },
};

pub(super) async fn bootstrap(cx: &Context, query: &str) -> Result<Reply, Failure> {
    let keyring = cx.keyring()?;
    let (secret, header) = (cx.var("BOOTSTRAP_KEY"), cx.header("Authorization"));
    let bootstrap = authenticate(secret.as_deref(), header.as_deref(), keyring)?;
    cx.shed(Member::of_bootstrap(keyring)).await?;
    query::none(query)?;
    let request = BootstrapRequest::parse(&cx.body(Allowance::Management).await?)?;
    let (value, key) = mint(cx, keyring, &request)?;
    let address = audit::address(&cx.address());
    let audit = audit_log::Context::of_bootstrap(cx.now, &cx.id, address.as_deref());
    let statements = store::exchange(&bootstrap, &request.tenant, &key, audit);
    match cx.db.execute(&statements).await {
        Err(DbError::UsedUp(_)) => return Err(used_up(cx, &bootstrap).await),
        done => done?,
    };
    cx.set_tenant(request.tenant);
    Ok(api_keys::created(&ApiKey::from(key), &value, cx.now))
}

fn mint(
    cx: &Context,
    keyring: &Keyring,
    request: &BootstrapRequest,
) -> Result<(ApiKeyValue, NewApiKey), Failure> {
    let environment = Environment::Live;
    let value = ApiKeyValue::mint(keyring, environment, &cx.runtime.random()?)
        .ok_or_else(Failure::no_signing_key)?;
    let key = NewApiKey {
        id: ApiKeyId::new(cx.now, &cx.id_entropy()?),
        name: request.name.clone(),
        environment,
        permissions: Permissions::all(),
        digest: value.digest(keyring).ok_or_else(Failure::no_signing_key)?,
        hint: value.hint().to_owned(),
        created_at: cx.now,
        expires_at: None,
    };
    Ok((value, key))
}

/// The refusal of a value that was exchanged before.
async fn used_up(cx: &Context, value: &BootstrapKey) -> Failure {
    match cx.db.fetch(store::find(value)).await {
        Ok(Some(exchanged)) => Error::BootstrapUsed(exchanged).into(),
        Ok(None) => Failure::Broken("a mark that was forgotten".to_owned()),
        Err(fault) => fault.into(),
    }
}
