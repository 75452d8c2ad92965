//! Handlers of client tokens.

use crate::{
    api::{
        access::one,
        client_tokens::{
            self as view,
            request::{CreateRequest, UPDATE_ATTEMPTS, UpdateRequest, UpdateStep},
            rows_wanted,
        },
        error::Noun,
        query::ClientTokensQuery,
        reply::Reply,
    },
    domain::{client_token::ClientToken, id::ClientTokenId},
    edge::{exchange::Exchange, failure::Failure, management::call::Call},
    store::{
        audit_log, client_tokens as store,
        targets::{SetUp, listed_by},
        tenants::make_for,
    },
};

type Outcome = Result<Reply, Failure>;

pub(super) async fn list(call: &Call<'_>) -> Outcome {
    let query = call.query(ClientTokensQuery::parse).await?;
    let wanted = rows_wanted(&query);
    let page = store::page(&call.caller, wanted.limit, wanted.offset);
    let tokens = call.authorize_querying(page).await?;
    Ok(view::list(&tokens, &query, &call.keyring)?)
}

pub(super) async fn create(call: &Call<'_>) -> Outcome {
    let id = ClientTokenId::new(call.now(), &Exchange::id_entropy()?);
    let (maker, key) = (call.caller.environment(), call.keyring.signing_key());
    let parse = |body: &[u8]| CreateRequest::parse(body)?.into_new(maker, id, key, call.now());
    let new = call.asked(parse).await?;
    let batch = (store::insert(call.writer(), &new), listed_by(&call.caller, id));
    let (_, (rows, set_up)) = call.authorize((make_for(&call.caller), batch)).await?;
    Ok(view::created(&one(rows, Noun::ClientToken)?, &call.executable(set_up), &call.keyring))
}

pub(super) async fn get(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let rows = call.authorize(store::find(&call.caller, id)).await?;
    Ok(view::found(&one(rows, Noun::ClientToken)?, &call.keyring))
}

pub(super) async fn update(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let request = call.asked(UpdateRequest::parse).await?;
    let mut unseen = request.unseen();
    for _ in 0..UPDATE_ATTEMPTS {
        let changes = if let Some(changes) = unseen.take() {
            changes
        } else {
            let find = (store::find(&call.caller, id), listed_by(&call.caller, id));
            let (rows, set_up) = call.authorize(find).await?;
            match request.step(rows.into_iter().next())? {
                UpdateStep::Unchanged(token) => return Ok(updated(call, &token, set_up)),
                UpdateStep::Write(changes) => changes,
            }
        };
        let write = store::update(call.writer(), id, changes);
        let written = call.authorize_checked((write, listed_by(&call.caller, id))).await?;
        if let Some((rows, set_up)) = written {
            return Ok(updated(call, &one(rows, Noun::ClientToken)?, set_up));
        }
    }
    Err(Failure::Broken("an update was overtaken again and again".to_owned()))
}

fn updated(call: &Call<'_>, token: &ClientToken, set_up: Vec<SetUp>) -> Reply {
    view::updated(token, &call.executable(set_up), &call.keyring)
}

pub(super) async fn delete(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let rows = call.authorize(store::delete(call.writer(), id)).await?;
    one(rows, Noun::ClientToken)?;
    Ok(view::deleted())
}

pub(super) async fn value(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let reveal = audit_log::reveal(call.writer(), id, &call.keyring);
    let (rows, _) = call.authorize((store::find(&call.caller, id), reveal)).await?;
    Ok(view::value(&one(rows, Noun::ClientToken)?, &call.keyring)?)
}

pub(super) async fn regenerate(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let statement = store::regenerate(call.writer(), id, call.keyring.signing_key());
    let rows = call.authorize(statement).await?;
    Ok(view::regenerated(&one(rows, Noun::ClientToken)?, &call.keyring))
}
