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
        etag,
        query::ClientTokensQuery,
        reply::Reply,
    },
    domain::{
        client_token::{ClientToken, Known},
        id::ClientTokenId,
    },
    edge::{exchange::Exchange, failure::Failure, management::call::Call},
    store::{client_tokens as store, statement::Query, targets::listed_by, tenants::make_for},
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
    let token = one(rows, Noun::ClientToken)?;
    call.header("If-None-Match", |known| Ok(view::found(&token, known, &call.keyring))).await
}

/// The token that a change is meant for.
async fn known(call: &Call<'_>, id: ClientTokenId) -> Result<Known, Failure> {
    call.header("If-Match", |header| etag::if_match(id, header)).await
}

/// What asks, after a change for certain versions, which one stands there.
fn left(call: &Call<'_>, known: &Known) -> Option<Query<ClientToken>> {
    known.versions.is_some().then(|| store::find(&call.caller, known.id))
}

pub(super) async fn update(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let request = call.asked(UpdateRequest::parse).await?;
    let known = known(call, id).await?;
    let with_targets = |tokens| (tokens, listed_by(&call.caller, id));
    let answer =
        |token: &ClientToken, set_up| view::updated(token, &call.executable(set_up), &call.keyring);
    let mut unseen = request.unseen();
    for _ in 0..UPDATE_ATTEMPTS {
        let changes = if let Some(changes) = unseen.take() {
            changes
        } else {
            let (rows, set_up) =
                call.authorize(with_targets(store::find(&call.caller, id))).await?;
            match request.step(view::meant(rows, &known, &call.keyring)?)? {
                UpdateStep::Unchanged(token) => return Ok(answer(&token, set_up)),
                UpdateStep::Write(changes) => changes,
            }
        };
        let write = with_targets(store::update(call.writer(), known.clone(), changes));
        let written = call.authorize_checked((write, left(call, &known))).await?;
        if let Some(((rows, set_up), left)) = written {
            return Ok(answer(&view::changed(rows, left, &call.keyring)?, set_up));
        }
    }
    Err(Failure::Broken("an update was overtaken again and again".to_owned()))
}

pub(super) async fn delete(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let known = known(call, id).await?;
    let batch = (store::delete(call.writer(), known.clone()), left(call, &known));
    let (rows, left) = call.authorize(batch).await?;
    view::changed(rows, left, &call.keyring)?;
    Ok(view::deleted())
}

pub(super) async fn value(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let rows = call.authorize(store::find(&call.caller, id)).await?;
    Ok(view::value(&one(rows, Noun::ClientToken)?, &call.keyring)?)
}

pub(super) async fn regenerate(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let known = known(call, id).await?;
    let write = store::regenerate(call.writer(), known.clone(), call.keyring.signing_key());
    let (rows, left) = call.authorize((write, left(call, &known))).await?;
    Ok(view::regenerated(&view::changed(rows, left, &call.keyring)?, &call.keyring))
}
