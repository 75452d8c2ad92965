//! Targets in the database. A target belongs to a tenant and is found in two ways: by its owner's
//! key, and by the page of one of the owner's tokens.

use serde::{Serialize, de::DeserializeOwned};

use serde_json::Value;

use crate::{
    domain::{
        base_url::BaseUrl,
        client_token::Targets,
        grant::Grant,
        id::ClientTokenId,
        quotas::Quota,
        secret_name::SecretName,
        target::{NewTarget, Target, TargetKind},
        text::{Description, ModelName, Name, SystemPrompt, TargetId, TargetIds},
        time::Timestamp,
        upstream::{
            Connection, Service, Upstream, UpstreamKind,
            settings::{ConnectionSettings, ModelSettings},
        },
    },
    store::{
        audit_log,
        caller::Caller,
        client_tokens::row::target_ids_json,
        paging::{Fitted, List},
        row::{CorruptRow, Exists, row},
        statement::{First, Param, Query},
        tenants::has_room,
    },
};

row! {
    pub(super) struct TargetRow for Target {
        id: TargetId,
        name: Option<Name>,
        description: Option<Description>,
        kind: UpstreamKind,
        base_url: Option<BaseUrl>,
        model: Option<ModelName>,
        system_prompt: Option<SystemPrompt>,
        api_key_secret: Option<SecretName>,
        settings: String,
        created_at: Timestamp,
        updated_at: Timestamp,
    }
}

impl TryFrom<TargetRow> for Target {
    type Error = CorruptRow;

