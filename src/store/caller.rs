//! Who asks, as statements want it: the holder of an API key, or a signed-in user.
//!
//! Authentication and data travel in one batch, so the tenant of an API key isn't known before the
//! rows are: every statement names it by the key's digest. A revoked or expired key names no
//! tenant, hence no rows. A session token has proved its tenant by arithmetic, and names it itself.
//! A statement that writes in the trip that proves the key runs before the key is judged, and so
//! asks for the right itself.

use serde_json::Value;

use crate::{
    domain::{
        actor::UserId,
        api_key::KeyDigest,
        environment::Environment,
        permission::{Permissions, Scope},
        tenant::TenantId,
        time::Timestamp,
    },
    store::statement::{Param, Query},
};

/// The digest, as `api_keys` has it, of the key whose value has the digest `?1` at the moment `?2`:
/// its present value, or the one before in its period of grace. A macro, since another constant
/// contains it.
macro_rules! present_digest {
    () => {
        "coalesce((
      select digest
      from api_keys
      where previous_digest = ?1
        and previous_until > ?2
    ), ?1)"
    };
}

/// The same for statements of other files.
pub(super) const PRESENT_DIGEST: &str = present_digest!();

/// The key of a caller that has one, while it lives; `?1` and `?2` are the caller's.
const LIVING_KEY: &str = concat!(
    "from api_keys
  where digest = ",
    present_digest!(),
    "
    and revoked_at is null
    and (expires_at is null or expires_at > ?2)"
);

/// What a caller has proved by arithmetic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    Key {
        digest: KeyDigest,
        /// The environment that the key's own text names.
        environment: Environment,
    },
    Session {
        user: UserId,
        /// Who acts as that user.
        impersonator: Option<UserId>,
        tenant: TenantId,
        /// What the role in the token allows.
        permissions: Permissions,
    },
}

/// Who asks, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub credential: Credential,
    pub now: Timestamp,
}

impl Caller {
    /// What the caller sees and, unless told otherwise, makes. A user sees what a live key sees.
    pub fn environment(&self) -> Environment {
        match self.credential {
            Credential::Key { environment, .. } => environment,
            Credential::Session { .. } => Environment::Live,
        }
    }

    /// The digest of the caller's key; `None` for a user, who has none.
    pub fn digest(&self) -> Option<&KeyDigest> {
        match &self.credential {
            Credential::Key { digest, .. } => Some(digest),
            Credential::Session { .. } => None,
        }
    }

    /// The tenant's id as `tenant_id`: a value, or a table of at most one row.
    pub(super) fn tenant(&self) -> String {
        match self.credential {
            Credential::Key { .. } => format!("(\n  select tenant_id\n  {LIVING_KEY}\n)"),
            Credential::Session { .. } => format!("(select {TENANT_OF_SESSION})"),
        }
    }

    /// The same as a table that also tells what the caller may do: `id` of its key, `environment`,
    /// `permissions` and `expires_at` as a key has them.
    pub(super) fn rights(&self) -> String {
        match &self.credential {
            Credential::Key { .. } => format!(
                "(
  select tenant_id, id, environment, permissions, expires_at
  {LIVING_KEY}
)"
            ),
            Credential::Session { .. } => format!(
                "(
  select
    null as id, 'live' as environment, {PERMISSIONS_OF_SESSION} as permissions,
    null as expires_at, {TENANT_OF_SESSION}
)"
            ),
        }
    }

    /// The condition that keeps a test key to test rows; empty for a live key and for a user.
    pub(super) fn reach(&self) -> &'static str {
        match self.environment() {
            Environment::Test => "and environment = 'test'",
            Environment::Live => "",
        }
    }

    /// A query in which `?1` and `?2` are the caller's and `params` begin at `?3`.
    pub(super) fn read<R>(&self, sql: String, params: Vec<Param>) -> Query<R> {
        Query::read(sql, self.with_own(params))
    }

    /// The same for one that writes.
    pub(super) fn write<R>(&self, sql: String, params: Vec<Param>) -> Query<R> {
        Query::write(sql, self.with_own(params))
    }

    fn with_own(&self, params: Vec<Param>) -> Vec<Param> {
        let name = match &self.credential {
            Credential::Key { digest, .. } => Param::from(digest.to_hex()),
            Credential::Session { user, impersonator, tenant, permissions } => {
                let facts = [
                    ("tenant", Some(tenant.as_str())),
                    ("user", Some(user.as_str())),
                    ("impersonator", impersonator.as_ref().map(UserId::as_str)),
                    ("permissions", Some(&permissions.to_string())),
                ];
                let text = |text: &str| Value::String(text.to_owned());
                let fact = |(name, fact): (&str, Option<&str>)| {
                    (name.to_owned(), fact.map_or(Value::Null, text))
                };
                Value::from_iter(facts.map(fact)).to_string().into()
            }
        };
        let own = [name, Param::from(self.now.millis())];
        own.into_iter().chain(params).collect()
    }
}

/// The tenant that a session token names: `?1` is an object of all that the token proves. It
/// mentions the moment as well, since D1 refuses a parameter that no statement mentions.
const TENANT_OF_SESSION: &str = "?1 ->> 'tenant' as tenant_id where ?2 is not null";

/// What the session token's role allows, in brackets: the operator binds no closer than `||`.
const PERMISSIONS_OF_SESSION: &str = "(?1 ->> 'permissions')";

/// A caller who writes if it has the right to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer<'a> {
    pub caller: &'a Caller,
    pub scope: Scope,
}

impl Writer<'_> {
    /// The tenant's id as `tenant_id`, if the writer has one of the permissions in `?3`: a value, or
    /// a table of at most one row; `?1` to `?3` are the writer's.
    pub(super) fn tenant(&self) -> String {
        match &self.caller.credential {
            Credential::Key { .. } => format!(
                "(
  select tenant_id
  {LIVING_KEY}
    and {}
)",
                granted("permissions")
            ),
            Credential::Session { .. } => {
                let granted = granted(PERMISSIONS_OF_SESSION);
                format!("(select {TENANT_OF_SESSION} and {granted})")
            }
        }
    }

    /// The writer's name for the audit log, as a table of one row with `actor` and `impersonator`, or
    /// of none if the writer lacks the right; `?1` to `?3` are the writer's.
    pub(super) fn actor(&self) -> String {
        match &self.caller.credential {
            Credential::Key { .. } => {
                format!(
                    "(select id as actor, null as impersonator\n  {LIVING_KEY}\n    and {}\n)",
                    granted("permissions")
                )
            }
            Credential::Session { .. } => format!(
                "(
  select ?1 ->> 'user' as actor, ?1 ->> 'impersonator' as impersonator
  where ?2 is not null
    and {}
)",
                granted(PERMISSIONS_OF_SESSION)
            ),
        }
    }

    /// A query in which `?1` to `?3` are the writer's and `params` begin at `?4`.
    pub(super) fn write<R>(&self, sql: String, params: Vec<Param>) -> Query<R> {
        let grants = self.scope.grants().map(|grant| Value::String(grant.to_owned()));
        let grants = Param::from(Value::Array(grants.collect()).to_string());
        self.caller.write(sql, std::iter::once(grants).chain(params).collect())
    }
}

/// The condition that one of the permissions in `?3` is among those of `held`, an SQL expression.
fn granted(held: &str) -> String {
    format!(
        "exists (
      select 1
      from json_each(?3) as granting
      where instr(' ' || {held} || ' ', ' ' || granting.value || ' ') > 0
    )"
    )
}
