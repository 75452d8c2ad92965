//! Client tokens in the database. That a token belongs to the caller's tenant, lies within the
//! key's reach and isn't deleted stands inside every statement.

mod once;
pub(super) mod row;

pub use once::{claim_with, keep};

use serde_json::Value;

use crate::{
    domain::{
        api_key::USE_GRAIN_MILLIS,
        client_token::{Changes, ClientToken, Known, NewClientToken},
        id::ClientTokenId,
        keyring::KeyId,
        quotas::Quota,
        tenant::TenantId,
        text::{Label, TargetId},
        time::Timestamp,
    },
    store::{
        audit_log,
        caller::{Caller, Writer},
        columns::PACKED,
        paging::{Fitted, List},
        row::{Exists, row},
        statement::{First, Param, Query, Statement},
        tenants::has_room,
    },
};

use self::row::{TokenRow, origins_json, target_ids_json};

/// The condition for one token, `?3`, that the caller can reach.
fn one(caller: &Caller) -> String {
    format!(
        "id = ?3
  and tenant_id = {tenant}
  and deleted_at is null
  {reach}",
        tenant = caller.tenant(),
        reach = caller.reach()
    )
}

/// The condition that a row hangs on one token, its id at `place`, that the caller can reach in a
/// `tenant` that is proved.
pub(super) fn hangs_on(place: &str, caller: &Caller, tenant: &str) -> String {
    format!(
        "client_token_id = (
    select id
    from client_tokens
    where id = {place}
      and tenant_id = {tenant}
      and deleted_at is null
      {reach}
  )",
        reach = caller.reach()
    )
}

/// The condition for one token, `?4`, that the writer can reach, at one of the versions in `?5`.
pub(super) fn one_to_write(writer: Writer<'_>) -> String {
    format!(
        "id = ?4
  and tenant_id = {tenant}
  and deleted_at is null
  and (?5 is null or updated_at in (select value from json_each(?5)))
  {reach}",
        tenant = writer.tenant(),
        reach = writer.caller.reach()
    )
}

/// The parameters of [`one_to_write`].
fn known_params(known: &Known) -> Vec<Param> {
    let json = |versions: &Vec<Timestamp>| {
        let millis = versions.iter().map(|version| Value::Number(version.millis().into()));
        Value::Array(millis.collect()).to_string()
    };
    vec![known.id.to_string().into(), known.versions.as_ref().map(json).into()]
}

pub fn find(caller: &Caller, id: ClientTokenId) -> First<ClientToken> {
    let sql = format!(
        "select {}
from client_tokens
where {}",
        TokenRow::COLUMNS.packed(),
        one(caller)
    );
    caller.read(sql, vec![id.to_string().into()]).first()
}

/// A token with its owner: what a page's credential leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnedToken {
    pub tenant: TenantId,
    pub token: ClientToken,
}

row!(OwnedToken { tenant, token });

impl OwnedToken {
    pub(super) fn array() -> String {
        let token = TokenRow::COLUMNS.of_table("client_tokens").array();
        format!("json_array(client_tokens.tenant_id, {token})")
    }
}

/// The token that a page's proved credential names, whoever owns it.
pub fn of_credential(id: ClientTokenId) -> First<OwnedToken> {
    let sql = format!(
        "select {} as {PACKED}
from client_tokens
where id = ?1
  and deleted_at is null",
        OwnedToken::array()
    );
    Query::read(sql, vec![id.to_string().into()]).first()
}

/// Records a use, at most once a minute.
pub fn touch(id: ClientTokenId, now: Timestamp) -> Statement {
    let now = now.millis();
    Statement::write(
        "update client_tokens
set last_used_at = ?2
where id = ?1
  and (last_used_at is null or last_used_at <= ?3)",
        vec![id.to_string().into(), now.into(), (now - USE_GRAIN_MILLIS).into()],
    )
}

