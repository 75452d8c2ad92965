-- What an entry of the audit log may weigh: of a value over 1 KiB it has the digest and the length
-- (contract section 3.13). SQL has no such digest, so whoever writes a long value gives it: it stands
-- beside the value, and so the entry of the next change has the one of the value before, too.

-- JSON: the SHA-256 of each field that the log doesn't hold whole, by its name there. Whoever changes
-- such a field past the Worker sets this to '{}' in the same statement; the log then says null.
alter table client_tokens
add column digests text not null default '{}' check (json_type(digests) = 'object');

alter table targets
add column digests text not null default '{}' check (json_type(digests) = 'object');

-- Who acted as somebody else. The log names both, and each finds the entry.
alter table audit_context add column impersonator text;

alter table audit_log add column impersonator text;

create index audit_log_by_impersonator on audit_log (tenant_id, impersonator, position)
where impersonator is not null;

-- The fields come with their digests, as a member that isn't logged. A value of 1,024 bytes is whole;
-- so is none that could be taken for a digest.
drop trigger audited_is_logged;

create trigger audited_is_logged instead of insert on audited begin
  insert into audit_log (
    tenant_id, position, at, actor, impersonator, action, environment, object_kind, object_id,
    fields_before, fields_after, request_id, address
  )
  select
    new.tenant_id,
    1 + coalesce((select max(position) from audit_log where tenant_id = new.tenant_id), 0),
    coalesce(context.at, cast(unixepoch('subsec') * 1000 as integer)),
    context.actor,
    context.impersonator,
    new.action,
    new.environment,
    new.object_kind,
    new.object_id,
    iif(new.fields_before is null, null, (
      select json_group_object(field.key, json(iif(
        length(cast(field.value as blob)) > 1024
          or field.type = 'object' and json_type(field.value, '$.sha256') is not null,
        json_object(
          'sha256', new.fields_before ->> ('$."#digests"."' || field.key || '"'),
          'bytes', length(cast(field.value as blob))
        ),
        new.fields_before -> field.fullkey
      )))
      from json_each(new.fields_before) as field
      where field.key <> '#digests'
        and (
          new.fields_after is null
          or new.fields_before -> field.fullkey is not new.fields_after -> field.fullkey
        )
    )),
    iif(new.fields_after is null, null, (
      select json_group_object(field.key, json(iif(
        length(cast(field.value as blob)) > 1024
          or field.type = 'object' and json_type(field.value, '$.sha256') is not null,
        json_object(
          'sha256', new.fields_after ->> ('$."#digests"."' || field.key || '"'),
          'bytes', length(cast(field.value as blob))
        ),
        new.fields_after -> field.fullkey
      )))
      from json_each(new.fields_after) as field
      where field.key <> '#digests'
        and (
          new.fields_before is null
          or new.fields_before -> field.fullkey is not new.fields_after -> field.fullkey
        )
    )),
    context.request_id,
    context.address
  from (select 1) as one
  left join audit_context as context;
end;

drop trigger client_token_made;

create trigger client_token_made after insert on client_tokens begin
  insert into audited
  values (
    new.tenant_id, new.environment, 'client_token.create', 'client_token', new.id, null,
    json_insert(
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
      ),
      '$."#digests"', json(new.digests)
    )
  );
end;

drop trigger client_token_updated;

create trigger client_token_updated after update of
  name, flow_ids, default_flow_id, agent_ids, allowed_origins, pin_to_version, target_alias,
  target_version_id, rate_limit_per_minute, rate_limit_per_hour, max_messages_per_session,
  session_idle_timeout_minutes, config, is_active
on client_tokens begin
  insert into audited
  select
    new.tenant_id, new.environment, 'client_token.update', 'client_token', new.id,
    json_insert(was, '$."#digests"', json(old.digests)),
    json_insert(became, '$."#digests"', json(new.digests))
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

drop trigger client_token_deleted;

create trigger client_token_deleted after update of deleted_at on client_tokens
when old.deleted_at is null and new.deleted_at is not null begin
  insert into audited
  values (
    old.tenant_id, old.environment, 'client_token.delete', 'client_token', old.id,
    json_insert(
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
      '$."#digests"', json(old.digests)
    ),
    null
  );
end;

drop trigger target_made;

create trigger target_made after insert on targets begin
  insert into audited
  values (
    new.tenant_id, 'live', 'target.put', 'target', new.id, null,
    json_insert(
      json_object(
        'name', new.name,
        'description', new.description,
        'upstream.kind', new.kind,
        'upstream.baseUrl', new.base_url,
        'upstream.model', new.model,
        'upstream.systemPrompt', new.system_prompt,
        'upstream.apiKeySecret', new.api_key_secret,
        'upstream.settings', json(new.settings)
      ),
      '$."#digests"', json(new.digests)
    )
  );
end;

drop trigger target_replaced;

create trigger target_replaced after update of
  name, description, kind, base_url, model, system_prompt, api_key_secret, settings
on targets begin
  insert into audited
  select
    new.tenant_id, 'live', 'target.put', 'target', new.id,
    json_insert(was, '$."#digests"', json(old.digests)),
    json_insert(became, '$."#digests"', json(new.digests))
  from (
    select
      json_object(
        'name', old.name,
        'description', old.description,
        'upstream.kind', old.kind,
        'upstream.baseUrl', old.base_url,
        'upstream.model', old.model,
        'upstream.systemPrompt', old.system_prompt,
        'upstream.apiKeySecret', old.api_key_secret,
        'upstream.settings', json(old.settings)
      ) as was,
      json_object(
        'name', new.name,
        'description', new.description,
        'upstream.kind', new.kind,
        'upstream.baseUrl', new.base_url,
        'upstream.model', new.model,
        'upstream.systemPrompt', new.system_prompt,
        'upstream.apiKeySecret', new.api_key_secret,
        'upstream.settings', json(new.settings)
      ) as became
  )
  where was is not became;
end;

drop trigger target_deleted;

create trigger target_deleted after delete on targets begin
  insert into audited
  values (
    old.tenant_id, 'live', 'target.delete', 'target', old.id,
    json_insert(
      json_object(
        'name', old.name,
        'description', old.description,
        'upstream.kind', old.kind,
        'upstream.baseUrl', old.base_url,
        'upstream.model', old.model,
        'upstream.systemPrompt', old.system_prompt,
        'upstream.apiKeySecret', old.api_key_secret,
        'upstream.settings', json(old.settings)
      ),
      '$."#digests"', json(old.digests)
    ),
    null
  );
end;
