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
        client_token::{ClientToken, Known},
        id::ClientTokenId,
        idempotency::Claim,
        quotas::Stock,
    },
    handlers::{
        context::Context,
        failure::Failure,
        management::once::{claim_of, claimed, recorded},
        outbound::executable,
        trip::Permit,
    },
    store::{
        audit_log, client_tokens as store,
        db_error::DbError,
        idempotency::{Recorded, forget, release},
        paging::page,
        statement::First,
        targets::{SetUp, among, listed_by},
        tenants::make_for,
    },
};

type Outcome = Result<Reply, Failure>;

pub(super) async fn list(cx: &Context, by: &Permit) -> Outcome {
    let rows = |query: &ListQuery| {
        let Page { limit, offset } = query.page();
        store::page(&by.caller, limit, offset)
    };
    let (query, rows) = cx.trip(by, cx.query(ListQuery::parse), rows).await?;
    Ok(view::list(&page(rows), query, cx.keyring()?)?)
}

pub(super) async fn create(cx: &Context, by: &Permit) -> Outcome {
    let keyring = cx.keyring()?;
    let id = ClientTokenId::new(cx.now, &cx.id_entropy()?);
    let (maker, key) = (by.caller.environment(), keyring.signing_key());
    let parse = |body: &[u8]| {
        let new = CreateRequest::parse(body)?.into_new(maker, id, key, cx.now)?;
        Ok((new, claim_of(cx, by, body)?))
    };
    let (new, claim) = cx.settle(by, cx.parsed(parse).await).await?;
    let quota = cx.quota(Stock::Tokens);
    let batch = (
        make_for(&by.caller),
        claimed(cx, by, claim.as_ref(), quota),
        store::insert(by.writer(), &new, quota),
        listed_by(&by.caller, id),
        claim.as_ref().map(|claim| store::keep(claim, id)),
    );
    let answer =
        |token: &ClientToken, set_up| view::created(token, &executable(cx, set_up), keyring);
    match cx.authorize(by, batch).await {
        Err(Failure::Database(DbError::Repeated(_))) => {
            let targets = among(&by.caller, &new.settings.targets);
            let (Recorded { outcome: token, .. }, set_up) =
                recorded(cx, by, claim.as_ref(), targets).await?;
            Ok(replayed(answer(&token, set_up)))
        }
        made => {
            let (_, _, token, set_up, _) = made?;
            // Who may make tokens and made none has no room for more.
            Ok(answer(&token.ok_or(Error::NoRoom(quota))?, set_up))
        }
    }
}

pub(super) async fn get(cx: &Context, by: &Permit, id: ClientTokenId) -> Outcome {
    let found = cx.authorize(by, store::find(&by.caller, id)).await?;
    let token = one(found, Noun::ClientToken)?;
    Ok(view::found(&token, cx.header("If-None-Match").as_deref(), cx.keyring()?))
}

/// The token that a change is meant for.
fn known(cx: &Context, id: ClientTokenId) -> Result<Known, Failure> {
    Ok(etag::if_match(id, cx.header("If-Match").as_deref())?)
}

/// What asks, after a change for certain versions, which one stands there.
fn left(by: &Permit, known: &Known) -> Option<First<ClientToken>> {
    known.versions.is_some().then(|| store::find(&by.caller, known.id))
}

pub(super) async fn update(cx: &Context, by: &Permit, id: ClientTokenId) -> Outcome {
    let request = cx.parsed(UpdateRequest::parse).await;
    let asked = request.and_then(|request| Ok((request, known(cx, id)?)));
    let (request, known) = cx.settle(by, asked).await?;
    let mut unseen = request.unseen();
    for _ in 0..UPDATE_ATTEMPTS {
        let changes = if let Some(changes) = unseen.take() {
            changes
        } else {
            let find = (store::find(&by.caller, id), listed_by(&by.caller, id));
            let (found, set_up) = cx.authorize(by, find).await?;
            match request.step(view::meant(found, &known, cx.keyring()?)?)? {
                UpdateStep::Unchanged(token) => return updated(cx, &token, set_up),
                UpdateStep::Write(changes) => changes,
            }
        };
        let write = store::update(by.writer(), known.clone(), changes);
        let batch = (write, listed_by(&by.caller, id), left(by, &known));
        match cx.authorize(by, batch).await {
            // Another update changed what a rule joins: it is looked at again.
            Err(Failure::Database(DbError::Check(_))) => {}
            written => {
                let (token, set_up, left) = written?;
                let token = view::changed(token, left.flatten(), cx.keyring()?)?;
                return updated(cx, &token, set_up);
            }
        }
    }
    Err(Failure::Broken("an update was overtaken again and again".to_owned()))
}