pub fn exists(caller: &Caller, id: ClientTokenId) -> First<Exists> {
    let sql = format!(
        "select id
from client_tokens
where {}",
        one(caller)
    );
    caller.read(sql, vec![id.to_string().into()]).first()
}

/// A stretch of the caller's tokens, newest first: at most `limit`, and as many as fit a page.
pub fn page(caller: &Caller, limit: u32, offset: u32) -> Query<Fitted<ClientToken>> {
    let source = format!(
        "from client_tokens
where tenant_id = {tenant}
  and deleted_at is null
  {reach}",
        tenant = caller.tenant(),
        reach = caller.reach()
    );
    let list = List {
        keys: "created_at, id",
        order: "created_at desc, id desc",
        source: &source,
        array: &TokenRow::COLUMNS.array(),
    };
    caller.read(list.page(), vec![limit.into(), offset.into()])
}

/// Stores a token for the writer's tenant, if it has room for one more within `quota`; no row
/// otherwise, nor for a key that is dead, or for a lack of the right.
pub fn insert(writer: Writer<'_>, token: &NewClientToken, quota: Quota) -> First<ClientToken> {
    let columns = new_columns(token);
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let places: Vec<String> = (4..columns.len() + 4).map(|n| format!("?{n}")).collect();
    let names = names.join(", ");
    let mut params = columns.into_iter().map(|(_, value)| value).collect();
    let sql = format!(
        "insert into client_tokens (tenant_id, {names})
select owner.tenant_id, {places}
from {tenant} as owner
where {has_room}
returning {row}",
        tenant = writer.tenant(),
        has_room = has_room("owner.tenant_id", quota, &mut params, 4),
        places = places.join(", "),
        row = TokenRow::COLUMNS.packed(),
    );
    writer.write(sql, params).first()
}

fn new_columns(token: &NewClientToken) -> Vec<(&'static str, Param)> {
    let settings = &token.settings;
    let everything = Changes {
        name: Some(settings.name.clone()),
        flow_ids: Some(settings.targets.flow_ids.clone()),
        default_flow_id: Some(settings.targets.default_flow_id.clone()),
        agent_ids: Some(settings.targets.agent_ids.clone()),
        allowed_origins: Some(settings.allowed_origins.clone()),
        pin_to_version: Some(settings.pin_to_version.clone()),
        target_alias: Some(settings.targets.alias.clone()),
        target_version_id: Some(settings.targets.version_id.clone()),
        per_minute: Some(settings.limits.per_minute),
        per_hour: Some(settings.limits.per_hour),
        per_session: Some(settings.limits.per_session),
        idle_minutes: Some(settings.limits.idle_minutes),
        config: Some(settings.config.clone()),
        is_active: Some(settings.is_active),
    };
    let mut columns = vec![
        ("id", token.id.to_string().into()),
        ("environment", token.environment.as_str().into()),
        ("signing_key_id", u32::from(token.key.byte()).into()),
        ("product_surface_id", token.product_surface_id.as_ref().map(Label::as_str).into()),
        ("created_at", token.created_at.millis().into()),
        ("updated_at", token.created_at.millis().into()),
    ];
    columns.extend(changed_columns(&everything));
    let long: Vec<_> =
        long(&columns).into_iter().map(|(name, value)| (name, Some(value))).collect();
    let digests = audit_log::digests(&long).to_string();
    columns.push(("digests", digests.into()));
    columns
}

/// The columns whose values may be longer than the audit log holds, and their names there.
const LONG: [(&str, &str); 4] = [
    ("flow_ids", "flowIds"),
    ("agent_ids", "agentIds"),
    ("allowed_origins", "allowedOrigins"),
    ("config", "config"),
];

