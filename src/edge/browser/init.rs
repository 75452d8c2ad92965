//! The handler of init: proof, one trip, origin, target, limits. Nothing is written in the answer's
//! way.

use crate::{
    api::{
        browser::{
            init::{InitRequest, Shown, choose_target, opened},
            refused::Refused,
        },
        reply::Reply,
    },
    domain::{
        id::ConversationId,
        limiter::{Ask, Purpose},
        session::Session,
        target::Target,
        text::{Description, Name},
        token_value,
    },
    edge::{browser::Visit, exchange::Exchange, failure::Failure},
    store::{
        client_tokens::of_credential,
        sessions::{Thread, thread},
        targets::resolve,
    },
};

pub(super) async fn init(visit: &Visit<'_>) -> Result<Reply, Failure> {
    let request = InitRequest::parse(&visit.body().await?)?;
    let claims = token_value::verify(&request.token, &visit.keyring);
    let claims = claims.ok_or(Refused::UnknownToken)?;
    let now = visit.exchange.now;
    let previous = request.session.as_deref();
    let previous = previous.and_then(|id| Session::verify(id, &visit.keyring, now));
    let previous = previous.filter(|session| session.token == claims.id);

    let wanted = request.target.as_ref().or(previous.as_ref().map(|p| &p.target));
    let db = visit.exchange.db()?;
    let find = (of_credential(claims.id), resolve(claims.id, wanted));
    let (owned, targets, threads) = if let Some(session) = &previous {
        let (owned, (targets, threads)) = db.fetch((find.0, (find.1, thread(session)))).await?;
        (owned, targets, threads)
    } else {
        let (owned, targets) = db.fetch(find).await?;
        (owned, targets, Vec::new())
    };
    let owned = owned.into_iter().next().filter(|owned| owned.token.has_claims(&claims));
    let (token, _) = visit.admit(owned)?;
    request.admit_history()?;

    let of_previous = previous.as_ref().map(|session| &session.target);
    let target = choose_target(&token.settings.targets, request.target.as_ref(), of_previous)?;
    // Its flow may have been taken from the token: then another one's row is needed.
    let targets = match wanted {
        Some(wanted) if *wanted != target => db.fetch(resolve(claims.id, Some(&target))).await?,
        _ => targets,
    };
    let found = targets.into_iter().next().filter(|found| found.id == target);
    visit.upstream(&target, found.as_ref())?;
    let limits = visit.limit(&token, Purpose::Chat, &Ask::init(&token.settings.limits)).await?;
    visit.record_use(&token);

    let thread = threads.into_iter().next().unwrap_or_default();
    let previous = previous.filter(|_| !thread.is_deleted).map(|p| (p, thread.last_chat_at));
    let fresh = ConversationId::new(now, &Exchange::id_entropy()?);
    let continued = previous.as_ref().map(|(p, _)| p.conversation);
    let session = Session::open(&token, target, previous, fresh, now);
    let revision = revision(&session, continued, &thread);
    let id = session.id(&visit.keyring).ok_or_else(Failure::no_signing_key)?;
    let mut reply = opened(&session, &id, &token, shown(found.as_ref()), revision);
    reply.headers.extend(limits);
    Ok(reply)
}

fn revision(session: &Session, continued: Option<ConversationId>, thread: &Thread) -> u32 {
    if continued == Some(session.conversation) { thread.revision } else { 0 }
}

fn shown(target: Option<&Target>) -> Shown<'_> {
    target.map_or_else(Shown::default, |target| Shown {
        name: target.name.as_ref().map(Name::as_str),
        description: target.description.as_ref().map(Description::as_str),
    })
}
