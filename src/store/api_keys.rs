//! API keys in the database.
//!
//! A key is looked up by its digest alone. What keeps keys in their place stands inside the SQL: a
//! revoked one is never found, and none makes, regenerates or revokes what is beyond it, however
//! many requests there are at once.

use crate::{
    domain::{
        api_key::{
            ApiKey, KeyDigest, NewApiKey, NewKeyValue, Previous, Retirement, USE_GRAIN_MILLIS,
        },
        id::ApiKeyId,
        quotas::Quota,
        tenant::TenantId,
        time::Timestamp,
    },
    store::{
        caller::{Caller, PRESENT_DIGEST},
        columns::PACKED,
        row::{Exists, row},
        statement::{First, Param, Query, Statement},
        tenants,
    },
};

row!(ApiKey {
    id,
    name,
    environment,
    permissions,
    hint = "key_hint",
    created_at,
    last_used_at,
    expires_at,
    created_by,
    previous = "iif(previous_until is null, null, json_array(previous_until, previous_last_used_at))",
});

row!(Previous { until, last_used_at });

/// The condition that the permissions in the column `held` include all of those in `wanted`: a
/// permission covers what its text matches as a pattern, since a star stands at its end if at all.
fn covers(held: &str, wanted: &str) -> String {
    let words = |column| format!("json_each('[\"' || replace({column}, ' ', '\",\"') || '\"]')");
    format!(
        "not exists (
    select 1
    from {} as wanted
    where not exists (
      select 1
      from {} as held
      where wanted.value glob held.value
    )
  )",
        words(wanted),
        words(held)
    )
}

/// A key with its owner: what authentication finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedKey {
    pub tenant: TenantId,
    pub key: ApiKey,
    /// When the value that was shown is the one before the key's present one: how long it works.
    pub retirement: Option<Retirement>,
}

row!(OwnedKey { tenant, key, retirement });

row!(Retirement { since, until });

/// The key with this digest, expired or not, so that an expired one can be told so.
pub fn authenticate(digest: &KeyDigest, now: Timestamp) -> First<OwnedKey> {
    let sql = format!(
        "select json_array(
  tenant_id,
  {key},
  iif(
    digest = ?1,
    null,
    json_array(previous_since, min(previous_until, coalesce(expires_at, previous_until)))
  )
) as {PACKED}
from api_keys
where digest = {PRESENT_DIGEST}
  and revoked_at is null",
        key = ApiKey::COLUMNS.array()
    );
    Query::read(sql, vec![digest.to_hex().into(), now.millis().into()]).first()
}

/// Records a use, at most once a minute, and by itself a use of the value before since there is a
/// newer one: the request that made that one isn't such a use.
pub fn touch(digest: &KeyDigest, now: Timestamp) -> Statement {
    const OF_PREVIOUS: &str = "previous_digest = ?1 and previous_since < ?2";
    let now = now.millis();
    Statement::write(
        format!(
            "update api_keys
set
  last_used_at = max(?2, coalesce(last_used_at, 0)),
  previous_last_used_at = iif(
    {OF_PREVIOUS}, max(?2, coalesce(previous_last_used_at, 0)), previous_last_used_at
  )
where digest = {PRESENT_DIGEST}
  and (
    coalesce(last_used_at, 0) <= ?3
    or {OF_PREVIOUS} and coalesce(previous_last_used_at, 0) <= ?3
  )"
        ),
        vec![digest.to_hex().into(), now.into(), (now - USE_GRAIN_MILLIS).into()],
    )
}

/// A stretch of the keys of the caller's tenant within its reach, newest first.
pub fn page(caller: &Caller, limit: u32, offset: u32) -> Query<ApiKey> {
    let sql = format!(
        "select {key}
from api_keys
where tenant_id = {tenant}
  and revoked_at is null
  {reach}
order by created_at desc, id desc
limit ?3 offset ?4",
        key = ApiKey::COLUMNS.packed(),
        tenant = caller.tenant(),
        reach = caller.reach()
    );
    caller.read(sql, vec![limit.into(), offset.into()])
}

/// One key of the caller's tenant within its reach.
pub fn find(caller: &Caller, id: ApiKeyId) -> First<ApiKey> {
    let sql = format!(
        "select {key}
from api_keys
where id = ?3
  and tenant_id = {tenant}
  and revoked_at is null
  {reach}",
        key = ApiKey::COLUMNS.packed(),
        tenant = caller.tenant(),
        reach = caller.reach()
    );
    caller.read(sql, vec![id.to_string().into()]).first()
}

