//! The handler of init: proof, one trip, origin, target. It asks no limit and counts in none: it
//! costs the owner nothing, and a page view is no message (contract section 8). Nothing is written in
//! the answer's way.

use crate::{
    api::{
        body::Allowance,
        browser::init::{InitRequest, opened},
    },
    chat::{
        admission::{Wish, admit_init},
        opening::{Previous, open},
    },
    domain::{
        conversation::StoredSession,
        id::{ClientTokenId, ConversationId},
        session::Session,
        target::Target,
        text::TargetId,
    },
    handlers::{browser::admission, context::Context, failure::Failure, said::Said, touch},
    store::{
        client_tokens::OwnedToken,
        opening::{Opening, opening},
        targets,
    },
};

pub(super) async fn init(cx: &Context) -> Result<Said, Failure> {
    let request = InitRequest::parse(&cx.body(Allowance::Page).await?)?;
    let keyring = cx.keyring()?;
    let proved = admission::proved(cx, &request.token).await?;
    let previous = Previous::of(request.session.as_deref(), &proved, keyring, cx.now);
    let session = previous.session.as_ref();
    let wanted = request.target.as_ref().or(session.map(|session| &session.target));
    let (token, grant) = (proved.claims.id, proved.grant.as_ref());
    let found = cx.db.fetch(opening(token, grant, wanted, session)).await?;
    let (owned, target_row, stored) = parts(found);
    let origin = cx.header("Origin");
    let wish = wish(&request, origin.as_deref(), session);
    let (token, target) = admit_init(admission::noted(cx, owned), &proved, wish, cx.now)?;
    let row = row_of(cx, token.id, &target, wanted, target_row).await?;
    admission::upstream(cx, &target, row.as_ref())?;
    touch::token(cx, &token);

    let fresh = ConversationId::new(cx.now, &cx.id_entropy()?);
    let opening = open(&token, proved.grant, target, previous, &stored, fresh, cx.now);
    let id = opening.session.id(keyring).ok_or_else(Failure::no_signing_key)?;
    Ok(opened(&opening.session, &id, &token, row.as_ref(), opening.revision).into())
}

fn wish<'a>(
    request: &'a InitRequest,
    origin: Option<&'a str>,
    previous: Option<&'a Session>,
) -> Wish<'a> {
    let previous = previous.map(|session| &session.target);
    let (target, wants_history) = (request.target.as_ref(), request.wants_history);
    Wish { origin, target, previous, wants_history }
}

fn parts(found: Option<Opening>) -> (Option<OwnedToken>, Option<Target>, StoredSession) {
    let Some(Opening { owned, target, thread }) = found else {
        return (None, None, StoredSession::default());
    };
    (Some(owned), target, thread.unwrap_or_default())
}

/// The row of `target`, if it has one. What was found is of the target `wanted`; where that was
/// taken from the token, another one was chosen, and its row is read now.
async fn row_of(
    cx: &Context,
    token: ClientTokenId,
    target: &TargetId,
    wanted: Option<&TargetId>,
    found: Option<Target>,
) -> Result<Option<Target>, Failure> {
    let row = if wanted.is_none_or(|wanted| wanted == target) {
        found
    } else {
        cx.db.fetch(targets::of_token(token, target)).await?
    };
    Ok(row.filter(|row| row.id == *target))
}
