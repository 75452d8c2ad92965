//! API keys on the wire.
//!
//! It is here because a key is shown whole exactly once, in the answer that made it, and
//! because making one has rules of its own (contract section 4).

use serde::Serialize;

use crate::{
    api::{
        error::Error,
        faults::Code,
        fields::Fields,
        reply::{Deleted, Reply},
        values,
    },
    domain::{
        api_key::{ApiKey, ApiKeyValue, prefix},
        environment::Environment,
        permission::{Permission, Permissions},
        text::Name,
        time::Timestamp,
    },
};

const FIELDS: [&str; 4] = ["name", "environment", "permissions", "expiresAt"];

/// A body of `POST /v1/api-keys` that its maker may ask for.
#[derive(Debug)]
pub struct CreateRequest {
    /// Display name.
    pub name: Name,
    /// Environment; the maker's, unless the body says.
    pub environment: Environment,
    /// What the key may do.
    pub permissions: Permissions,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
}

impl CreateRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// [`Error::InvalidJson`], [`Error::NotAnObject`], [`Error::Invalid`] with every fault;
    /// without one, [`Error::LiveWithTestKey`] or [`Error::CannotGrant`].
    pub fn parse(body: &[u8], maker: &ApiKey, now: Timestamp) -> Result<Self, Error> {
        let mut fields = Fields::open(body)?;
        let name = fields.required("name", values::name);
        let environment = fields.optional("environment", values::environment);
        let permissions = fields.required("permissions", values::permissions);
        let expires_at = fields.nullable("expiresAt", values::timestamp).flatten();
        if expires_at.is_some_and(|end| end <= now) {
            fields.faults().add("expiresAt", Code::OutOfRange, "must be in the future");
        }
        let faults = fields.finish(&FIELDS);
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

/// Whether `maker` may hand out a key of this environment and with these permissions, new or
/// regenerated.
///
/// # Errors
/// [`Error::LiveWithTestKey`] or [`Error::CannotGrant`].
fn may_grant(
    maker: &ApiKey,
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
///
/// # Errors
/// As for making such a key, and [`Error::KeyExpired`] when the new value would be dead.
pub fn may_regenerate(maker: &ApiKey, key: &ApiKey, now: Timestamp) -> Result<(), Error> {
    may_grant(maker, key.environment, &key.permissions)?;
    if key.is_expired(now) { Err(Error::KeyExpired) } else { Ok(()) }
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
}

impl<'a> View<'a> {
    fn of(key: &'a ApiKey, now: Timestamp) -> Self {
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
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    api_key: View<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

/// 200 with a key, never its value.
#[must_use]
pub fn found(key: &ApiKey, now: Timestamp) -> Reply {
    Reply::json(200, &Answer { api_key: View::of(key, now), key: None })
}

/// 201 with a new key and, this once, its value.
#[must_use]
pub fn created(key: &ApiKey, value: &ApiKeyValue, now: Timestamp) -> Reply {
    Reply::json(201, &Answer { api_key: View::of(key, now), key: Some(value.expose()) })
}

/// 200 with a key and, this once, its new value.
#[must_use]
pub fn regenerated(key: &ApiKey, value: &ApiKeyValue, now: Timestamp) -> Reply {
    Reply::json(200, &Answer { api_key: View::of(key, now), key: Some(value.expose()) })
}

/// 200 with all keys, newest first.
#[must_use]
pub fn list(keys: &[ApiKey], now: Timestamp) -> Reply {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct List<'a> {
        api_keys: Vec<View<'a>>,
    }
    Reply::json(200, &List { api_keys: keys.iter().map(|key| View::of(key, now)).collect() })
}

/// 200 after a revocation.
#[must_use]
pub fn revoked() -> Reply {
    Deleted::reply("API key revoked. It stopped working.")
}