fn updated(cx: &Context, token: &ClientToken, set_up: Vec<SetUp>) -> Outcome {
    Ok(view::updated(token, &executable(cx, set_up), cx.keyring()?))
}

pub(super) async fn delete(cx: &Context, by: &Permit, id: ClientTokenId) -> Outcome {
    let asked = cx.no_query().and_then(|()| known(cx, id));
    let delete = |known: &Known| (store::delete(by.writer(), known.clone()), left(by, known));
    let (_, (deleted, left)) = cx.trip(by, asked, delete).await?;
    view::changed(deleted, left.flatten(), cx.keyring()?)?;
    Ok(view::deleted())
}

pub(super) async fn value(cx: &Context, by: &Permit, id: ClientTokenId) -> Outcome {
    let keyring = cx.keyring()?;
    let reveal = audit_log::reveal(by.writer(), id, keyring);
    let (found, _) = cx.authorize(by, (store::find(&by.caller, id), reveal)).await?;
    Ok(view::value(&one(found, Noun::ClientToken)?, keyring)?)
}

pub(super) async fn regenerate(cx: &Context, by: &Permit, id: ClientTokenId) -> Outcome {
    let keyring = cx.keyring()?;
    // Nobody reads a body here.
    let asked = cx.no_query().and_then(|()| Ok((known(cx, id)?, claim_of(cx, by, b"")?)));
    let (known, claim) = cx.settle(by, asked).await?;
    let before = claim.as_ref().map(|claim| {
        let claimed = store::claim_with(by.writer(), known.clone(), claim).statement;
        vec![forget(claim, cx.now).statement, claimed]
    });
    let keep = claim.as_ref().map(|claim| store::keep(claim, id));
    let write = store::regenerate(by.writer(), known.clone(), keyring.signing_key());
    let batch = (before, write, keep, left(by, &known));
    match cx.authorize(by, batch).await {
        Err(Failure::Database(DbError::Repeated(_))) => {
            let (Recorded { outcome: token, .. }, ()) =
                recorded(cx, by, claim.as_ref(), ()).await?;
            Ok(replayed(view::regenerated(&token, keyring)))
        }
        written => {
            let (_, token, _, left) = written?;
            let token = view::changed(token, left.flatten(), keyring)?;
            Ok(view::regenerated(&token, keyring))
        }
    }
}

/// Nothing is written, except under an idempotency key.
pub(super) async fn mint(cx: &Context, by: &Permit, id: ClientTokenId) -> Outcome {
    let parse = |body: &[u8]| Ok((MintRequest::parse(body)?, claim_of(cx, by, body)?));
    let (request, claim) = cx.settle(by, cx.parsed(parse).await).await?;
    if let Some(claim) = &claim {
        return mint_once(cx, by, id, &request, claim).await;
    }
    let found = cx.authorize(by, store::find(&by.caller, id)).await?;
    Ok(request.answer(found.as_ref(), cx.keyring()?, cx.now)?)
}

/// Keeps the token as it is, from which the same value can be minted again.
async fn mint_once(
    cx: &Context,
    by: &Permit,
    id: ClientTokenId,
    request: &MintRequest,
    claim: &Claim,
) -> Outcome {
    let keyring = cx.keyring()?;
    let batch = (
        forget(claim, cx.now),
        store::claim_with(by.writer(), id, claim),
        store::keep(claim, id),
        store::find(&by.caller, id),
    );
    match cx.authorize(by, batch).await {
        Err(Failure::Database(DbError::Repeated(_))) => {
            let (Recorded { outcome: token, at, .. }, ()) =
                recorded(cx, by, Some(claim), ()).await?;
            Ok(replayed(request.answer(Some(&token), keyring, at)?))
        }
        done => {
            let (_, _, _, found) = done?;
            let answer = request.answer(found.as_ref(), keyring, cx.now);
            if answer.is_err() {
                // A refused request leaves its key free for a better one.
                cx.fetch(by, release(claim)).await?;
            }
            Ok(answer?)
        }
    }
}