/// Those among the columns, by their names in the log.
fn long<'a>(columns: &'a [(&'static str, Param)]) -> Vec<(&'static str, &'a str)> {
    let value = |column| match columns.iter().find(|(one, _)| one == column) {
        Some((_, Param::Text(value))) => Some(value.as_str()),
        _ => None,
    };
    LONG.iter().filter_map(|(column, name)| Some((*name, value(column)?))).collect()
}

/// The columns that `changes` name, and their new values.
fn changed_columns(changes: &Changes) -> Vec<(&'static str, Param)> {
    fn set<T>(change: Option<&T>, to_param: impl Fn(&T) -> Param) -> Option<Param> {
        change.map(to_param)
    }
    let label = |l: &Option<Label>| Param::from(l.as_ref().map(Label::as_str));
    let target = |t: &Option<TargetId>| Param::from(t.as_ref().map(TargetId::as_str));
    let limit = |n: &Option<u32>| Param::from(*n);
    [
        ("name", set(changes.name.as_ref(), |name| name.as_str().into())),
        ("flow_ids", set(changes.flow_ids.as_ref(), |ids| target_ids_json(ids).into())),
        ("default_flow_id", set(changes.default_flow_id.as_ref(), target)),
        ("agent_ids", set(changes.agent_ids.as_ref(), |ids| target_ids_json(ids).into())),
        ("allowed_origins", set(changes.allowed_origins.as_ref(), |o| origins_json(o).into())),
        ("pin_to_version", set(changes.pin_to_version.as_ref(), label)),
        ("target_alias", set(changes.target_alias.as_ref(), label)),
        ("target_version_id", set(changes.target_version_id.as_ref(), label)),
        ("rate_limit_per_minute", set(changes.per_minute.as_ref(), limit)),
        ("rate_limit_per_hour", set(changes.per_hour.as_ref(), limit)),
        ("max_messages_per_session", set(changes.per_session.as_ref(), limit)),
        ("session_idle_timeout_minutes", set(changes.idle_minutes.as_ref(), limit)),
        ("config", set(changes.config.as_ref(), |config| config.json().to_string().into())),
        ("is_active", set(changes.is_active.as_ref(), |active| (*active).into())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

/// Makes `changes`, which must not be empty, and nothing else. `updated_at` strictly rises.
pub fn update(
    writer: Writer<'_>,
    known: impl Into<Known>,
    changes: &Changes,
) -> First<ClientToken> {
    let mut columns = changed_columns(changes);
    let mut sets: Vec<String> =
        columns.iter().zip(6..).map(|((name, _), n)| format!("{name} = ?{n}")).collect();
    let long = long(&columns);
    if !long.is_empty() {
        sets.push(format!("digests = json_patch(digests, ?{})", columns.len() + 6));
        let patch = audit_log::patch_of_digests(&long).to_string();
        columns.push(("digests", patch.into()));
    }
    let sql = format!(
        "update client_tokens
set {sets}, updated_at = max(?2, updated_at + 1)
where {one}
returning {row}",
        sets = sets.join(", "),
        one = one_to_write(writer),
        row = TokenRow::COLUMNS.packed()
    );
    let mut params = known_params(&known.into());
    params.extend(columns.into_iter().map(|(_, value)| value));
    writer.write(sql, params).first()
}

/// Moves a token to its next value, signed by `key`; the old one is dead in the same statement.
pub fn regenerate(writer: Writer<'_>, known: impl Into<Known>, key: KeyId) -> First<ClientToken> {
    let sql = format!(
        "update client_tokens
set generation = generation + 1, signing_key_id = ?6, updated_at = max(?2, updated_at + 1)
where {one}
returning {row}",
        one = one_to_write(writer),
        row = TokenRow::COLUMNS.packed()
    );
    let mut params = known_params(&known.into());
    params.push(u32::from(key.byte()).into());
    writer.write(sql, params).first()
}

/// Hides a token from every endpoint; a scheduled run removes it later.
pub fn delete(writer: Writer<'_>, known: impl Into<Known>) -> First<Exists> {
    let sql = format!(
        "update client_tokens
set deleted_at = ?2, updated_at = max(?2, updated_at + 1)
where {one}
returning id",
        one = one_to_write(writer)
    );
    writer.write(sql, known_params(&known.into())).first()
}
