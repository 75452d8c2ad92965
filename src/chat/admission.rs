//! Whether a page may use a token, a session or a target, and why not (contract section 6). Origin
//! comes before activity: a page of a stranger learns nothing of the token.

use crate::{
    chat::{opening::admit_history, refused::Refused},
    domain::{
        client_token::{ClientToken, Targets},
        conversation::StoredSession,
        origin::RequestOrigin,
        session::Session,
        target::{Target, Upstream},
        text::TargetId,
        time::Timestamp,
        token_value::Claims,
    },
};

/// The page's origin, if it may use the token; `header` is its `Origin`.
///
/// # Errors
/// [`Refused::OriginNotAllowed`] or [`Refused::TokenInactive`].
pub(crate) fn admit_page(
    token: &ClientToken,
    header: Option<&str>,
) -> Result<RequestOrigin, Refused> {
    let origin = RequestOrigin::parse(header).map_err(|_| Refused::OriginNotAllowed(None))?;
    if !token.settings.allowed_origins.admits(&origin) {
        return Err(Refused::OriginNotAllowed(Some(origin)));
    }
    if token.settings.is_active { Ok(origin) } else { Err(Refused::TokenInactive) }
}

/// What a page wants when it opens a session.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wish<'a> {
    /// The page's `Origin` header.
    pub(crate) origin: Option<&'a str>,
    /// The target that the page names.
    pub(crate) target: Option<&'a TargetId>,
    /// The target of the session that the page comes back with.
    pub(crate) previous: Option<&'a TargetId>,
    /// Whether the page wants the visitor's earlier conversations.
    pub(crate) wants_history: bool,
}

/// The token and the target of a page that opens a session with a proved value; `token` is the one
/// that the value names, if it is there.
///
/// # Errors
/// [`Refused::UnknownToken`], those of [`admit_page`], [`Refused::HistoryDisabled`], or those of
/// [`choose_target`].
pub(crate) fn admit_init(
    token: Option<ClientToken>,
    claims: &Claims,
    wish: Wish<'_>,
) -> Result<(ClientToken, TargetId), Refused> {
    let token = token.filter(|token| token.has_claims(claims)).ok_or(Refused::UnknownToken)?;
    admit_page(&token, wish.origin)?;
    admit_history(wish.wants_history)?;
    let target = choose_target(&token.settings.targets, wish.target, wish.previous)?;
    Ok((token, target))
}

/// What executes the target `wanted`: its own row, if that was found, else the default.
///
/// # Errors
/// [`Refused::NoUpstream`].
pub(crate) fn upstream_or(
    default: Option<Upstream>,
    wanted: &TargetId,
    found: Option<&Target>,
) -> Result<Upstream, Refused> {
    own_upstream(wanted, found).or(default).ok_or(Refused::NoUpstream)
}

/// The token of a live session, and the page's origin: the page may use the token, and the
/// session's conversation and target are still there.
///
/// # Errors
/// [`Refused::SessionOver`], [`Refused::ConversationDeleted`], those of [`admit_page`], or
/// [`Refused::TargetRemoved`].
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
    let origin = admit_page(&token, header)?;
    if token.settings.targets.contains(&session.target) {
        Ok((token, origin))
    } else {
        Err(Refused::TargetRemoved)
    }
}

/// The target that is opened: the one wanted; else that of the session come back with, while it
/// is listed; else the token's own choice.
///
/// # Errors
/// [`Refused::TargetNotListed`] or [`Refused::NoTarget`].
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
#[must_use]
pub(crate) fn own_upstream(wanted: &TargetId, found: Option<&Target>) -> Option<Upstream> {
    found.filter(|target| target.id == *wanted).map(|target| target.upstream.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::TargetIds;

    fn id(text: &str) -> TargetId {
        TargetId::parse(text).unwrap()
    }

    fn ids(texts: &[&str]) -> TargetIds {
        TargetIds::from_ids(texts.iter().map(|t| id(t)).collect()).unwrap()
    }

    #[test]
    fn the_target_is_the_wanted_one_or_the_default_or_the_first() {
        let choose = |targets: &Targets, wanted: Option<&str>, previous: Option<&str>| {
            choose_target(targets, wanted.map(id).as_ref(), previous.map(id).as_ref())
        };
        let mut targets = Targets { flow_ids: ids(&["flow_a", "flow_b"]), ..Targets::default() };
        assert_eq!(choose(&targets, None, None), Ok(id("flow_a")));
        targets.default_flow_id = Some(id("flow_b"));
        targets.agent_ids = ids(&["agent_a"]);
        assert_eq!(choose(&targets, None, None), Ok(id("flow_b")));
        assert_eq!(choose(&targets, Some("agent_a"), Some("flow_a")), Ok(id("agent_a")));
        assert_eq!(choose(&targets, None, Some("flow_a")), Ok(id("flow_a")));
        assert_eq!(choose(&targets, None, Some("flow_z")), Ok(id("flow_b")));
        assert_eq!(choose(&targets, Some("flow_z"), None), Err(Refused::TargetNotListed));
        let agents = Targets { agent_ids: ids(&["agent_a"]), ..Targets::default() };
        assert_eq!(choose(&agents, None, None), Ok(id("agent_a")));
        assert_eq!(choose(&Targets::default(), None, None), Err(Refused::NoTarget));
    }
}
