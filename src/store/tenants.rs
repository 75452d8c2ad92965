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
        statement::{Param, Query},
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

/// The condition that a tenant, whose id stands in the column `owner`, has room for one more; the
/// bounds join `params`, which begin at the place `first`.
pub(super) fn has_room(owner: &str, quota: Quota, params: &mut Vec<Param>, first: usize) -> String {
    let (most, rows) = (quota.most, quota.most_rows());
    let bounds: &[_] = match quota.of {
        Stock::Tokens => &[("token_count", most), ("token_rows", rows)],
        Stock::Keys => &[("key_count", most), ("key_rows", rows)],
        // A deleted one leaves no row.
        Stock::Targets => &[("target_count", most)],
    };
    let below = |(column, most): &(&str, u32)| {
        params.push((*most).into());
        format!("{column} < ?{}", first + params.len() - 1)
    };
    let room: Vec<_> = bounds.iter().map(below).collect();
    format!("exists (select 1 from tenants where id = {owner} and {})", room.join(" and "))
}
