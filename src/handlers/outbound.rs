//! What executes: a target's own row, else the deployment's default, each held to what the deployment
//! allows.

use crate::{
    api::targets::request::parse_default_upstream,
    domain::{outbound::Outbound, target::Executable, upstream::Upstream},
    handlers::{context::Context, failure::Failure},
    store::targets::SetUp,
};

/// Asks what the deployment allows the upstreams of whose request it turned out to be.
pub(super) fn ask<T>(cx: &Context, ask: impl FnOnce(Outbound<'_>) -> T) -> Result<T, Failure> {
    let unknown = || Failure::Broken("a tenant that isn't known yet".to_owned());
    let tenant = cx.tenant().ok_or_else(unknown)?;
    Ok(ask(Outbound { tenant, variable: &|name| cx.var(name) }))
}

/// The variable `DEFAULT_UPSTREAM`, when set.
pub(super) fn default_upstream(cx: &Context) -> Result<Option<Upstream>, Failure> {
    let default = cx.var("DEFAULT_UPSTREAM").filter(|text| !text.is_empty());
    let Some(text) = default else { return Ok(None) };
    let parsed = ask(cx, |outbound| parse_default_upstream(&text, outbound))?;
    parsed.map(Some).map_err(|fault| Failure::Broken(format!("the variable {fault}")))
}

/// The same, unless it has faults.
pub(super) fn sound_default(cx: &Context) -> Option<Upstream> {
    default_upstream(cx).ok().flatten()
}

/// What is executed when the targets `set_up` are there. A default upstream with faults executes
/// nothing.
pub(super) fn executable(cx: &Context, set_up: Vec<SetUp>) -> Executable {
    let set_up = set_up.into_iter().map(|target| target.id).collect();
    Executable::of(set_up, sound_default(cx).as_ref())
}
