//! API keys on the wire.
//!
//! A key is shown whole once only, in the answer to the request that made it. What one key may do
//! to others is decided here, so that a refusal can tell the reason; the SQL statements enforce it
//! a second time (contract section 4).

use serde::Serialize;

use crate::{
    api::{
        error::{Error, Noun},
        faults::{Code, Faults},
        fields::{Fields, settle},
        pagination::Pagination,
        query::{ListQuery, Page},
        reply::{Deleted, Reply},
        values,
    },
    domain::{
        actor::Actor,
        api_key::{ApiKey, ApiKeyValue, MAX_GRACE_SECONDS, prefix},
        environment::Environment,
        permission::{Permission, Permissions},
        text::Name,
        time::Timestamp,
    },
};

/// A body of `POST /v1/api-keys` without faults, for a key that its maker may make.
#[derive(Debug)]
pub(crate) struct CreateRequest {
    /// For people; need not be unique.
    pub(crate) name: Name,
    /// The maker's, unless the body names one.
    pub(crate) environment: Environment,
    pub(crate) permissions: Permissions,
    /// The key works before this moment only; `None`: for ever.
    pub(crate) expires_at: Option<Timestamp>,
}

impl CreateRequest {
    /// [`Error::LiveWithTestKey`] and [`Error::CannotGrant`] only of a body without faults.
    pub(crate) fn parse(body: &[u8], maker: &Actor, now: Timestamp) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let mut fields = Fields::open(body, &mut faults)?;
        let name = fields.required("name", values::name);
        let environment = fields.optional("environment", values::environment);
        let permissions = fields.required("permissions", values::permissions);
        let expires_at = expires_at(&mut fields, maker, now);
        fields.finish();
        let environment = environment.unwrap_or(maker.environment);
        match (name, permissions) {
            (Some(name), Some(permissions)) if faults.is_empty() => {
                may_grant(maker, environment, &permissions)?;
                Ok(Self { name, environment, permissions, expires_at })
            }
            _ => Err(Error::Invalid(faults)),
        }
    }
}

/// A body of `POST /v1/api-keys/:id/regenerate`, which may be absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RegenerateRequest {
    /// How long the old value works on.
    pub(crate) grace_seconds: u32,
}

impl RegenerateRequest {
    /// Reads `gracePeriodSeconds` (0 to 86,400, default 0).
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        const FIELD: &str = "gracePeriodSeconds";
        if body.is_empty() {
            return Ok(Self::default());
        }
        let mut faults = Faults::default();
        let mut fields = Fields::open(body, &mut faults)?;
        let grace = fields.optional(FIELD, values::whole_number(0, MAX_GRACE_SECONDS));
        fields.finish();
        settle(faults)?;
        Ok(Self { grace_seconds: grace.unwrap_or(0) })
    }
}

/// Reads `expiresAt`: after `now` and not after the expiry of `maker`. A maker that expires must
/// name it: with a default, the key would stop working unexpectedly.
fn expires_at(fields: &mut Fields<'_>, maker: &Actor, now: Timestamp) -> Option<Timestamp> {
    const FIELD: &str = "expiresAt";
    let given = fields.nullable(FIELD, values::timestamp);
    let end = given.flatten();
    let faults = fields.faults();
    if faults.touch(FIELD) {
        return None;
    }
    if end.is_some_and(|end| end <= now) {
        faults.add(FIELD, Code::OutOfRange, "must be in the future");
    } else if let Some(last) = maker.expires_at.filter(|_| maker.is_outlived_by(end)) {
        let code = if given.is_none() { Code::MissingRequiredField } else { Code::OutOfRange };
        let message = format_args!(
            "must be at most {last}, when the API key that asks expires: no key outlives its maker"
        );
        faults.add(FIELD, code, message);
    }
    end
}

/// Whether `maker` may make or regenerate a key of this environment with these permissions.
fn may_grant(
    maker: &Actor,
    environment: Environment,
    permissions: &Permissions,
) -> Result<(), Error> {
    if !maker.environment.reaches(environment) {
        return Err(Error::LiveWithTestKey);
    }
    maker
        .permissions
        .missing(permissions)
        .map_or(Ok(()), |missing| Err(Error::CannotGrant(missing)))
}

/// Whether `maker` may give `key` a new value.
pub(crate) fn may_regenerate(maker: &Actor, key: &ApiKey, now: Timestamp) -> Result<(), Error> {
    may_grant(maker, key.environment, &key.permissions)?;
    if key.is_expired(now) {
        return Err(Error::KeyExpired);
    }
    let last = maker.expires_at.filter(|_| maker.is_outlived_by(key.expires_at));
    last.map_or(Ok(()), |last| Err(Error::KeyOutlives(last)))
}

