//! Why a value opens a session or doesn't, for its owner (contract section 3.10). The verdict is the
//! one of [`admit_init`] and [`upstream_or`], as a page would hear it; here it gets its reason and,
//! where an update of the token would change it, that update.

use crate::{
    chat::{
        admission::{Wish, admit_init, upstream_or},
        refused::Refused,
    },
    domain::{
        client_token::{Changes, ClientToken, Targets},
        environment::Environment,
        limiter::{Limit, Verdict},
        origin::{AllowedOrigins, OriginPattern, RequestOrigin},
        target::{Target, TargetKind},
        text::{TargetId, TargetIds},
        time::Timestamp,
        token_value::Proved,
        upstream::Upstream,
    },
};

/// A verdict in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// The value opens a session.
    Valid,
    /// Not the form of a value.
    Malformed,
    /// Not signed by this deployment, or of a token that the caller's tenant doesn't have.
    Forged,
    /// A value from before a regenerate.
    Regenerated,
    /// A minted value that has ended.
    Expired,
    /// The token was deleted.
    Deleted,
    /// The token is switched off.
    Inactive,
    /// No entry of `allowedOrigins` admits the origin.
    OriginNotAllowed,
    /// The token doesn't list the target, or lists none at all.
    TargetNotAllowed,
    /// Nothing executes the target.
    NoUpstream,
    /// A limit is reached.
    RateLimited,
    /// A live value, asked about with a test key.
    EnvironmentMismatch,
}

/// Why, and the update of the token that would change the verdict.
#[derive(Debug, PartialEq)]
pub(crate) struct Reason {
    /// What was compared with what.
    pub(crate) message: String,
    /// The change that turns this refusal; `None` when no change of the token does.
    pub(crate) edit: Option<Changes>,
}

/// A verdict with its reason; a valid value has none.
#[derive(Debug, PartialEq)]
pub(crate) struct Explanation {
    /// The verdict.
    pub(crate) code: Code,
    /// Why it isn't [`Code::Valid`].
    pub(crate) reason: Option<Reason>,
}

impl Explanation {
    /// A refusal that no change of the token turns.
    pub(crate) fn plain(code: Code, message: impl Into<String>) -> Self {
        Self { code, reason: Some(Reason { message: message.into(), edit: None }) }
    }

    fn editable(code: Code, message: String, edit: Option<Changes>) -> Self {
        Self { code, reason: Some(Reason { message, edit }) }
    }
}

/// The token that a proved value names, as its owner's database has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    /// The token, deleted or not.
    pub(crate) token: ClientToken,
    /// Whether it was deleted.
    pub(crate) is_deleted: bool,
    /// The target wanted, else the token's own choice, if it is set up.
    pub(crate) target: Option<Target>,
}

/// What is asked about a token: the value, the page's wish, and the moment.
#[derive(Debug, Clone)]
pub(crate) struct Question<'a> {
    /// What the value's tag proves.
    pub(crate) proved: &'a Proved,
    /// What a page that brought the value would want.
    pub(crate) wish: Wish<'a>,
    /// What executes targets that have no row of their own.
    pub(crate) default: Option<Upstream>,
    /// The moment of the request.
    pub(crate) now: Timestamp,
}

/// The verdict on everything but the limits, for a caller of this environment. An edit is offered
/// only if it changes the verdict: a minted value may refuse what its token would then allow.
pub(crate) fn explain(
    judged: &Judged,
    question: &Question<'_>,
    caller: Environment,
) -> Explanation {
    if !caller.reaches(judged.token.environment) {
        let message = "a test key can't ask about a live value";
        return Explanation::plain(Code::EnvironmentMismatch, message);
    }
    let mut said = verdict(judged, question);
    if let Some(reason) = &mut said.reason {
        reason.edit = reason.edit.take().filter(|edit| {
            let mut edited = judged.clone();
            edited.token.settings = edit.applied_to(&edited.token.settings);
            verdict(&edited, question).code != said.code
        });
    }
    said
}

fn verdict(judged: &Judged, question: &Question<'_>) -> Explanation {
    let Judged { token, is_deleted, target } = judged;
    let Question { proved, wish, default, now } = question;
    let live = Some(token).filter(|_| !is_deleted).cloned();
    let admitted = admit_init(live, proved, *wish, *now)
        .and_then(|(_, chosen)| upstream_or(default.clone(), &chosen, target.as_ref()));
    match admitted {
        Ok(_) => Explanation { code: Code::Valid, reason: None },
        Err(refused) => refusal(&refused, judged, *wish),
    }
}

