//! What was made under an `Idempotency-Key`, in the database.
//!
//! A claim is written in the transaction of what is done under it. If the key was used before, the
//! table's primary key refuses the claim, and with it the whole transaction
//! ([`Repeated`](crate::store::db_error::DbError::Repeated)): nothing is done, and what is recorded can be
//! read in a second trip. So no crash leaves the one without the other, and no request meets another
//! one under its key half done.

use crate::{
    domain::{
        api_key::KeyDigest,
        id::ApiKeyId,
        idempotency::{Claim, KEPT_MILLIS},
        quotas::Quota,
        time::Timestamp,
    },
    store::{
        caller::Writer,
        row::{Exists, JsonText, row},
        statement::{First, Param, Query, Statement},
        tenants::has_room,
    },
};

/// Rounds of one run at the most; the next run is ten minutes later.
pub const ROUNDS: u32 = 100;

/// Rows that one round removes at the most.
pub const ROUND: u32 = 500;

fn outdated(now: Timestamp) -> Param {
    (now.millis() - KEPT_MILLIS).into()
}

/// What goes before a claim: a key that was used a day ago may be used anew.
pub fn forget(claim: &Claim, now: Timestamp) -> Query<Exists> {
    let sql = "delete from idempotency_keys
where id = ?1
  and created_at <= ?2
returning id";
    Query::write(sql, vec![claim.id.as_str().into(), outdated(now)])
}

/// Claims a key for a writer that has the right to what is made under it and room for it within
/// `quota`, or to be refused because the key was used before; it goes before that, and
/// [`keep`](crate::store::client_tokens::keep) after.
pub fn claim(writer: Writer<'_>, claim: &Claim, quota: Quota) -> Query<Exists> {
    let mut params = vec![claim.id.as_str().into(), claim.request.as_str().into()];
    let sql = format!(
        "insert into idempotency_keys (id, request, created_at)
select ?4, ?5, ?2
from {tenant} as owner
where {has_room}
  or exists (
    select 1
    from idempotency_keys
    where id = ?4
  )
returning id",
        tenant = writer.tenant(),
        has_room = has_room("owner.tenant_id", quota, &mut params, 4)
    );
    writer.write(sql, params)
}

/// Claims a key for an API key that was made or regenerated in the same transaction, so that it has
/// this digest; it goes after that.
pub fn claim_made(
    claim: &Claim,
    made: ApiKeyId,
    digest: &KeyDigest,
    now: Timestamp,
) -> Query<Exists> {
    let sql = "insert into idempotency_keys (id, request, outcome, created_at)
select ?1, ?2, json_quote(?3), ?5
where exists (
    select 1
    from api_keys
    where id = ?3
      and digest = ?4
  )
  or exists (
    select 1
    from idempotency_keys
    where id = ?1
  )
returning id";
    let params = vec![
        claim.id.as_str().into(),
        claim.request.as_str().into(),
        made.to_string().into(),
        digest.to_hex().into(),
        now.millis().into(),
    ];
    Query::write(sql, params)
}

/// Takes a claim back whose request was refused after all.
pub fn release(claim: &Claim) -> Query<Exists> {
    let sql = "delete from idempotency_keys
where id = ?1
  and request = ?2
returning id";
    Query::write(sql, vec![claim.id.as_str().into(), claim.request.as_str().into()])
}

/// What is recorded under the key of a claim: the request's digest, the moment and the outcome, which
/// is a token as it was then, or the id of an API key.
pub fn find<T>(claim: &Claim) -> First<Recorded<T>> {
    let sql = format!(
        "select {}
from idempotency_keys
where id = ?1",
        Recorded::<T>::COLUMNS.select()
    );
    Query::read(sql, vec![claim.id.as_str().into()]).first()
}

/// What was done under a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded<T> {
    /// The digest of the request's body.
    pub request: String,
    pub outcome: T,
    pub at: Timestamp,
}

row!(Recorded<T> { request, outcome as JsonText<T>, at = "created_at" });

/// One round of removing what was claimed a day ago. A round that removes fewer than [`ROUND`] rows
/// is the last one.
pub fn purge(now: Timestamp) -> Statement {
    let sql = "delete from idempotency_keys
where id in (
  select id
  from idempotency_keys
  where created_at <= ?1
  order by created_at
  limit ?2
)
returning id";
    Statement::write(sql, vec![outdated(now), ROUND.into()])
}