/// Whether `caller` may revoke `key` or end its value before: one with no permission that `caller`
/// lacks. Any key may do so to itself, so that whoever finds a leaked one can disable it.
pub(crate) fn may_revoke(caller: &Actor, key: &ApiKey) -> Result<(), Error> {
    if caller.is_key(key.id) {
        return Ok(());
    }
    let missing = caller.permissions.missing(&key.permissions);
    missing.map_or(Ok(()), |missing| Err(Error::CannotRevoke(missing)))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    id: String,
    name: &'a str,
    environment: &'static str,
    permissions: Vec<&'static str>,
    key_prefix: &'static str,
    key_hint: &'a str,
    created_at: String,
    last_used_at: Option<String>,
    expires_at: Option<String>,
    is_active: bool,
    created_by: Option<String>,
    previous_key_expires_at: Option<String>,
    previous_key_last_used_at: Option<String>,
}

impl<'a> View<'a> {
    fn of(key: &'a ApiKey, now: Timestamp) -> Self {
        let previous = key.in_grace(now);
        let last_used_at = previous.and_then(|previous| previous.last_used_at);
        Self {
            id: key.id.to_string(),
            name: key.name.as_str(),
            environment: key.environment.as_str(),
            permissions: key
                .permissions
                .as_slice()
                .iter()
                .map(|p| Permission::as_str(*p))
                .collect(),
            key_prefix: prefix(key.environment),
            key_hint: &key.hint,
            created_at: key.created_at.to_string(),
            last_used_at: key.last_used_at.map(|t| t.to_string()),
            expires_at: key.expires_at.map(|t| t.to_string()),
            is_active: !key.is_expired(now),
            created_by: key.created_by.map(|id| id.to_string()),
            previous_key_expires_at: previous.map(|previous| previous.until.to_string()),
            previous_key_last_used_at: last_used_at.map(|t| t.to_string()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ApiKeyBody<'a> {
    api_key: View<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_key_expires_at: Option<String>,
}

impl<'a> ApiKeyBody<'a> {
    fn of(key: &'a ApiKey, now: Timestamp) -> Self {
        Self { api_key: View::of(key, now), key: None, previous_key_expires_at: None }
    }

    fn with(self, value: &'a ApiKeyValue) -> Self {
        Self { key: Some(value.expose()), ..self }
    }
}

/// 200 with a key, never its value.
pub(crate) fn found(key: &ApiKey, now: Timestamp) -> Reply {
    Reply::json(200, &ApiKeyBody::of(key, now))
}

/// 201 with a new key and, this once, its value.
pub(crate) fn created(key: &ApiKey, value: &ApiKeyValue, now: Timestamp) -> Reply {
    Reply::json(201, &ApiKeyBody::of(key, now).with(value))
}

/// 200 with a key and, this once, its new value; when the old one has a period of grace, its end
/// stands beside the key as well as in it.
pub(crate) fn regenerated(key: &ApiKey, value: &ApiKeyValue, now: Timestamp) -> Reply {
    let body = ApiKeyBody::of(key, now).with(value);
    let previous_key_expires_at = body.api_key.previous_key_expires_at.clone();
    Reply::json(200, &ApiKeyBody { previous_key_expires_at, ..body })
}

/// 200: a key's value before works no more.
pub(crate) fn grace_ended() -> Reply {
    Deleted::reply("Previous key ended. It stopped working; the present one works on.")
}

/// The rows to read from the database: one more than are shown, to know whether more follow.
pub(crate) fn rows_wanted(query: ListQuery) -> Page {
    let Page { limit, offset } = query.page();
    Page { limit: limit + 1, offset }
}

/// 200 with a list; `keys` are those of [`rows_wanted`]. As many as a page may have always fit.
pub(crate) fn list(keys: &[ApiKey], query: ListQuery, now: Timestamp) -> Result<Reply, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct List<'a> {
        api_keys: Vec<View<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pagination: Option<Pagination>,
    }
    let Page { limit, offset } = query.page();
    if query.limit.is_none() && keys.len() > limit as usize {
        return Err(Error::ListTooLong(Noun::ApiKey));
    }
    let pagination = query.limit.map(|limit| Pagination::of(limit, offset, keys.len()));
    let api_keys = keys.iter().take(limit as usize).map(|key| View::of(key, now)).collect();
    Ok(Reply::json(200, &List { api_keys, pagination }))
}

/// 200 after the revocation of a key and of `made` keys that it had made.
pub(crate) fn revoked(made: usize) -> Reply {
    match made {
        0 => Deleted::reply("API key revoked. It stopped working."),
        1 => Deleted::reply("API key and 1 that it made revoked. They stopped working."),
        _ => Deleted::reply(format!(
            "API key and {made} that it made revoked. They stopped working."
        )),
    }
}

#[cfg(test)]
mod tests;
