-- What was changed or revealed on the management plane, by whom (contract section 3.13), and the
-- value that an API key had before, which may work on for a while.
--
-- Rows of the log are written by triggers, inside the statement that makes the change: neither is
-- there without the other, whoever writes. What a request knows beside its change stands in
-- audit_context for as long as its transaction lasts; a change without that, from the command
-- line, has no actor.

create table audit_context (
  only_row integer primary key check (only_row = 1),
  actor text not null,
  request_id text not null,
  address text,
  at integer not null
) strict;

create table audit_log (
  tenant_id text not null,
  -- 1, 2, 3 … in each tenant's log.
  position integer not null,
  at integer not null,
  -- The id of the API key; null: the command line.
  actor text,
  action text not null,
  -- Of the object. A target serves live tokens too, and counts as live.
  environment text not null check (environment in ('test', 'live')),
  object_kind text not null,
  object_id text not null,
  -- JSON: the fields that changed; all of them of what was made (null before) or ended (null
  -- after); both null when a value was revealed. Never a credential.
  fields_before text check (fields_before is null or json_type(fields_before) = 'object'),
  fields_after text check (fields_after is null or json_type(fields_after) = 'object'),
  request_id text,
  address text,
  primary key (tenant_id, position)
) strict, without rowid;

create index audit_log_by_object on audit_log (tenant_id, object_id, position);

create index audit_log_by_actor on audit_log (tenant_id, actor, position);

create index audit_log_by_action on audit_log (tenant_id, action, position);

create index audit_log_by_age on audit_log (at);

create trigger audit_log_is_final before update on audit_log begin
  select raise(abort, 'audit_log_is_final');
end;

-- What is inserted here becomes a row of the log: of two sets of fields what differs.
create view audited as
select
  tenant_id,
  environment,
  action,
  object_kind,
  object_id,
  fields_before,
  fields_after
from audit_log;

create trigger audited_is_logged instead of insert on audited begin
  insert into audit_log (
    tenant_id, position, at, actor, action, environment, object_kind, object_id, fields_before,
    fields_after, request_id, address
  )
  select
    new.tenant_id,
    1 + coalesce((select max(position) from audit_log where tenant_id = new.tenant_id), 0),
    coalesce(context.at, cast(unixepoch('subsec') * 1000 as integer)),
    context.actor,
    new.action,
    new.environment,
    new.object_kind,
    new.object_id,
    iif(new.fields_before is null or new.fields_after is null, new.fields_before, (
      select json_group_object(field.key, json(new.fields_before -> field.fullkey))
      from json_each(new.fields_after) as field
      where new.fields_before -> field.fullkey is not new.fields_after -> field.fullkey
    )),
    iif(new.fields_before is null or new.fields_after is null, new.fields_after, (
      select json_group_object(field.key, json(new.fields_after -> field.fullkey))
      from json_each(new.fields_after) as field
      where new.fields_before -> field.fullkey is not new.fields_after -> field.fullkey
    )),
    context.request_id,
    context.address
  from (select 1) as one
  left join audit_context as context;
end;

create trigger client_token_made after insert on client_tokens begin
  insert into audited
  values (
    new.tenant_id, new.environment, 'client_token.create', 'client_token', new.id, null,
    json_object(
      'name', new.name,
      'flowIds', json(new.flow_ids),
      'defaultFlowId', new.default_flow_id,
      'agentIds', json(new.agent_ids),
      'allowedOrigins', json(new.allowed_origins),
      'environment', new.environment,
      'pinToVersion', new.pin_to_version,
      'productSurfaceId', new.product_surface_id,
      'targetAlias', new.target_alias,
      'targetVersionId', new.target_version_id,
      'rateLimitPerMinute', new.rate_limit_per_minute,
      'rateLimitPerHour', new.rate_limit_per_hour,
      'maxMessagesPerSession', new.max_messages_per_session,
      'sessionIdleTimeoutMinutes', new.session_idle_timeout_minutes,
      'config', json(new.config),
      'isActive', json(iif(new.is_active, 'true', 'false'))
    )
  );
