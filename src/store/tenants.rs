//! Tenants in the database.

use crate::{
    domain::{tenant::TenantId, time::Timestamp},
    store::{
        caller::{Caller, Credential},
        row::Exists,
        statement::Query,
    },
};

/// Makes a tenant, unless it is there; no row either way.
#[must_use]
pub fn make(tenant: &TenantId, now: Timestamp) -> Query<Exists> {
    let sql = "insert into tenants (id, created_at)
values (?1, ?2)
on conflict (id) do nothing";
    Query::new(sql, vec![tenant.as_str().into(), now.millis().into()])
}

/// What goes before the statement that makes something for a caller: a user's tenant begins with
/// its first write. `None` for a key, whose tenant was made with its first key.
#[must_use]
pub fn make_for(caller: &Caller) -> Option<Query<Exists>> {
    match &caller.credential {
        Credential::Key { .. } => None,
        Credential::Session { tenant, .. } => Some(make(tenant, caller.now)),
    }
}
