//! Why a value opens a session or doesn't, for its owner (contract section 3.10). The verdict is the
//! one of `admit_init` and [`upstream_or`], as a page would hear it. Here everything that stands in
//! the way is told, in the order in which a page would meet it, and where an update of the token
//! would take that away, the update.

use crate::{
    chat::{
        admission::{Wish, admit_value, choose_target, narrowed, present, upstream_or},
        refused::{Refused, Unlisted},
    },
    domain::{
        client_token::{Changes, ClientToken, Targets},
        environment::Environment,
        grant::Grant,
        limiter::{Limit, Verdict},
        origin::{AllowedOrigins, NoEntry, RequestOrigin},
        refusal_code::{Flaw, RefusalCode},
        target::{Target, TargetKind},
        text::{TargetId, TargetIds},
        time::Timestamp,
        token_value::Proved,
        upstream::Upstream,
    },
};

/// A verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Valid,
    Refused(RefusalCode),
    /// A live value, asked about with a test key.
    EnvironmentMismatch,
}

impl Code {
    /// The verdict in one word. A value meets no refusal that has none.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Refused(code) => code.verdict().unwrap_or_default(),
            Self::EnvironmentMismatch => "environment_mismatch",
        }
    }
}

/// One thing that stands in the way, and the update of the token that would take it away.
#[derive(Debug, PartialEq)]
pub(crate) struct Reason {
    /// The verdict, if this were all.
    code: Code,
    /// What was compared with what.
    pub(crate) message: String,
    /// The change that turns this reason, whatever the others say; `None` when no change of the
    /// token does.
    pub(crate) edit: Option<Changes>,
}

impl Reason {
    fn plain(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), edit: None }
    }

    fn refused(code: RefusalCode, message: impl Into<String>) -> Self {
        Self::plain(Code::Refused(code), message)
    }

    fn flawed(flaw: Flaw) -> Self {
        let message = match flaw {
            Flaw::Malformed => {
                "a value is ct_live_ or ct_test_ and 50 letters and digits; a minted one goes on with a dot and what it allows"
            }
            Flaw::Forged => "no token of this account has, or had, this value",
            Flaw::Regenerated => {
                "the value is of an earlier generation: the token's value was regenerated"
            }
            Flaw::Deleted => "the token was deleted",
        };
        Self::refused(RefusalCode::InvalidToken(flaw), message)
    }
}

/// A verdict: all reasons against the value in the order in which a page would meet them; a valid
/// value has none.
#[derive(Debug, PartialEq)]
pub(crate) struct Explanation(Vec<Reason>);

impl Explanation {
    /// The verdict on a value that names no token of the caller's tenant.
    pub(crate) fn flawed(flaw: Flaw) -> Self {
        Self(vec![Reason::flawed(flaw)])
    }

    pub(crate) fn code(&self) -> Code {
        self.0.first().map_or(Code::Valid, |reason| reason.code)
    }

    pub(crate) fn reasons(&self) -> &[Reason] {
        &self.0
    }

    /// Whether limits would be met, too, were it not for the reasons so far: a token that is gone, or
    /// that the caller may not know, has none to be told.
    pub(crate) fn has_limits(&self) -> bool {
        let deleted = RefusalCode::InvalidToken(Flaw::Deleted);
        let ends = [Code::Refused(deleted), Code::EnvironmentMismatch];
        !self.0.iter().any(|reason| ends.contains(&reason.code))
    }

    /// The same with the verdict of the limiter, which a page meets last.
    pub(crate) fn limited_by(mut self, verdict: &Verdict) -> Self {
        self.0.extend(limited(verdict));
        self
    }
}

/// The token that a proved value names, as its owner's database has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    /// The token, deleted or not.
    pub(crate) token: ClientToken,
    pub(crate) is_deleted: bool,
    /// The target wanted, else the token's own choice, if it is set up.
    pub(crate) target: Option<Target>,
}

/// What is asked about a token: the value, the page's wish, and the moment.
#[derive(Debug, Clone)]
pub(crate) struct Question<'a> {
    pub(crate) proved: &'a Proved,
    /// What a page that brought the value would want.
    pub(crate) wish: Wish<'a>,
    /// What executes targets that have no row of their own.
    pub(crate) default: Option<Upstream>,
    pub(crate) now: Timestamp,
}

/// The verdict on everything but the limits, for a caller of this environment.
pub(crate) fn explain(
    judged: &Judged,
    question: &Question<'_>,
    caller: Environment,
) -> Explanation {
    if !caller.reaches(judged.token.environment) {
        let message = "a test key can't ask about a live value";
        return Explanation(vec![Reason::plain(Code::EnvironmentMismatch, message)]);
    }
    let refusals = refusals(judged, question);
    Explanation(refusals.iter().map(|refused| reason(refused, judged, question.wish)).collect())
}

/// Everything that refuses the page, each as if the ones before weren't there. The first one is what
/// an init answers. Of a token that is gone nothing more is told: no update reaches it.
fn refusals(judged: &Judged, question: &Question<'_>) -> Vec<Refused> {
    let Judged { token, is_deleted, .. } = judged;
    let Question { proved, wish, now, .. } = question;
    let grant = proved.grant.as_ref();
    let mut all: Vec<_> = admit_value(proved, *now).err().into_iter().collect();
    let found = Some(token.clone()).filter(|_| !is_deleted);
    all.extend(present(found, proved).err());
    if !is_deleted {
        all.extend(of_origin(token, grant, wish.origin));
        all.extend((!token.settings.is_active).then_some(Refused::TokenInactive));
        all.extend(of_target(judged, grant, question));
    }
    all
}

