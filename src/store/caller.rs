//! Who asks, as statements want it: the holder of an API key, or a signed-in user.
//!
//! Authentication and data travel in one batch, so the tenant of an API key isn't known before the
//! rows are: every statement names it by the key's digest. A revoked or expired key names no
//! tenant, hence no rows. A session token has proved its tenant by arithmetic, and names it itself.
//! A statement that writes in the trip that proves the key runs before the key is judged, and so
//! asks for the right itself.

use crate::{
    domain::{
        actor::UserId,
        api_key::KeyDigest,
        environment::Environment,
        json::Json,
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
            Credential::Session { .. } => format!("(select {PARAMS_OF_SESSION})"),
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
            // Permissions are of a closed list without quotes, and need no parameter.
            Credential::Session { permissions, .. } => format!(
                "(
  select
    null as id, 'live' as environment, '{permissions}' as permissions, null as expires_at,
    {PARAMS_OF_SESSION}
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
            Credential::Session { tenant, .. } => Param::from(tenant.as_str()),
        };
        let own = [name, Param::from(self.now.millis())];
        own.into_iter().chain(params).collect()
    }
}

/// The tenant that a session token names. It mentions the moment as well, since D1 refuses a
/// parameter that no statement mentions.
const PARAMS_OF_SESSION: &str = "?1 as tenant_id where ?2 is not null";

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
            Credential::Session { permissions, .. } => {
                let granted = granted(&format!("'{permissions}'"));
                format!("(select {PARAMS_OF_SESSION} and {granted})")
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
            // An id is of letters, digits, _ and -, and needs no parameter.
            Credential::Session { user, impersonator, permissions, .. } => {
                let name = |id: &UserId| format!("'{}'", id.as_str());
                format!(
                    "(select {} as actor, {} as impersonator where ?1 is not null and ?2 is not null and {})",
                    name(user),
                    impersonator.as_ref().map_or_else(|| "null".to_owned(), name),
                    granted(&format!("'{permissions}'"))
                )
            }
        }
    }

    /// A query in which `?1` to `?3` are the writer's and `params` begin at `?4`.
    pub(super) fn write<R>(&self, sql: String, params: Vec<Param>) -> Query<R> {
        let grants = self.scope.grants().map(|grant| Json::String(grant.to_owned()));
        let grants = Param::from(Json::Array(grants.collect()).to_string());
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
