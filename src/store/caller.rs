//! Who asks: the tenant of an API key, named inside the statement.
//!
//! It is here because authentication and data travel in one batch: the tenant isn't known
//! before the rows are, so every statement names it by the key's digest. A revoked or expired
//! key names no tenant, hence no rows.

use crate::{
    domain::{api_key::KeyDigest, environment::Environment, time::Timestamp},
    store::statement::{Param, Query},
};

/// The tenant's id; `?1` and `?2` are the caller's.
pub(super) const TENANT: &str = "(
  select tenant_id
  from api_keys
  where digest = ?1
    and revoked_at is null
    and (expires_at is null or expires_at > ?2)
)";

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
