//! Handlers of client tokens.

use crate::{
    api::{
        access::one,
        client_tokens::{
            self as view,
            mint::MintRequest,
            request::{CreateRequest, UPDATE_ATTEMPTS, UpdateRequest, UpdateStep},
        },
        error::{Error, Noun},
        etag,
        idempotency::replayed,
        query::{ListQuery, Page},
        reply::Reply,
    },
    domain::{
        client_token::{Changes, ClientToken, Known},
        id::ClientTokenId,
        idempotency::Claim,
        quotas::Stock,
    },
    handlers::{
        failure::Failure,
        management::{
            call::Call,
            once::{claimed, recorded},
        },
    },
    store::{
        audit_log,
        client_tokens::{self as store, Kept},
        idempotency::{forget, release},
        paging::page,
        statement::First,
        targets::{SetUp, among, listed_by},
        tenants::make_for,
    },
};

type Outcome = Result<Reply, Failure>;

pub(super) async fn list(call: &Call<'_>) -> Outcome {
    let query = call.query(ListQuery::parse).await?;
    let Page { limit, offset } = query.page();
    let rows = call.authorize_querying(store::page(&call.caller, limit, offset)).await?;
    Ok(view::list(&page(rows), query, &call.keyring)?)
}

pub(super) async fn create(call: &Call<'_>) -> Outcome {
    let id = ClientTokenId::new(call.now(), &call.context().id_entropy()?);
    let (maker, key) = (call.caller.environment(), call.keyring.signing_key());
    let parse = |body: &[u8]| {
        let new = CreateRequest::parse(body)?.into_new(maker, id, key, call.now())?;
        Ok((new, call.claim(body)?))
    };
    let (new, claim) = call.asked(parse).await?;
    let quota = call.quota(Stock::Tokens);
    let batch = (
        make_for(&call.caller),
        claimed(call, claim.as_ref(), quota),
        store::insert(call.writer(), &new, quota),
        listed_by(&call.caller, id),
        claim.as_ref().map(|claim| store::keep(claim, id)),
    );
    let answer =
        |token: &ClientToken, set_up| view::created(token, &call.executable(set_up), &call.keyring);
    if let Some((_, _, token, set_up, _)) = call.authorize_once(batch).await? {
        // Who may make tokens and made none has no room for more.
        return Ok(answer(&token.ok_or(Error::NoRoom(quota))?, set_up));
    }
    let targets = among(&call.caller, &new.settings.targets);
    let (token, set_up) = recorded(call, claim.as_ref(), targets).await?;
    Ok(replayed(answer(&token, set_up)))
}

pub(super) async fn get(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let found = call.authorize(store::find(&call.caller, id)).await?;
    let token = one(found, Noun::ClientToken)?;
    call.header("If-None-Match", |known| Ok(view::found(&token, known, &call.keyring))).await
}

/// The token that a change is meant for.
async fn known(call: &Call<'_>, id: ClientTokenId) -> Result<Known, Failure> {
    call.header("If-Match", |header| etag::if_match(id, header)).await
}

/// What asks, after a change for certain versions, which one stands there.
fn left(call: &Call<'_>, known: &Known) -> Option<First<ClientToken>> {
    known.versions.is_some().then(|| store::find(&call.caller, known.id))
}

pub(super) async fn update(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let request = call.asked(UpdateRequest::parse).await?;
    let known = known(call, id).await?;
    let mut unseen = request.unseen();
    for _ in 0..UPDATE_ATTEMPTS {
        let changes = if let Some(changes) = unseen.take() {
            changes
        } else {
            let find = (store::find(&call.caller, id), listed_by(&call.caller, id));
            let (found, set_up) = call.authorize(find).await?;
            match request.step(view::meant(found, &known, &call.keyring)?)? {
                UpdateStep::Unchanged(token) => return Ok(updated(call, &token, set_up)),
                UpdateStep::Write(changes) => changes,
            }
        };
        if let Some(reply) = write(call, &known, changes).await? {
            return Ok(reply);
        }
    }
    Err(Failure::Broken("an update was overtaken again and again".to_owned()))
}

