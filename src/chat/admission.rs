//! Whether a page may use a token, a session or a target, and why not (contract section 6). Origin
//! comes before activity: a page of a stranger learns nothing of the token.

use crate::{
    chat::{
        opening::admit_history,
        refused::{Refused, Unlisted},
    },
    domain::{
        client_token::{ClientToken, Targets},
        conversation::StoredSession,
        grant::Grant,
        origin::RequestOrigin,
        refusal_code::Flaw,
        session::Session,
        target::Target,
        text::TargetId,
        time::Timestamp,
        token_value::Proved,
        upstream::Upstream,
    },
};

/// Refuses a minted value that has ended, which takes no look at its token.
pub(crate) fn admit_value(proved: &Proved, now: Timestamp) -> Result<(), Refused> {
    match &proved.grant {
        Some(grant) if grant.is_over(now) => Err(Refused::ValueExpired(grant.expires_at)),
        _ => Ok(()),
    }
}

/// The token that a proved value names, if that is its present value; what isn't there any more was
/// deleted.
pub(crate) fn present(token: Option<ClientToken>, proved: &Proved) -> Result<ClientToken, Refused> {
    let token = token.ok_or(Refused::UnknownToken(Flaw::Deleted))?;
    if token.has_claims(&proved.claims) {
        Ok(token)
    } else {
        Err(Refused::UnknownToken(Flaw::Regenerated))
    }
}

/// The page's origin, if it may use the token under the `grant` of its credential; `header` is its
/// `Origin`.
pub(crate) fn admit_page(
    token: &ClientToken,
    grant: Option<&Grant>,
    header: Option<&str>,
) -> Result<RequestOrigin, Refused> {
    let origin = RequestOrigin::parse(header).map_err(|_| Refused::OriginNotAllowed(None))?;
    let allowed = &token.settings.allowed_origins;
    if !allowed.admits(&origin) {
        let no_entry = allowed.entry_for(&origin).err();
        return Err(Refused::OriginNotAllowed(Some(Unlisted { origin, no_entry })));
    }
    if !grant.is_none_or(|grant| grant.admits(&origin)) {
        return Err(Refused::OriginNotGranted(origin));
    }
    if token.settings.is_active { Ok(origin) } else { Err(Refused::TokenInactive) }
}

/// What a page wants when it opens a session.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wish<'a> {
    /// The page's `Origin` header.
    pub(crate) origin: Option<&'a str>,
    pub(crate) target: Option<&'a TargetId>,
    /// The target of the session that the page comes back with.
    pub(crate) previous: Option<&'a TargetId>,
    pub(crate) wants_history: bool,
}

/// The token, as the holder of the value meets it, and the target of a page that opens a session
/// with a proved value; `token` is the one that the value names, if it is there.
pub(crate) fn admit_init(
    token: Option<ClientToken>,
    proved: &Proved,
    wish: Wish<'_>,
    now: Timestamp,
) -> Result<(ClientToken, TargetId), Refused> {
    admit_value(proved, now)?;
    let token = present(token, proved)?;
    let grant = proved.grant.as_ref();
    admit_page(&token, grant, wish.origin)?;
    admit_history(wish.wants_history)?;
    let choose =
        |token: &ClientToken| choose_target(&token.settings.targets, wish.target, wish.previous);
    let of_token = choose(&token);
    let token = narrowed(token, grant);
    match (choose(&token), of_token) {
        (Err(_), Ok(_)) => Err(Refused::TargetNotGranted),
        (chosen, _) => Ok((token, chosen?)),
    }
}

/// The token as the holder of a credential meets it.
pub(crate) fn narrowed(token: ClientToken, grant: Option<&Grant>) -> ClientToken {
    match grant {
        Some(grant) => grant.narrow(token),
        None => token,
    }
}

/// What executes the target `wanted`: its own row, if that was found, else the default.
pub(crate) fn upstream_or(
    default: Option<Upstream>,
    wanted: &TargetId,
    found: Option<&Target>,
) -> Result<Upstream, Refused> {
    own_upstream(wanted, found).or(default).ok_or(Refused::NoUpstream)
}

/// The token of a live session, as its holder meets it, and the page's origin: the page may use the token, and the
/// session's conversation and target are still there.
pub(crate) fn admit_session(
    session: &Session,
    token: Option<ClientToken>,
    stored: &StoredSession,
    header: Option<&str>,
    now: Timestamp,
) -> Result<(ClientToken, RequestOrigin), Refused> {
    let is_live = |token: &ClientToken| session.is_live(token, stored.last_chat_at, now);
    let token = token.filter(is_live).ok_or(Refused::SessionOver)?;
    if stored.is_deleted {
        return Err(Refused::ConversationDeleted);
    }
    let grant = session.grant.as_deref();
    let origin = admit_page(&token, grant, header)?;
    let token = narrowed(token, grant);
    if token.settings.targets.contains(&session.target) {
        Ok((token, origin))
    } else {
        Err(Refused::TargetRemoved)
    }
}

/// The target that is opened: the one wanted; else that of the session come back with, while it
/// is listed; else the token's own choice.
pub(crate) fn choose_target(
    targets: &Targets,
    wanted: Option<&TargetId>,
    previous: Option<&TargetId>,
) -> Result<TargetId, Refused> {
    if let Some(wanted) = wanted {
        return Some(wanted.clone())
            .filter(|id| targets.contains(id))
            .ok_or(Refused::TargetNotListed);
    }
    let previous = previous.filter(|id| targets.contains(id));
    previous.or(targets.first()).cloned().ok_or(Refused::NoTarget)
}

/// What executes the target `wanted` by its own row, if that was found.
pub(crate) fn own_upstream(wanted: &TargetId, found: Option<&Target>) -> Option<Upstream> {
    found.filter(|target| target.id == *wanted).map(|target| target.upstream.clone())
}

#[cfg(test)]
mod tests;