end;

-- Settings that are written as they were are no change.
create trigger client_token_updated after update of
  name, flow_ids, default_flow_id, agent_ids, allowed_origins, pin_to_version, target_alias,
  target_version_id, rate_limit_per_minute, rate_limit_per_hour, max_messages_per_session,
  session_idle_timeout_minutes, config, is_active
on client_tokens begin
  insert into audited
  select
    new.tenant_id, new.environment, 'client_token.update', 'client_token', new.id, was, became
  from (
    select
      json_object(
        'name', old.name,
        'flowIds', json(old.flow_ids),
        'defaultFlowId', old.default_flow_id,
        'agentIds', json(old.agent_ids),
        'allowedOrigins', json(old.allowed_origins),
        'pinToVersion', old.pin_to_version,
        'targetAlias', old.target_alias,
        'targetVersionId', old.target_version_id,
        'rateLimitPerMinute', old.rate_limit_per_minute,
        'rateLimitPerHour', old.rate_limit_per_hour,
        'maxMessagesPerSession', old.max_messages_per_session,
        'sessionIdleTimeoutMinutes', old.session_idle_timeout_minutes,
        'config', json(old.config),
        'isActive', json(iif(old.is_active, 'true', 'false'))
      ) as was,
      json_object(
        'name', new.name,
        'flowIds', json(new.flow_ids),
        'defaultFlowId', new.default_flow_id,
        'agentIds', json(new.agent_ids),
        'allowedOrigins', json(new.allowed_origins),
        'pinToVersion', new.pin_to_version,
        'targetAlias', new.target_alias,
        'targetVersionId', new.target_version_id,
        'rateLimitPerMinute', new.rate_limit_per_minute,
        'rateLimitPerHour', new.rate_limit_per_hour,
        'maxMessagesPerSession', new.max_messages_per_session,
        'sessionIdleTimeoutMinutes', new.session_idle_timeout_minutes,
        'config', json(new.config),
        'isActive', json(iif(new.is_active, 'true', 'false'))
      ) as became
  )
  where was is not became;
end;

create trigger client_token_regenerated after update of generation, signing_key_id
on client_tokens
when old.generation <> new.generation or old.signing_key_id <> new.signing_key_id begin
  insert into audited
  values (
    new.tenant_id, new.environment, 'client_token.regenerate', 'client_token', new.id,
    json_object('generation', old.generation, 'signingKeyId', old.signing_key_id),
    json_object('generation', new.generation, 'signingKeyId', new.signing_key_id)
  );
end;

create trigger client_token_deleted after update of deleted_at on client_tokens
when old.deleted_at is null and new.deleted_at is not null begin
  insert into audited
  values (
    old.tenant_id, old.environment, 'client_token.delete', 'client_token', old.id,
    json_object(
      'name', old.name,
      'flowIds', json(old.flow_ids),
      'defaultFlowId', old.default_flow_id,
      'agentIds', json(old.agent_ids),
      'allowedOrigins', json(old.allowed_origins),
      'environment', old.environment,
      'pinToVersion', old.pin_to_version,
      'productSurfaceId', old.product_surface_id,
      'targetAlias', old.target_alias,
      'targetVersionId', old.target_version_id,
      'rateLimitPerMinute', old.rate_limit_per_minute,
      'rateLimitPerHour', old.rate_limit_per_hour,
      'maxMessagesPerSession', old.max_messages_per_session,
      'sessionIdleTimeoutMinutes', old.session_idle_timeout_minutes,
      'config', json(old.config),
      'isActive', json(iif(old.is_active, 'true', 'false'))
    ),
    null
  );
end;

-- A key's value before its last regeneration, by digest; since when it is the old one, and until
-- when it works.
alter table api_keys add column previous_digest text;

alter table api_keys add column previous_since integer
check ((previous_since is null) = (previous_digest is null));

alter table api_keys add column previous_until integer
check ((previous_until is null) = (previous_digest is null));

create unique index api_keys_by_previous_digest on api_keys (previous_digest)
where previous_digest is not null;