/// Writes the changes, unless another update changed what a rule joins: then there is no reply.
async fn write(
    call: &Call<'_>,
    known: &Known,
    changes: &Changes,
) -> Result<Option<Reply>, Failure> {
    let write = store::update(call.writer(), known.clone(), changes);
    let batch = (write, listed_by(&call.caller, known.id), left(call, known));
    let Some((token, set_up, left)) = call.authorize_checked(batch).await? else {
        return Ok(None);
    };
    let token = view::changed(token, left.flatten(), &call.keyring)?;
    Ok(Some(updated(call, &token, set_up)))
}

fn updated(call: &Call<'_>, token: &ClientToken, set_up: Vec<SetUp>) -> Reply {
    view::updated(token, &call.executable(set_up), &call.keyring)
}

pub(super) async fn delete(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let known = known(call, id).await?;
    let batch = (store::delete(call.writer(), known.clone()), left(call, &known));
    let (deleted, left) = call.authorize(batch).await?;
    view::changed(deleted, left.flatten(), &call.keyring)?;
    Ok(view::deleted())
}

pub(super) async fn value(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let reveal = audit_log::reveal(call.writer(), id, &call.keyring);
    let (found, _) = call.authorize((store::find(&call.caller, id), reveal)).await?;
    Ok(view::value(&one(found, Noun::ClientToken)?, &call.keyring)?)
}

pub(super) async fn regenerate(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let known = known(call, id).await?;
    // Nobody reads a body here.
    let claim = call.header("Idempotency-Key", |_| call.claim(b"")).await?;
    let before = claim.as_ref().map(|claim| {
        let claimed = store::claim_with(call.writer(), known.clone(), claim).statement;
        vec![forget(claim, call.now()).statement, claimed]
    });
    let keep = claim.as_ref().map(|claim| store::keep(claim, id));
    let write = store::regenerate(call.writer(), known.clone(), call.keyring.signing_key());
    let batch = (before, write, keep, left(call, &known));
    if let Some((_, token, _, left)) = call.authorize_once(batch).await? {
        let token = view::changed(token, left.flatten(), &call.keyring)?;
        return Ok(view::regenerated(&token, &call.keyring));
    }
    let (token, ()) = recorded(call, claim.as_ref(), ()).await?;
    Ok(replayed(view::regenerated(&token, &call.keyring)))
}

/// Nothing is written, except under an idempotency key.
pub(super) async fn mint(call: &Call<'_>, id: ClientTokenId) -> Outcome {
    let parse = |body: &[u8]| Ok((MintRequest::parse(body)?, call.claim(body)?));
    let (request, claim) = call.asked(parse).await?;
    if let Some(claim) = &claim {
        return mint_once(call, id, &request, claim).await;
    }
    let found = call.authorize(store::find(&call.caller, id)).await?;
    Ok(request.answer(found.as_ref(), &call.keyring, call.now())?)
}

/// Keeps the token as it is, from which the same value can be minted again.
async fn mint_once(
    call: &Call<'_>,
    id: ClientTokenId,
    request: &MintRequest,
    claim: &Claim,
) -> Outcome {
    let batch = (
        forget(claim, call.now()),
        store::claim_with(call.writer(), id, claim),
        store::keep(claim, id),
        store::find(&call.caller, id),
    );
    let Some((_, _, _, found)) = call.authorize_once(batch).await? else {
        let (Kept { token, at }, ()) = recorded(call, Some(claim), ()).await?;
        return Ok(replayed(request.answer(Some(&token), &call.keyring, at)?));
    };
    let answer = request.answer(found.as_ref(), &call.keyring, call.now());
    if answer.is_err() {
        // A refused request leaves its key free for a better one.
        call.fetch(release(claim)).await?;
    }
    Ok(answer?)
}