fn refusal(refused: &Refused, judged: &Judged, wish: Wish<'_>) -> Explanation {
    let Judged { token, is_deleted, .. } = judged;
    match refused {
        Refused::ValueExpired(end) => {
            let message = format!("the minted value ended at {end}; mint another");
            Explanation::plain(Code::Expired, message)
        }
        Refused::OriginNotGranted(origin) => Explanation::plain(
            Code::OriginNotAllowed,
            format!("the token admits {origin}, but the minted value's own allowedOrigins don't"),
        ),
        Refused::TargetNotGranted => Explanation::plain(
            Code::TargetNotAllowed,
            "the token lists such a target, but the minted value's own flowIds and agentIds don't",
        ),
        Refused::OriginNotAllowed(origin) => no_origin(token, origin.as_ref(), wish),
        Refused::TokenInactive => {
            let edit = Changes { is_active: Some(true), ..Changes::default() };
            let message = "the token's isActive is false".to_owned();
            Explanation::editable(Code::Inactive, message, Some(edit))
        }
        Refused::TargetNotListed | Refused::NoTarget => no_target(token, wish.target),
        Refused::NoUpstream => Explanation::plain(
            Code::NoUpstream,
            "neither a target of this id nor a default upstream is set up",
        ),
        _ if *is_deleted => Explanation::plain(Code::Deleted, "the token was deleted"),
        _ => Explanation::plain(
            Code::Regenerated,
            "the value is of an earlier generation: the token's value was regenerated",
        ),
    }
}

fn no_origin(token: &ClientToken, origin: Option<&RequestOrigin>, wish: Wish<'_>) -> Explanation {
    let code = Code::OriginNotAllowed;
    let Some(origin) = origin else {
        let header = wish.origin.unwrap_or_default();
        let message = format!("{header:?} is not an origin as browsers send it");
        return Explanation::plain(code, message);
    };
    let allowed = &token.settings.allowed_origins;
    let listed = allowed.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let message = format!("no entry of allowedOrigins admits {origin}: it lists {listed}");
    Explanation::editable(code, message, admitting(allowed, origin))
}

/// The change that lets `origin` in, where an entry for it can be written and has room.
fn admitting(allowed: &AllowedOrigins, origin: &RequestOrigin) -> Option<Changes> {
    let text = origin.as_text().unwrap_or_else(|| "native".to_owned());
    let entry = OriginPattern::parse(&text).ok()?;
    let widened: Vec<_> = allowed.iter().cloned().chain([entry]).collect();
    let allowed = AllowedOrigins::from_patterns(widened);
    let fits = allowed.len() <= AllowedOrigins::MAX && allowed.admits(origin);
    fits.then(|| Changes { allowed_origins: Some(allowed), ..Changes::default() })
}

fn no_target(token: &ClientToken, wanted: Option<&TargetId>) -> Explanation {
    let (code, targets) = (Code::TargetNotAllowed, &token.settings.targets);
    let Some(wanted) = wanted else {
        return Explanation::plain(code, "the token lists neither a flow nor an agent");
    };
    let message = format!("{} is neither in flowIds nor in agentIds", wanted.as_str());
    Explanation::editable(code, message, listing(targets, wanted))
}

/// The change that lists `wanted`, where the token's other fields allow it and the list has room.
fn listing(targets: &Targets, wanted: &TargetId) -> Option<Changes> {
    let with = |ids: &TargetIds| {
        TargetIds::from_ids(ids.as_slice().iter().chain([wanted]).cloned().collect()).ok()
    };
    let changes = if TargetKind::of(wanted) == Some(TargetKind::Agent) {
        Changes { agent_ids: Some(with(&targets.agent_ids)?), ..Changes::default() }
    } else {
        Changes { flow_ids: Some(with(&targets.flow_ids)?), ..Changes::default() }
    };
    changes.applied_to_targets(targets).conflicts().is_empty().then_some(changes)
}

/// The verdict of the limiter, if it refuses.
pub(crate) fn limited(verdict: &Verdict) -> Option<Explanation> {
    let reached = verdict.refusal?;
    let field = match reached.by {
        Limit::Minute => "rateLimitPerMinute",
        Limit::Hour => "rateLimitPerHour",
        Limit::Session => "maxMessagesPerSession",
    };
    let (quota, wait) = (reached.quota, reached.retry_after);
    let message = format!("the visitor used up {field}, {quota}; more in {wait} s");
    Some(Explanation::plain(Code::RateLimited, message))
}

#[cfg(test)]
mod tests;