create trigger api_key_made after insert on api_keys begin
  insert into audited
  values (
    new.tenant_id, new.environment, 'api_key.create', 'api_key', new.id, null,
    json_object(
      'name', new.name,
      'environment', new.environment,
      'permissions', json('["' || replace(new.permissions, ' ', '","') || '"]'),
      'keyHint', new.key_hint,
      'expiresAt',
      strftime('%Y-%m-%dT%H:%M:%S', new.expires_at / 1000, 'unixepoch')
        || printf('.%03dZ', new.expires_at % 1000),
      'createdBy', new.created_by
    )
  );
end;

create trigger api_key_regenerated after update of digest on api_keys
when old.digest <> new.digest begin
  insert into audited
  values (
    new.tenant_id, new.environment, 'api_key.regenerate', 'api_key', new.id,
    json_object(
      'keyHint', old.key_hint,
      'previousKeyExpiresAt',
      strftime('%Y-%m-%dT%H:%M:%S', old.previous_until / 1000, 'unixepoch')
        || printf('.%03dZ', old.previous_until % 1000)
    ),
    json_object(
      'keyHint', new.key_hint,
      'previousKeyExpiresAt',
      strftime('%Y-%m-%dT%H:%M:%S', new.previous_until / 1000, 'unixepoch')
        || printf('.%03dZ', new.previous_until % 1000)
    )
  );
end;

create trigger api_key_revoked after update of revoked_at on api_keys
when old.revoked_at is null and new.revoked_at is not null begin
  insert into audited
  values (
    old.tenant_id, old.environment, 'api_key.revoke', 'api_key', old.id,
    json_object(
      'name', old.name,
      'environment', old.environment,
      'permissions', json('["' || replace(old.permissions, ' ', '","') || '"]'),
      'keyHint', old.key_hint,
      'expiresAt',
      strftime('%Y-%m-%dT%H:%M:%S', old.expires_at / 1000, 'unixepoch')
        || printf('.%03dZ', old.expires_at % 1000),
      'createdBy', old.created_by
    ),
    null
  );
end;

create trigger target_made after insert on targets begin
  insert into audited
  values (
    new.tenant_id, 'live', 'target.put', 'target', new.id, null,
    json_object(
      'name', new.name,
      'description', new.description,
      'upstream.kind', new.kind,
      'upstream.baseUrl', new.base_url,
      'upstream.model', new.model,
      'upstream.systemPrompt', new.system_prompt,
      'upstream.apiKeySecret', new.api_key_secret
    )
  );
end;

create trigger target_replaced after update of
  name, description, kind, base_url, model, system_prompt, api_key_secret
on targets begin
  insert into audited
  select new.tenant_id, 'live', 'target.put', 'target', new.id, was, became
  from (
    select
      json_object(
        'name', old.name,
        'description', old.description,
        'upstream.kind', old.kind,
        'upstream.baseUrl', old.base_url,
        'upstream.model', old.model,
        'upstream.systemPrompt', old.system_prompt,
        'upstream.apiKeySecret', old.api_key_secret
      ) as was,
      json_object(
        'name', new.name,
        'description', new.description,
        'upstream.kind', new.kind,
        'upstream.baseUrl', new.base_url,
        'upstream.model', new.model,
        'upstream.systemPrompt', new.system_prompt,
        'upstream.apiKeySecret', new.api_key_secret
      ) as became
  )
  where was is not became;
end;

create trigger target_deleted after delete on targets begin
  insert into audited
  values (
    old.tenant_id, 'live', 'target.delete', 'target', old.id,
    json_object(
      'name', old.name,
      'description', old.description,
      'upstream.kind', old.kind,
      'upstream.baseUrl', old.base_url,
      'upstream.model', old.model,
      'upstream.systemPrompt', old.system_prompt,
      'upstream.apiKeySecret', old.api_key_secret
    ),
    null
  );
end;

-- How many tokens a signing key still carries, and which.
create index client_tokens_by_signing_key on client_tokens (signing_key_id, id)
where deleted_at is null;