fn of_origin(token: &ClientToken, grant: Option<&Grant>, header: Option<&str>) -> Vec<Refused> {
    let Ok(origin) = RequestOrigin::parse(header) else {
        return vec![Refused::OriginNotAllowed(None)];
    };
    let mut all = Vec::new();
    let allowed = &token.settings.allowed_origins;
    if !allowed.admits(&origin) {
        let no_entry = allowed.entry_for(&origin).err();
        let origin = origin.clone();
        all.push(Refused::OriginNotAllowed(Some(Unlisted { origin, no_entry })));
    }
    if !grant.is_none_or(|grant| grant.admits(&origin)) {
        all.push(Refused::OriginNotGranted(origin));
    }
    all
}

fn of_target(judged: &Judged, grant: Option<&Grant>, question: &Question<'_>) -> Vec<Refused> {
    let Question { wish, default, .. } = question;
    let choose =
        |token: &ClientToken| choose_target(&token.settings.targets, wish.target, wish.previous);
    let (token, mut all) = match (choose(&judged.token), wish.target) {
        (Ok(_), _) => (judged.token.clone(), Vec::new()),
        (Err(refused), Some(wanted)) => (listing_only(&judged.token, wanted), vec![refused]),
        (Err(refused), None) => return vec![refused],
    };
    let of_value = choose(&narrowed(token, grant));
    all.extend(of_value.is_err().then_some(Refused::TargetNotGranted));
    let chosen = wish.target.cloned().or(of_value.ok());
    let upstream = chosen.map(|id| upstream_or(default.clone(), &id, judged.target.as_ref()));
    all.extend(upstream.and_then(Result::err));
    all
}

/// The token, if it listed the target `wanted` and no other.
fn listing_only(token: &ClientToken, wanted: &TargetId) -> ClientToken {
    let mut token = token.clone();
    let targets = listing(&Targets::default(), wanted);
    token.settings.targets = targets
        .map_or_else(Targets::default, |changes| changes.applied_to_targets(&Targets::default()));
    token
}

fn reason(refused: &Refused, judged: &Judged, wish: Wish<'_>) -> Reason {
    let token = &judged.token;
    let plain = |message: &str| Reason::refused(refused.code(), message);
    match refused {
        Refused::UnknownToken(flaw) => Reason::flawed(*flaw),
        Refused::ValueExpired(end) => {
            plain(&format!("the minted value ended at {end}; mint another"))
        }
        Refused::OriginNotGranted(origin) => {
            plain(&format!("the minted value's own allowedOrigins don't admit {origin}"))
        }
        Refused::TargetNotGranted => {
            plain("the minted value's own flowIds and agentIds don't list such a target")
        }
        Refused::OriginNotAllowed(page) => no_origin(token, page.as_ref(), wish),
        Refused::TokenInactive => Reason {
            edit: Some(Changes { is_active: Some(true), ..Changes::default() }),
            ..plain("the token's isActive is false")
        },
        Refused::TargetNotListed | Refused::NoTarget => no_target(token, wish.target),
        Refused::NoUpstream => {
            plain("neither a target of this id nor a default upstream is set up")
        }
        _ => plain("a page that sends the value is refused"),
    }
}

fn no_origin(token: &ClientToken, page: Option<&Unlisted>, wish: Wish<'_>) -> Reason {
    let code = RefusalCode::OriginNotAllowed;
    let Some(Unlisted { origin, no_entry }) = page else {
        let header = wish.origin.unwrap_or_default();
        let message = format!("{header:?} is not an origin as browsers send it");
        return Reason::refused(code, message);
    };
    let allowed = &token.settings.allowed_origins;
    let listed = allowed.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let why_not = match no_entry {
        None => String::new(),
        Some(NoEntry::Unlistable) => format!(
            "; {origin} can't be listed, only \"*\" admits it, and \"native\" admits requests that an app's code sends without an Origin"
        ),
        Some(NoEntry::Full) => {
            format!("; it has {} entries, as many as it may", AllowedOrigins::MAX)
        }
    };
    let message = format!("no entry of allowedOrigins admits {origin}: it lists {listed}{why_not}");
    Reason { edit: admitting(allowed, origin), ..Reason::refused(code, message) }
}

/// The change that lets `origin` in, where an entry for it can be added.
fn admitting(allowed: &AllowedOrigins, origin: &RequestOrigin) -> Option<Changes> {
    let widened = allowed.with(allowed.entry_for(origin).ok()?);
    Some(Changes { allowed_origins: Some(widened), ..Changes::default() })
}

fn no_target(token: &ClientToken, wanted: Option<&TargetId>) -> Reason {
    let (code, targets) = (RefusalCode::TargetNotAllowed, &token.settings.targets);
    let Some(wanted) = wanted else {
        return Reason::refused(code, "the token lists neither a flow nor an agent");
    };
    let message = format!("{} is neither in flowIds nor in agentIds", wanted.as_str());
    Reason { edit: listing(targets, wanted), ..Reason::refused(code, message) }
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
fn limited(verdict: &Verdict) -> Option<Reason> {
    let reached = verdict.refusal?;
    let field = match reached.by {
        Limit::Minute => "rateLimitPerMinute",
        Limit::Hour => "rateLimitPerHour",
        Limit::MinuteBytes => "the bytes of a minute",
        Limit::HourBytes => "the bytes of an hour",
        Limit::Session => "maxMessagesPerSession",
    };
    let (quota, wait) = (reached.quota, reached.retry_after);
    let message = format!("the visitor used up {field}, {quota}; more in {wait} s");
    Some(Reason::refused(RefusalCode::RateLimited, message))
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
