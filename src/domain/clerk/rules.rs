//! What the claims of a proved session token say, and whether the deployment takes them.

use serde_json::Value;

use crate::domain::{
    actor::UserId,
    clerk::{Roles, SessionFault},
    json::{self, Look},
    permission::{Permission, Permissions},
    tenant::TenantId,
    time::Timestamp,
};

/// How far the clocks of Clerk and of the Worker may be apart.
const LEEWAY_MILLIS: i64 = 5000;
/// The entry of the list of parties that admits tokens without `azp`: those of apps that aren't web
/// pages, and so have no origin.
const NATIVE: &str = "native";

/// What a deployment demands of the claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The only `iss`; `None`: any, since the key alone is the instance's own.
    pub issuer: Option<String>,
    /// The only values of `azp`, which is the origin of the page that asked for the token; `native`
    /// among them admits tokens without it. `None`: any, and none.
    pub parties: Option<Vec<String>>,
    pub roles: Roles,
}

/// A signed-in user in an organisation or in their personal account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub user: UserId,
    /// Who acts as that user, with the user's rights.
    pub impersonator: Option<UserId>,
    /// The organisation's id, or the user's.
    pub tenant: TenantId,
    /// What the role in the organisation allows; everything in a personal account.
    pub permissions: Permissions,
}

impl Rules {
    /// The session that proved claims stand for.
    pub fn admit(&self, claims: &Value, now: Timestamp) -> Result<Session, SessionFault> {
        check_time(claims, now)?;
        if self.issuer.as_deref().is_some_and(|issuer| claims.text("iss") != Some(issuer)) {
            return Err(SessionFault::Issuer);
        }
        self.check_party(text(claims, "azp", "azp")?)?;
        // Clerk's own session tokens have none; those of its templates, which others are sent, may.
        if claims.member("aud").is_some() {
            return Err(SessionFault::Audience);
        }
        if text(claims, "sts", "sts")? == Some("pending") {
            return Err(SessionFault::Pending);
        }
        self.session(claims)
    }

    fn check_party(&self, party: Option<&str>) -> Result<(), SessionFault> {
        let Some(parties) = &self.parties else { return Ok(()) };
        let is_listed = |party: &str| parties.iter().any(|one| one == party);
        match party {
            Some(party) if party != NATIVE && is_listed(party) => Ok(()),
            Some(_) => Err(SessionFault::Party),
            None if is_listed(NATIVE) => Ok(()),
            None => Err(SessionFault::NoParty),
        }
    }

    fn session(&self, claims: &Value) -> Result<Session, SessionFault> {
        let subject = id(text(claims, "sub", "sub")?, "user_", "sub")?;
        let user = UserId::parse(subject).map_err(|_| SessionFault::Claim("sub"))?;
        let impersonator = impersonator(claims, &user)?;
        if let Some((organisation, role)) = organisation(claims)? {
            let tenant = TenantId::parse(organisation);
            let tenant = tenant.map_err(|_| SessionFault::Claim("org_id"))?;
            let permissions = self.roles.permissions(role);
            return Ok(Session { user, impersonator, tenant, permissions });
        }
        let tenant = TenantId::parse(subject).map_err(|_| SessionFault::Claim("sub"))?;
        let everything = Permission::parse("*").into_iter().collect();
        let permissions = Permissions::from_list(everything);
        Ok(Session { user, impersonator, tenant, permissions })
    }
}

/// The organisation that the session is in and the role there, of either version of the claims:
/// `org_id` and `org_role`, or `o.id` and `o.rol`. A claim that can't be read is a fault and never an
/// absence: without an organisation the user may do everything.
fn organisation(claims: &Value) -> Result<Option<(&str, Option<&str>)>, SessionFault> {
    let first = text(claims, "org_id", "org_id")?;
    let Some(second) = claims.member("o") else {
        let Some(organisation) = first else { return Ok(None) };
        let role = text(claims, "org_role", "org_role")?;
        return Ok(Some((id(Some(organisation), "org_", "org_id")?, role)));
    };
    if !matches!(second, Value::Object(_)) {
        return Err(SessionFault::Claim("o"));
    }
    let organisation = id(text(second, "id", "o.id")?, "org_", "o.id")?;
    if first.is_some_and(|first| first != organisation) {
        return Err(SessionFault::Claim("o.id"));
    }
    Ok(Some((organisation, text(second, "rol", "o.rol")?)))
}

/// Who acts as the user (RFC 8693 section 4.1); of a chain of them the present one, which stands
/// outermost. What can't be read is a fault and never an absence: the log would name the user alone for
/// what somebody else did. A user who acts as themself is such a claim, too.
fn impersonator(claims: &Value, user: &UserId) -> Result<Option<UserId>, SessionFault> {
    let Some(act) = claims.member("act") else { return Ok(None) };
    let unreadable = SessionFault::Claim("act.sub");
    let subject = text(act, "sub", "act.sub")?.ok_or(unreadable)?;
    let one = UserId::parse(subject).map_err(|_| unreadable)?;
    if one == *user { Err(unreadable) } else { Ok(Some(one)) }
}

/// An id of Clerk's. Its prefix keeps what Clerk names apart from tenants that an operator named.
fn id<'a>(
    text: Option<&'a str>,
    prefix: &str,
    claim: &'static str,
) -> Result<&'a str, SessionFault> {
    let is_one = |text: &&str| text.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty());
    text.filter(is_one).ok_or(SessionFault::Claim(claim))
}

/// The member `name` of `object`, which is text or absent.
fn text<'a>(
    object: &'a Value,
    name: &str,
    claim: &'static str,
) -> Result<Option<&'a str>, SessionFault> {
    match object.member(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(SessionFault::Claim(claim)),
    }
}

fn check_time(claims: &Value, now: Timestamp) -> Result<(), SessionFault> {
    let end = moment(claims, "exp")?.ok_or(SessionFault::Claim("exp"))?;
    if now.millis() >= end.saturating_add(LEEWAY_MILLIS) {
        return Err(SessionFault::Expired);
    }
    for name in ["nbf", "iat"] {
        let start = moment(claims, name)?;
        if start.is_some_and(|start| now.millis() < start.saturating_sub(LEEWAY_MILLIS)) {
            return Err(SessionFault::Early);
        }
    }
    Ok(())
}

/// A claim in whole seconds since the epoch, as milliseconds.
fn moment(claims: &Value, name: &'static str) -> Result<Option<i64>, SessionFault> {
    match claims.member(name) {
        None => Ok(None),
        Some(Value::Number(seconds)) => {
            let seconds = json::whole::<i64>(seconds).filter(|seconds| *seconds >= 0);
            Ok(Some(seconds.ok_or(SessionFault::Claim(name))?.saturating_mul(1000)))
        }
        Some(_) => Err(SessionFault::Claim(name)),
    }
}

#[cfg(test)]
mod tests;
