//! Who a page is, as far as arithmetic can tell, and whether its token is for it.

use crate::{
    chat::{
        admission::{admit_page, admit_session, admit_value, own_upstream, present, upstream_or},
        refused::Refused,
    },
    domain::{
        client_token::ClientToken,
        conversation::StoredSession,
        id::ClientTokenId,
        ledger::Seen,
        origin::RequestOrigin,
        session::Session,
        shedding::{Member, ceiling},
        target::Target,
        text::TargetId,
        token_value::{self, Proved},
        upstream::Upstream,
    },
    handlers::{body::Taken, context::Context, failure::Failure, outbound},
    platform::Boxed,
    store::client_tokens::OwnedToken,
};

/// The body of a chat, which may be larger behind a genuine session whose crowd is admitted.
pub(super) async fn chat_body(cx: &Context) -> Result<Taken, Failure> {
    let judge = |id: &str| -> Boxed<'_, _> {
        let session = genuine(cx, id);
        Box::pin(async move { shed(cx, session?.token).await })
    };
    cx.chat_body(&|id| genuine(cx, id).is_ok(), &judge).await
}

/// The session whose id the page sent, as far as arithmetic can tell, unless there is a crowd.
pub(super) async fn session(cx: &Context, id: &str) -> Result<Session, Failure> {
    let session = genuine(cx, id)?;
    shed(cx, session.token).await?;
    Ok(session)
}

fn genuine(cx: &Context, id: &str) -> Result<Session, Failure> {
    Ok(Session::verify(id, cx.keyring()?, cx.now).ok_or(Refused::SessionOver)?)
}

/// What the token value that the page sent proves, as far as arithmetic and the clock can tell,
/// unless there is a crowd.
pub(super) async fn proved(cx: &Context, value: &str) -> Result<Proved, Failure> {
    let flawed = || Refused::UnknownToken(token_value::flaw(value));
    let proved = token_value::verify(value, cx.keyring()?).ok_or_else(flawed)?;
    admit_value(&proved, cx.now)?;
    shed(cx, proved.claims.id).await?;
    Ok(proved)
}

/// Turns the request away if too many come from its address, or with its token. It is counted once.
async fn shed(cx: &Context, token: ClientTokenId) -> Result<(), Failure> {
    if cx.is_judged.replace(true) {
        return Ok(());
    }
    let keyring = cx.keyring()?;
    cx.shed(Member::of_address(&cx.address(), keyring)).await?;
    let variable = cx.var("TOKEN_CEILING_PER_MINUTE");
    let ceiling = ceiling(variable.as_deref()).unwrap_or_else(|fault| {
        cx.runtime.log(fault);
        None
    });
    cx.shed(ceiling.and_then(|most| Member::of_token(token, most, keyring))).await
}

/// The token, if it is the one that was claimed and the page's origin may use it.
pub(super) fn admit(
    cx: &Context,
    owned: Option<OwnedToken>,
    proved: &Proved,
) -> Result<(ClientToken, RequestOrigin), Failure> {
    let token = present(noted(cx, owned), proved)?;
    let origin = admit_page(&token, proved.grant.as_ref(), cx.header("Origin").as_deref())?;
    Ok((token, origin))
}

/// The token of a live session, if the page's origin may use it and its conversation and target are
/// still there.
pub(super) fn admit_to(
    cx: &Context,
    session: &Session,
    owned: Option<OwnedToken>,
    stored: &StoredSession,
) -> Result<(ClientToken, RequestOrigin), Failure> {
    let (token, header) = (noted(cx, owned), cx.header("Origin"));
    Ok(admit_session(session, token, stored, header.as_deref(), cx.now)?)
}

/// The token that was found, after a note whose it is and where the page is.
pub(super) fn noted(cx: &Context, owned: Option<OwnedToken>) -> Option<ClientToken> {
    let OwnedToken { tenant, token } = owned?;
    cx.set_tenant(tenant);
    let seen = Seen::of(cx.header("Origin").as_deref(), &token.settings.allowed_origins);
    cx.set_visited(token.id, seen);
    Some(token)
}

/// What executes the target: its own row, else the deployment's default.
pub(super) fn upstream(
    cx: &Context,
    wanted: &TargetId,
    found: Option<&Target>,
) -> Result<Upstream, Failure> {
    match own_upstream(wanted, found) {
        Some(upstream) => Ok(upstream),
        None => Ok(upstream_or(outbound::default_upstream(cx)?, wanted, None)?),
    }
}
