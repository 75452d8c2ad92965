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
    edge::{exchange::Exchange, failure::Failure, random},
    store::{
        audit_log::Context,
        bootstrap::{self as store},
        db_error::DbError,
    },
};

pub(super) async fn bootstrap(exchange: &Exchange, query: &str) -> Result<Reply, Failure> {
    let keyring = exchange.keyring()?;
    let (secret, header) = (exchange.var("BOOTSTRAP_KEY"), exchange.header("Authorization")?);
    let bootstrap = authenticate(secret.as_deref(), header.as_deref(), &keyring)?;
    exchange.shed(Member::of_bootstrap(&keyring)).await?;
    query::none(query)?;
    let request = BootstrapRequest::parse(&exchange.body(Allowance::Management).await?)?;
    let (value, key) = mint(exchange, &keyring, &request)?;
    let address = audit::address(&exchange.address()?);
    let context = Context::of_bootstrap(exchange.now, &exchange.id, address.as_deref());
    let statements = store::exchange(&bootstrap, &request.tenant, &key, context);
    match exchange.db()?.execute(&statements).await {
        Err(DbError::UsedUp(_)) => return Err(used_up(exchange, &bootstrap).await),
        done => done?,
    };
    exchange.set_tenant(request.tenant);
    Ok(api_keys::created(&ApiKey::from(key), &value, exchange.now))
}

fn mint(
    exchange: &Exchange,
    keyring: &Keyring,
    request: &BootstrapRequest,
) -> Result<(ApiKeyValue, NewApiKey), Failure> {
    let environment = Environment::Live;
    let value = ApiKeyValue::mint(keyring, environment, &random::bytes()?)
        .ok_or_else(Failure::no_signing_key)?;
    let key = NewApiKey {
        id: ApiKeyId::new(exchange.now, &Exchange::id_entropy()?),
        name: request.name.clone(),
        environment,
        permissions: Permissions::all(),
        digest: value.digest(keyring).ok_or_else(Failure::no_signing_key)?,
        hint: value.hint().to_owned(),
        created_at: exchange.now,
        expires_at: None,
    };
    Ok((value, key))
}

/// The refusal of a value that was exchanged before.
async fn used_up(exchange: &Exchange, value: &BootstrapKey) -> Failure {
    let found = match exchange.db() {
        Ok(db) => db.fetch(store::find(value)).await,
        Err(fault) => Err(fault),
    };
    match found {
        Ok(Some(exchanged)) => Error::BootstrapUsed(exchanged).into(),
        Ok(None) => Failure::Broken("a mark that was forgotten".to_owned()),
        Err(fault) => fault.into(),
    }
}
