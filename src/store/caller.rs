//! Who asks: the tenant of an API key, named inside the statement.
//!
//! Authentication and data travel in one batch, so the tenant isn't known before the rows are:
//! every statement names it by the key's digest. A revoked or expired key names no tenant, hence
//! no rows. A statement that writes in that same batch runs before the key is judged, and so asks
//! for the right itself.

use crate::{
    domain::{
        api_key::KeyDigest, environment::Environment, json::Json, permission::Scope,
        time::Timestamp,
    },
    store::statement::{Param, Query},
};

/// The digest, as `api_keys` has it, of the key whose value has the digest `?1` at the moment `?2`:
/// its present value, or the one before in its period of grace. A macro, since other constants
/// contain it.
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

/// The tenant's id; `?1` and `?2` are the caller's.
pub(super) const TENANT: &str = concat!(
    "(
  select tenant_id
  from api_keys
  where digest = ",
    present_digest!(),
    "
    and revoked_at is null
    and (expires_at is null or expires_at > ?2)
)"
);

/// The condition for the key in `api_keys` that has one of the permissions in `?3`; `?1` to `?3`
/// are the writer's.
pub(super) const WRITING_KEY: &str = concat!(
    "digest = ",
    present_digest!(),
    "
    and revoked_at is null
    and (expires_at is null or expires_at > ?2)
    and exists (
      select 1
      from json_each(?3) as granting
      where instr(' ' || permissions || ' ', ' ' || granting.value || ' ') > 0
    )"
);

/// The holder of an API key at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The digest of the key.
    pub digest: KeyDigest,
    /// The environment that the key's own text names.
    pub environment: Environment,
    /// The moment of the request.
    pub now: Timestamp,
}

impl Caller {
    /// The condition that keeps a test key to test rows; empty for a live key.
    pub(super) fn reach(&self) -> &'static str {
        match self.environment {
            Environment::Test => "and environment = 'test'",
            Environment::Live => "",
        }
    }

    /// A query in which `?1` and `?2` are the caller's and `params` begin at `?3`.
    pub(super) fn query<R>(&self, sql: String, params: Vec<Param>) -> Query<R> {
        let own = [Param::from(self.digest.to_hex()), Param::from(self.now.millis())];
        Query::new(sql, own.into_iter().chain(params).collect())
    }
}

/// A caller who writes if the key has the right to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer<'a> {
    /// Who writes.
    pub caller: &'a Caller,
    /// The right that this takes.
    pub scope: Scope,
}

impl Writer<'_> {
    /// A query in which `?1` to `?3` are the writer's and `params` begin at `?4`.
    pub(super) fn query<R>(&self, sql: String, params: Vec<Param>) -> Query<R> {
        let grants = self.scope.grants().map(|grant| Json::String(grant.to_owned()));
        let grants = Param::from(Json::Array(grants.collect()).to_string());
        self.caller.query(sql, std::iter::once(grants).chain(params).collect())
    }
}
