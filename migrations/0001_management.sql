-- Tenants, API keys, client tokens and the conversations that tokens hold.
--
-- Times are milliseconds since the Unix epoch. Neither the value of a token nor that of a key is
-- here, nor anything from which one can be computed: a token's value is derived from its row and
-- a Worker secret, a key is known by a digest under a secret pepper.

create table tenants (
  id text primary key,
  created_at integer not null
) strict, without rowid;

create table api_keys (
  id text primary key,
  tenant_id text not null references tenants (id),
  name text not null,
  environment text not null check (environment in ('test', 'live')),
  -- Separated by spaces, as OAuth writes scopes.
  permissions text not null check (permissions <> ''),
  digest text not null,
  key_hint text not null,
  created_at integer not null,
  last_used_at integer,
  expires_at integer,
  revoked_at integer
) strict, without rowid;

create unique index api_keys_by_digest on api_keys (digest);

create index api_keys_by_tenant on api_keys (tenant_id, created_at desc, id desc)
where revoked_at is null;

create index api_keys_revoked on api_keys (revoked_at)
where revoked_at is not null;

create table client_tokens (
  id text primary key,
  tenant_id text not null references tenants (id),
  environment text not null check (environment in ('test', 'live')),
  -- How often the value was regenerated; with signing_key_id it names the one living value.
  generation integer not null default 0 check (generation between 0 and 4294967295),
  signing_key_id integer not null check (signing_key_id between 1 and 255),
  name text not null,
  -- JSON arrays of ids out of [A-Za-z0-9_-], so that no id needs an escape.
  flow_ids text not null check (json_valid(flow_ids)),
  default_flow_id text,
  agent_ids text not null check (json_valid(agent_ids)),
  allowed_origins text not null check (json_array_length(allowed_origins) between 1 and 100),
  pin_to_version text,
  product_surface_id text,
  target_alias text,
  target_version_id text,
  rate_limit_per_minute integer check (rate_limit_per_minute between 1 and 1000),
  rate_limit_per_hour integer check (rate_limit_per_hour between 1 and 10000),
  max_messages_per_session integer check (max_messages_per_session between 1 and 1000),
  session_idle_timeout_minutes integer check (session_idle_timeout_minutes between 1 and 1440),
  config text not null check (json_type(config) = 'object'),
  is_active integer not null default 1 check (is_active in (0, 1)),
  conversation_count integer not null default 0 check (conversation_count >= 0),
  last_used_at integer,
  created_at integer not null,
  updated_at integer not null,
  deleted_at integer,
  -- The rules between fields stand here too, since two updates at once may each be right by
  -- what they read and wrong together; the second one then reads again and is told.
  constraint default_flow_is_listed check (
    default_flow_id is null or instr(flow_ids, '"' || default_flow_id || '"') > 0
  ),
  constraint alias_or_version check (target_alias is null or target_version_id is null),
  constraint version_of_one_agent check (
    target_version_id is null or json_array_length(agent_ids) = 1
  )
) strict;

create index client_tokens_by_tenant on client_tokens (tenant_id, created_at desc, id desc)
where deleted_at is null;

-- What a test key lists, without stepping over the live tokens in between.
create index client_tokens_by_environment
on client_tokens (tenant_id, environment, created_at desc, id desc)
where deleted_at is null;

create index client_tokens_deleted on client_tokens (deleted_at)
where deleted_at is not null;

create table conversations (
  id text primary key,
  client_token_id text not null references client_tokens (id) on delete cascade,
  name text,
  first_message text,
  target_id text,
  origin text,
  message_count integer not null default 0 check (message_count >= 0),
  created_at integer not null,
  updated_at integer not null
) strict, without rowid;

create index conversations_by_token
on conversations (client_token_id, updated_at desc, id desc);

create index conversations_by_target
on conversations (client_token_id, target_id, updated_at desc, id desc);

-- The counter is the database's own, so that it is exact whoever writes, and read for free.
create trigger conversation_counted after insert on conversations begin
  update client_tokens
  set conversation_count = conversation_count + 1
  where id = new.client_token_id;
end;

create trigger conversation_discounted after delete on conversations begin
  update client_tokens
  set conversation_count = conversation_count - 1
  where id = old.client_token_id;
end;
