//! Tenants in the database.

use crate::{
    domain::{
        quotas::{Quota, Stock},
        tenant::TenantId,
        time::Timestamp,
    },
    store::{
        caller::{Caller, Credential},
        row::Exists,
        statement::Query,
    },
};

/// Makes a tenant, unless it is there; no row either way.
pub fn make(tenant: &TenantId, now: Timestamp) -> Query<Exists> {
    let sql = "insert into tenants (id, created_at)
values (?1, ?2)
on conflict (id) do nothing";
    Query::write(sql, vec![tenant.as_str().into(), now.millis().into()])
}

/// What goes before the statement that makes something for a caller: a user's tenant begins with
/// its first write. `None` for a key, whose tenant was made with its first key.
pub fn make_for(caller: &Caller) -> Option<Query<Exists>> {
    match &caller.credential {
        Credential::Key { .. } => None,
        Credential::Session { tenant, .. } => Some(make(tenant, caller.now)),
    }
}

/// The condition that a tenant, whose id stands in the column `owner`, has room for one more.
pub(super) fn has_room(owner: &str, quota: Quota) -> String {
    let (most, rows) = (quota.most, quota.most_rows());
    let room = match quota.of {
        Stock::Tokens => format!("token_count < {most} and token_rows < {rows}"),
        Stock::Keys => format!("key_count < {most} and key_rows < {rows}"),
        // A deleted one leaves no row.
        Stock::Targets => format!("target_count < {most}"),
    };
    format!("exists (select 1 from tenants where id = {owner} and {room})")
}