    fn try_from(row: TargetRow) -> Result<Self, CorruptRow> {
        Ok(Self {
            kind: TargetKind::of(&row.id).ok_or(CorruptRow("TargetRow.id"))?,
            id: row.id,
            name: row.name,
            description: row.description,
            upstream: match row.kind {
                UpstreamKind::Echo => Upstream::Echo,
                UpstreamKind::Events => {
                    Upstream::Events(connection(row.base_url, row.api_key_secret, &row.settings)?)
                }
                UpstreamKind::OpenAi => Upstream::OpenAi(Box::new(Service {
                    connection: connection(row.base_url, row.api_key_secret, &row.settings)?,
                    model: row.model.ok_or(CorruptRow("TargetRow.model"))?,
                    system_prompt: row.system_prompt,
                    settings: read_settings(&row.settings)?,
                })),
            },
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

fn connection(
    base_url: Option<BaseUrl>,
    api_key_secret: Option<SecretName>,
    settings: &str,
) -> Result<Connection, CorruptRow> {
    let base_url = base_url.ok_or(CorruptRow("TargetRow.base_url"))?;
    Ok(Connection { base_url, api_key_secret, settings: read_settings(settings)? })
}

/// Of the one object of a row, the settings that `T` has.
fn read_settings<T: DeserializeOwned>(text: &str) -> Result<T, CorruptRow> {
    serde_json::from_str(text).map_err(|_| CorruptRow("TargetRow.settings"))
}

/// The settings of an upstream in one object; none has a null.
fn settings(upstream: &Upstream) -> String {
    #[derive(Serialize)]
    struct Settings<'a> {
        #[serde(flatten)]
        connection: Option<&'a ConnectionSettings>,
        #[serde(flatten)]
        model: Option<&'a ModelSettings>,
    }
    let settings = Settings {
        connection: upstream.connection().map(|connection| &connection.settings),
        model: upstream.service().map(|service| &service.settings),
    };
    serde_json::to_string(&settings).unwrap_or_default()
}

/// A stretch of the targets of the caller's tenant, by id and without their prompts: at most `limit`,
/// and as many as fit a page.
pub fn page(caller: &Caller, limit: u32, offset: u32) -> Query<Fitted<Target>> {
    let source = format!("from targets\nwhere tenant_id = {}", caller.tenant());
    let array = TargetRow::COLUMNS.with("system_prompt", "null").array();
    let list = List { keys: "id", order: "id", source: &source, array: &array };
    caller.read(list.page(), vec![limit.into(), offset.into()])
}

pub fn find(caller: &Caller, id: &TargetId) -> First<Target> {
    let sql = format!(
        "select {row}
from targets
where tenant_id = {tenant}
  and id = ?3",
        tenant = caller.tenant(),
        row = TargetRow::COLUMNS.packed()
    );
    caller.read(sql, vec![id.as_str().into()]).first()
}

/// Makes a target, or replaces the one of its id whole; no row when it would be one more than
/// `quota`, or when the caller's key died meanwhile. `updated_at` strictly rises.
pub fn put(caller: &Caller, target: &NewTarget, quota: Quota) -> First<Target> {
    let (upstream, service) = (&target.upstream, target.upstream.service());
    let connection = upstream.connection();
    let settings = settings(upstream);
    let description = target.description.as_ref().map(Description::as_str);
    let prompt = service.and_then(|service| service.system_prompt.as_ref());
    let prompt = prompt.map(SystemPrompt::as_str);
    let digests = audit_log::digests(&[
        ("description", description),
        ("upstream.systemPrompt", prompt),
        ("upstream.settings", Some(&settings)),
    ]);
    let mut params: Vec<Param> = vec![
        target.id.as_str().into(),
        target.name.as_ref().map(Name::as_str).into(),
        description.into(),
        upstream.kind().as_str().into(),
        connection.map(|connection| connection.base_url.as_str()).into(),
        service.map(|service| service.model.as_str()).into(),
        prompt.into(),
        connection
            .and_then(|connection| connection.api_key_secret.as_ref())
            .map(SecretName::as_str)
            .into(),
        settings.into(),
        digests.to_string().into(),
    ];
    let sql = format!(
        "insert into targets (
  tenant_id, id, name, description, kind, base_url, model, system_prompt, api_key_secret, settings,
  digests, created_at, updated_at
)
select owner.tenant_id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?2, ?2
from {tenant} as owner
where exists (select 1 from targets where tenant_id = owner.tenant_id and id = ?3)
  or {has_room}
on conflict (tenant_id, id) do update
set
  name = excluded.name,
  description = excluded.description,
  kind = excluded.kind,
  base_url = excluded.base_url,
  model = excluded.model,
  system_prompt = excluded.system_prompt,
  api_key_secret = excluded.api_key_secret,
  settings = excluded.settings,
  digests = excluded.digests,
  updated_at = max(excluded.updated_at, updated_at + 1)
returning {row}",
        tenant = caller.tenant(),
        has_room = has_room("owner.tenant_id", quota, &mut params, 3),
        row = TargetRow::COLUMNS.packed()
    );
    caller.write(sql, params).first()
}

pub fn delete(caller: &Caller, id: &TargetId) -> First<Exists> {
    let sql = format!(
        "delete from targets
where tenant_id = {tenant}
  and id = ?3
returning id",
        tenant = caller.tenant()
    );
    caller.write(sql, vec![id.as_str().into()]).first()
}

row! {
    /// A target that is set up.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SetUp {
        pub id: TargetId,
    }
}

/// Which of the targets that a token lists are set up. In one batch with what makes or changes
/// the token it speaks of the result.
pub fn listed_by(caller: &Caller, token: ClientTokenId) -> Query<SetUp> {
    let sql = format!(
        "select id
from targets
where tenant_id = {tenant}
  and id in (
    select listed.value
    from client_tokens
    join json_each(client_tokens.flow_ids) as listed
    where client_tokens.id = ?3
    union all
    select listed.value
    from client_tokens
    join json_each(client_tokens.agent_ids) as listed
    where client_tokens.id = ?3
  )",
        tenant = caller.tenant()
    );
    caller.read(sql, vec![token.to_string().into()])
}

/// Which of `targets` are set up.
pub fn among(caller: &Caller, targets: &Targets) -> Query<SetUp> {
    let sql = format!(
        "select id
from targets
where tenant_id = {tenant}
  and id in (select value from json_each(?3))",
        tenant = caller.tenant()
    );
    let listed = [&targets.flow_ids, &targets.agent_ids];
    let ids = listed.into_iter().flat_map(TargetIds::as_slice);
    let ids = ids.map(|id| Value::String(id.as_str().to_owned())).collect();
    caller.read(sql, vec![Value::Array(ids).to_string().into()])
}

/// The target of a page's session, if it is set up. Whether the token lists it is for the caller to
/// ask.
pub fn of_token(token: ClientTokenId, id: &TargetId) -> First<Target> {
    let sql = format!(
        "select {row}
from targets
where (tenant_id, id) = (
  select tenant_id, ?2
  from client_tokens
  where id = ?1
    and deleted_at is null
)",
        row = TargetRow::COLUMNS.packed()
    );
    Query::read(sql, vec![token.to_string().into(), id.as_str().into()]).first()
}

/// The id of the target that a page gets, as SQL beside a row of `client_tokens`: the parameter
/// `wanted`, else the token's default flow, its first flow or its first agent (contract section 6.1);
/// of these the first that the grant of the page's value allows, if it has one. The parameters that
/// this needs are numbered from ?5.
pub(super) fn chosen(wanted: &str, grant: Option<&Grant>) -> (String, Vec<Param>) {
    let granted = grant.map(|grant| (&grant.flow_ids, &grant.agent_ids));
    let Some((flows, agents)) =
        granted.filter(|(flows, agents)| flows.is_some() || agents.is_some())
    else {
        let sql = format!(
            "coalesce(
    {wanted},
    client_tokens.default_flow_id,
    client_tokens.flow_ids ->> 0,
    client_tokens.agent_ids ->> 0
  )"
        );
        return (sql, Vec::new());
    };
    let first = |column: &str, granted: &str| {
        format!(
            "(
      select first.value
      from (
        -- Of the row with the least key.
        select listed.value, min(listed.key)
        from json_each(client_tokens.{column}) as listed
        where {granted} is null
          or listed.value in (select value from json_each({granted}))
      ) as first
    )"
        )
    };
    let sql = format!(
        "coalesce(
    {wanted},
    iif(
      ?5 is null or client_tokens.default_flow_id in (select value from json_each(?5)),
      client_tokens.default_flow_id,
      null
    ),
    {},
    {}
  )",
        first("flow_ids", "?5"),
        first("agent_ids", "?6")
    );
    let list = |ids: &Option<TargetIds>| ids.as_ref().map(target_ids_json).into();
    (sql, vec![list(flows), list(agents)])
}
