-- What a target says to its upstream beside the messages: one JSON object that has what is set, and
-- one field of the audit log.

alter table targets
add column settings text not null default '{}' check (json_type(settings) = 'object');

drop trigger target_made;

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
      'upstream.apiKeySecret', new.api_key_secret,
      'upstream.settings', json(new.settings)
    )
  );
end;

drop trigger target_replaced;

create trigger target_replaced after update of
  name, description, kind, base_url, model, system_prompt, api_key_secret, settings
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
    null
  );
end;