/// Stores a key that the caller makes, if its tenant has room for one more within `quota`. No row
/// otherwise, or when the caller may less, or by a key that died meanwhile, ends earlier or, being
/// a test key, reaches no live ones. A key that a user makes has no maker and ends when it is told
/// to.
pub fn insert(caller: &Caller, key: &NewApiKey, quota: Quota) -> First<ApiKey> {
    let mut params = new_values(key);
    let sql = format!(
        "insert into api_keys (
  tenant_id, id, name, environment, permissions, digest, key_hint, created_at, expires_at, created_by
)
select maker.tenant_id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, maker.id
from {maker} as maker
where (maker.expires_at is null or maker.expires_at >= ?10)
  and (maker.environment = 'live' or ?5 = 'test')
  and {covers}
  and {has_room}
returning {key}",
        key = ApiKey::COLUMNS.packed(),
        maker = caller.rights(),
        has_room = tenants::has_room("maker.tenant_id", quota, &mut params, 3),
        covers = covers("maker.permissions", "?6")
    );
    caller.write(sql, params).first()
}

/// Stores a key for a tenant, made if new: how a deployment gets its first one.
pub fn insert_first(tenant: &TenantId, key: &NewApiKey) -> Vec<Statement> {
    let made = tenants::make(tenant, key.created_at).statement;
    let mut params = vec![Param::from(tenant.as_str())];
    params.extend(new_values(key));
    let sql = "insert into api_keys (
  tenant_id, id, name, environment, permissions, digest, key_hint, created_at, expires_at
)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    vec![made, Statement::write(sql, params)]
}

fn new_values(key: &NewApiKey) -> Vec<Param> {
    vec![
        key.id.to_string().into(),
        key.name.as_str().into(),
        key.environment.as_str().into(),
        key.permissions.to_string().into(),
        key.digest.to_hex().into(),
        key.hint.as_str().into(),
        key.created_at.millis().into(),
        key.expires_at.map(Timestamp::millis).into(),
    ]
}

/// Gives a key another value. The old one works on for a period of grace, if there is one; the one
/// before that is dead in the same statement. No row when the key may more than the caller's,
/// outlives it, or has expired.
pub fn regenerate(caller: &Caller, id: ApiKeyId, value: &NewKeyValue) -> First<ApiKey> {
    let sql = format!(
        "update api_keys
set
  digest = ?4,
  key_hint = ?5,
  previous_digest = iif(?6, digest, null),
  previous_since = iif(?6, ?2, null),
  previous_until = iif(?6, ?2 + ?6, null),
  previous_last_used_at = null
where id = ?3
  and tenant_id = {tenant}
  and revoked_at is null
  and (expires_at is null or expires_at > ?2)
  {reach}
  and exists (
    select 1
    from {rights} as caller
    where (caller.expires_at is null or caller.expires_at >= api_keys.expires_at)
      and {covers}
  )
returning {key}",
        key = ApiKey::COLUMNS.packed(),
        tenant = caller.tenant(),
        rights = caller.rights(),
        reach = caller.reach(),
        covers = covers("caller.permissions", "api_keys.permissions")
    );
    let NewKeyValue { digest, hint, grace_millis } = value;
    let new = [digest.to_hex().into(), hint.as_str().into(), (*grace_millis).into()];
    caller.write(sql, std::iter::once(id.to_string().into()).chain(new).collect()).first()
}

/// Ends the period of grace of a key's value before, the caller's own included. No row when none
/// runs, or when the key may more than the caller.
pub fn end_grace(caller: &Caller, id: ApiKeyId) -> First<Exists> {
    let sql = format!(
        "update api_keys
set
  previous_digest = null,
  previous_since = null,
  previous_until = null,
  previous_last_used_at = null
where id = ?3
  and tenant_id = {tenant}
  and revoked_at is null
  and previous_until > ?2
  and (expires_at is null or expires_at > ?2)
  {reach}
  and exists (
    select 1
    from {rights} as caller
    where caller.id = api_keys.id or {covers}
  )
returning id",
        tenant = caller.tenant(),
        rights = caller.rights(),
        reach = caller.reach(),
        covers = covers("caller.permissions", "api_keys.permissions")
    );
    caller.write(sql, vec![id.to_string().into()]).first()
}

/// Revokes a key, the caller's own included, and with `cascade` every key that it made, directly
/// or not, through revoked ones too; a row for each. No row when the key may more than the
/// caller. Of what it made nothing is asked: no key grants more than it has, nor does a test key
/// make live ones, so the whole line is within the caller's reach.
pub fn revoke(caller: &Caller, id: ApiKeyId, cascade: bool) -> Query<Exists> {
    let sql = format!(
        "with recursive line (id, tenant_id) as (
  select id, tenant_id
  from api_keys
  where id = ?3
    and tenant_id = {tenant}
    and revoked_at is null
    {reach}
    and exists (
      select 1
      from {rights} as caller
      where caller.id = api_keys.id or {covers}
    )
  union
  select made.id, made.tenant_id
  from line
  join api_keys as made on made.created_by = line.id and made.tenant_id = line.tenant_id
  where ?4
)
update api_keys
set revoked_at = ?2
where id in (select id from line)
  and revoked_at is null
returning id",
        tenant = caller.tenant(),
        rights = caller.rights(),
        reach = caller.reach(),
        covers = covers("caller.permissions", "api_keys.permissions")
    );
    caller.write(sql, vec![id.to_string().into(), cascade.into()])
}
