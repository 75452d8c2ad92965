-- The whole schema, from top to bottom: tenants and their API keys, client tokens, targets; what visitors say; and
-- last what the database sees to itself, whoever writes: counters, bounds, erasure and the audit log.
--
-- Times are milliseconds since the Unix epoch. Neither the value of a token nor that of a key is here, nor anything
-- from which one can be computed: a token's value is derived from its row and a Worker secret, a key is known by a
-- digest under a secret pepper.
--
-- A table whose rows hold long texts has row ids, and short columns stand before long ones: SQLite reads a long row
-- from its head, and the tree of a table without row ids reads it whole to compare its key.

-- How much a tenant has is counted here by triggers, exactly, whoever writes; what is made is held to the numbers
-- in the statement that makes it, for one row read. What was deleted isn't counted as what a tenant has; but its
-- row stays for a while, and is counted as such.
create table tenants (
  id text primary key,
  created_at integer not null,
  token_count integer not null default 0 check (token_count >= 0),
  token_rows integer not null default 0 check (token_rows >= 0),
  key_count integer not null default 0 check (key_count >= 0),
  key_rows integer not null default 0 check (key_rows >= 0),
  target_count integer not null default 0 check (target_count >= 0)
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
  -- Which API key made it, so that whoever revokes one can revoke what came of it, too. Null: minted by the deployment.
  -- A maker's row stays as long as one that names it, so that no line is cut.
  created_by text references api_keys (id),
  created_at integer not null,
  last_used_at integer,
  expires_at integer,
  revoked_at integer,
  -- The value before the last regeneration, by digest: since when it is the old one, until when it works, and when it
  -- was last used since then, moved at most once a minute.
  previous_digest text,
  previous_since integer check ((previous_since is null) = (previous_digest is null)),
  previous_until integer check ((previous_until is null) = (previous_digest is null)),
  previous_last_used_at integer check (previous_last_used_at is null or previous_digest is not null)
) strict, without rowid;

create unique index api_keys_by_digest on api_keys (digest);

create unique index api_keys_by_previous_digest on api_keys (previous_digest)
where previous_digest is not null;

create index api_keys_by_tenant on api_keys (tenant_id, created_at desc, id desc)
where revoked_at is null;

create index api_keys_by_maker on api_keys (created_by)
where created_by is not null;

create index api_keys_revoked on api_keys (revoked_at)
where revoked_at is not null;

-- Which values of the secret BOOTSTRAP_KEY were exchanged for an API key: each is good for one. A row is written in
-- the transaction that makes the key, so a value isn't used up without a key.
create table bootstrap_uses (
  -- A digest of the value.
  mark text primary key,
  api_key_id text not null,
  used_at integer not null
) strict, without rowid;

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
  -- JSON: the SHA-256 of each field that the audit log doesn't hold whole, by its name there (below).
  digests text not null default '{}' check (json_type(digests) = 'object'),
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

-- How many tokens a signing key still carries, and which.
create index client_tokens_by_signing_key on client_tokens (signing_key_id, id)
where deleted_at is null;

-- What executes a flow or an agent.
create table targets (
  tenant_id text not null references tenants (id),
  id text not null,
  name text,
  description text,
  kind text not null check (kind in ('echo', 'openai', 'events')),
  base_url text,
  model text,
  system_prompt text,
  -- The name of a Worker secret, never a key.
  api_key_secret text,
  created_at integer not null,
  updated_at integer not null,
  -- JSON: what it says to its upstream beside the messages, as far as that is set.
  settings text not null default '{}' check (json_type(settings) = 'object'),
  -- As those of client tokens.
  digests text not null default '{}' check (json_type(digests) = 'object'),
  primary key (tenant_id, id),
  constraint openai_has_model check (kind <> 'openai' or model is not null),
  constraint remote_has_base_url check (kind = 'echo' or base_url is not null)
) strict;

-- What was made under an Idempotency-Key, so that the same request again makes nothing. A row is written in the
-- transaction of what it records, and goes after a day.
create table idempotency_keys (
  -- A digest of the key and of where it counts: the caller, the method and the path.
  id text primary key,
  -- A digest of the request's body.
  request text not null,
  -- JSON, from which the first answer is made again; it holds no credential. Null only within the
  -- transaction.
  outcome text check (json_valid(outcome)),
  created_at integer not null
) strict, without rowid;

create index idempotency_keys_by_age on idempotency_keys (created_at);

-- A conversation comes into being with its first chat. Once deleted, its bare row stays for 30 days, as long as a
-- session id may come back, so that a chat in it is told.
create table conversations (
  id text primary key,
  client_token_id text not null references client_tokens (id) on delete cascade,
  name text,
  first_message text,
  target_id text,
  origin text,
  -- The signed-in user whom a server named when it minted the value that opened the conversation. Null where no one
  -- vouched for the visitor.
  user_id text check (length(user_id) between 1 and 128),
  message_count integer not null default 0 check (message_count >= 0),
  -- Bytes of its messages, and of the executions that wait.
  byte_count integer not null default 0,
  -- How often something changed other than by a new message: together with the number of its messages it gives a
  -- revision that rises by one with every change. New messages are counted already, so they cost no write more.
  changes integer not null default 0 check (changes >= 0),
  created_at integer not null,
  updated_at integer not null,
  deleted_at integer
) strict, without rowid;

-- What a list shows, without stepping over deleted conversations; the first one whole, since a token's
-- conversations are also found by it when the token goes.
create index conversations_by_token
on conversations (client_token_id, deleted_at, updated_at desc, id desc);

create index conversations_by_target
on conversations (client_token_id, target_id, updated_at desc, id desc)
where deleted_at is null;

create index conversations_by_user
on conversations (client_token_id, user_id, updated_at desc, id desc)
where user_id is not null
  and deleted_at is null;

-- The order of an export: that in which they began, which no chat changes.
create index conversations_by_age on conversations (client_token_id, created_at, id)
where deleted_at is null;

create index conversations_by_target_and_age
on conversations (client_token_id, target_id, created_at, id)
where deleted_at is null;

create index conversations_by_user_and_age
on conversations (client_token_id, user_id, created_at, id)
where user_id is not null
  and deleted_at is null;

-- Those whose row is due.
create index conversations_deleted on conversations (deleted_at)
where deleted_at is not null;

-- Sizes stand beside what they measure, so that statements decide by them which rows are read at all. An answer is
-- kept as the text it is, since JSON's escapes may double it.
create table messages (
  conversation_id text not null references conversations (id) on delete cascade,
  -- The page's own id, or ours; a message sent again is recognised by it.
  id text not null,
  -- 1, 2, 3 … in the order of storage.
  position integer not null,
  role text not null check (role in ('user', 'assistant')),
  -- An answer that ended early is partial: it holds what was streamed.
  status text not null default 'complete' check (status in ('complete', 'partial')),
  -- The user's message that an answer is to.
  reply_to text check ((role = 'assistant') = (reply_to is not null)),
  -- Of a question: the execution that was the latest to answer it, and the id that the answer was
  -- to have, whatever became of both.
  execution_id text check (role = 'user' or execution_id is null),
  answer_id text check (role = 'user' or answer_id is null),
  created_at integer not null,
  -- Bytes of pictures and files in the content.
  media_bytes integer not null default 0 check (media_bytes >= 0),
  -- Bytes of the rest of it.
  text_bytes integer not null generated always as (
    length(cast(iif(role = 'user', content ->> '$', content) as blob)) - media_bytes
  ) stored,
  -- Bytes that are kept.
  bytes integer not null generated always as (
    length(cast(content as blob)) + length(cast(coalesce(brief, '') as blob))
      + length(cast(coalesce(display_content, '') as blob))
  ) stored,
  -- The content with "[image]" and "[file: name]" in place of pictures and files, if it has any.
  brief text check (brief is null or json_valid(brief)),
  -- Of an answer: its text. Of the user: JSON, a string or an array of parts.
  content text not null check (role = 'assistant' or json_valid(content)),
  display_content text,
  primary key (conversation_id, id)
) strict;

create unique index messages_in_order on messages (conversation_id, position desc);

create index messages_by_question on messages (conversation_id, reply_to)
where reply_to is not null;

-- A session comes into being with its first chat; opening one writes nothing.
create table sessions (
  conversation_id text not null references conversations (id) on delete cascade,
  started_at integer not null,
  chat_count integer not null check (chat_count >= 1),
  last_chat_at integer not null,
  -- The most chats when the last one was counted: one visitor may hold a session at two
  -- addresses, whose limiters don't know of each other.
  chat_cap integer,
  -- The page's tools, for turns that send their fingerprint only.
  tools text check (tools is null or json_valid(tools)),
  tools_fingerprint text,
  primary key (conversation_id, started_at),
  constraint within_cap check (chat_cap is null or chat_count <= chat_cap)
) strict;

-- An execution that waits for tools of the page. It is the conversation's: a question may be answered after its
-- session has ended. Of several who go on at once one does; it goes when the execution goes on.
create table executions (
  conversation_id text not null references conversations (id) on delete cascade,
  -- Ours, or that of a backend of one's own: unique in the conversation only.
  id text not null,
  -- The user's message that is being answered, and the id of the answer.
  reply_to text not null,
  assistant_message_id text not null,
  -- Rises with every change, so that nobody writes over what they haven't read.
  revision integer not null default 1,
  -- Since when somebody is going on with it; null while it waits.
  claimed_at integer,
  created_at integer not null,
  -- How many legs there were.
  legs integer not null default 1,
  -- The calls that it waits for, JSON: [[id, name], …]; none for a backend that remembers them itself.
  calls text not null default '[]' check (json_valid(calls)),
  -- What the page answered so far, JSON: {"0": "result", …} by the places of the calls, each result
  -- itself a text of JSON.
  outputs text not null default '{}' check (json_valid(outputs)),
  -- JSON: what was heard, said and called so far, and what came with the question.
  state text not null check (json_valid(state)),
  primary key (conversation_id, id)
) strict;

create index executions_by_age on executions (created_at);

-- A vote given twice is one vote.
create table feedback (
  id text primary key,
  client_token_id text not null references client_tokens (id) on delete cascade,
  -- No reference: a welcome bubble gets votes before there is any conversation.
  conversation_id text not null,
  session_started_at integer not null,
  type text not null check (type in ('upvote', 'downvote', 'copy', 'csat', 'nps')),
  -- Empty where the type has none, so that once for each session stays once.
  message_id text not null default '',
  rating integer check (rating between 0 and 10),
  comment text,
  metadata text check (metadata is null or json_valid(metadata)),
  created_at integer not null,
  updated_at integer not null,
  -- The signed-in user of its session, as a server named them: so a person is found, and erased, who gave some before
  -- any chat, or in another session than the chats.
  user_id text check (length(user_id) between 1 and 128),
  unique (conversation_id, session_started_at, type, message_id)
) strict;

create index feedback_by_token on feedback (client_token_id, created_at desc, id desc);

create index feedback_by_user on feedback (client_token_id, user_id, created_at desc, id desc)
where user_id is not null;

-- Which kinds were given on a message.
create index feedback_by_message on feedback (conversation_id, message_id, type);

-- What a tenant has.
create trigger client_token_added after insert on client_tokens begin
  update tenants
  set token_count = token_count + (new.deleted_at is null), token_rows = token_rows + 1
  where id = new.tenant_id;
end;

create trigger client_token_hidden after update of deleted_at on client_tokens
when (old.deleted_at is null) <> (new.deleted_at is null) begin
  update tenants
  set token_count = token_count + (new.deleted_at is null) - (old.deleted_at is null)
  where id = new.tenant_id;
end;

create trigger client_token_removed after delete on client_tokens begin
  update tenants
  set token_count = token_count - (old.deleted_at is null), token_rows = token_rows - 1
  where id = old.tenant_id;
end;

create trigger api_key_added after insert on api_keys begin
  update tenants
  set key_count = key_count + (new.revoked_at is null), key_rows = key_rows + 1
  where id = new.tenant_id;
end;

create trigger api_key_hidden after update of revoked_at on api_keys
when (old.revoked_at is null) <> (new.revoked_at is null) begin
  update tenants
  set key_count = key_count + (new.revoked_at is null) - (old.revoked_at is null)
  where id = new.tenant_id;
end;

create trigger api_key_removed after delete on api_keys begin
  update tenants
  set key_count = key_count - (old.revoked_at is null), key_rows = key_rows - 1
  where id = old.tenant_id;
end;

create trigger target_added after insert on targets begin
  update tenants
  set target_count = target_count + 1
  where id = new.tenant_id;
end;

create trigger target_removed after delete on targets begin
  update tenants
  set target_count = target_count - 1
  where id = old.tenant_id;
end;

-- How many conversations a token has: those that aren't deleted.
create trigger conversation_counted after insert on conversations begin
  update client_tokens
  set conversation_count = conversation_count + 1
  where id = new.client_token_id;
end;

create trigger conversation_hidden after update of deleted_at on conversations
when old.deleted_at is null and new.deleted_at is not null begin
  update client_tokens
  set conversation_count = conversation_count - 1
  where id = new.client_token_id;
end;

create trigger conversation_discounted after delete on conversations
when old.deleted_at is null begin
  update client_tokens
  set conversation_count = conversation_count - 1
  where id = old.client_token_id;
end;

-- What a conversation holds: at most 2,000 messages and 32 MiB. It is the next question that is refused, the last
-- message of its chat to be stored, and early enough for an answer to the one before. Decided here as well as
-- before, so that several chats at once don't pass it.
--
-- The moment is moved apart from the counters: it stands in two indexes, they in none, and of many messages at once
-- only the first one moves it.
create trigger message_counted after insert on messages begin
  select raise(abort, 'conversation_full')
  from conversations
  where id = new.conversation_id
    and new.execution_id is not null
    and (message_count > 1998 or byte_count + new.bytes > 33554432);

  update conversations
  set message_count = message_count + 1, byte_count = byte_count + new.bytes
  where id = new.conversation_id;

  update conversations
  set updated_at = new.created_at
  where id = new.conversation_id
    and updated_at < new.created_at;
end;

create trigger message_grown after update of content on messages begin
  update conversations
  set byte_count = byte_count + new.bytes - old.bytes
  where id = new.conversation_id;
end;

create trigger message_changed after update of content, display_content, status on messages begin
  update conversations
  set changes = changes + 1
  where id = new.conversation_id;
end;

create trigger message_discounted after delete on messages begin
  update conversations
  set message_count = message_count - 1, byte_count = byte_count - old.bytes
  where id = old.conversation_id;
end;

-- Of a conversation's executions four wait at the most: the oldest goes. One that somebody is going on with doesn't
-- wait.
create trigger execution_counted after insert on executions begin
  update conversations
  set byte_count = byte_count
    + octet_length(new.state) + octet_length(new.calls) + octet_length(new.outputs)
  where id = new.conversation_id;

  delete from executions
  where rowid in (
    select rowid
    from executions
    where conversation_id = new.conversation_id
      and id <> new.id
      and claimed_at is null
    order by created_at desc, rowid desc
    limit -1 offset 3
  );
end;

create trigger execution_recounted after update of state, calls, outputs on executions begin
  update conversations
  set byte_count = byte_count
    + octet_length(new.state) + octet_length(new.calls) + octet_length(new.outputs)
    - octet_length(old.state) - octet_length(old.calls) - octet_length(old.outputs)
  where id = new.conversation_id;

  delete from executions
  where rowid in (
    select rowid
    from executions
    where conversation_id = new.conversation_id
      and id <> new.id
      and claimed_at is null
    order by created_at desc, rowid desc
    limit -1 offset 3
  );
end;

create trigger execution_discounted after delete on executions begin
  update conversations
  set byte_count = byte_count
    - octet_length(old.state) - octet_length(old.calls) - octet_length(old.outputs)
  where id = old.conversation_id;
end;

-- What is deleted is gone, not only hidden (contract section 3.11): with a conversation go its words, at once and
-- in the same transaction, whoever deletes it; and of its own row what says anything about anybody.
create trigger conversation_erased after update of deleted_at on conversations
when old.deleted_at is null and new.deleted_at is not null begin
  delete from messages where conversation_id = new.id;

  delete from sessions where conversation_id = new.id;

  delete from executions where conversation_id = new.id;

  delete from feedback where conversation_id = new.id;

  update conversations
  set name = null, first_message = null, origin = null, user_id = null
  where id = new.id;
end;

-- Nothing is said in it any more: what was under way when it was deleted leaves nothing.
create trigger message_is_late before insert on messages begin
  select raise(abort, 'conversation_deleted')
  from conversations
  where id = new.conversation_id
    and deleted_at is not null;
end;

create trigger session_is_late before insert on sessions begin
  select raise(abort, 'conversation_deleted')
  from conversations
  where id = new.conversation_id
    and deleted_at is not null;
end;

create trigger execution_is_late before insert on executions begin
  select raise(abort, 'conversation_deleted')
  from conversations
  where id = new.conversation_id
    and deleted_at is not null;
end;

create trigger feedback_is_late before insert on feedback begin
  select raise(abort, 'conversation_deleted')
  from conversations
  where id = new.conversation_id
    and deleted_at is not null;
end;

-- The audit log: what was changed or revealed on the management plane, by whom (contract section 3.13). Its rows
-- are written by triggers, inside the statement that makes the change: neither is there without the other, whoever
-- writes.
create table audit_log (
  tenant_id text not null,
  -- 1, 2, 3 … in each tenant's log.
  position integer not null,
  at integer not null,
  -- The id of the API key, or of the user; null: the command line.
  actor text,
  -- Who acted as somebody else: the log names both, and each finds the entry.
  impersonator text,
  action text not null,
  -- Of the object. A target serves live tokens too, and counts as live.
  environment text not null check (environment in ('test', 'live')),
  object_kind text not null,
  object_id text not null,
  request_id text,
  address text,
  -- JSON: the fields that changed; all of them of what was made (null before) or ended (null after); both null when a
  -- value was revealed. Never a credential. Of a value over 1 KiB it has the digest and the length.
  fields_before text check (fields_before is null or json_type(fields_before) = 'object'),
  fields_after text check (fields_after is null or json_type(fields_after) = 'object'),
  primary key (tenant_id, position)
) strict, without rowid;

create index audit_log_by_object on audit_log (tenant_id, object_id, position);

create index audit_log_by_actor on audit_log (tenant_id, actor, position);

create index audit_log_by_impersonator on audit_log (tenant_id, impersonator, position)
where impersonator is not null;

create index audit_log_by_action on audit_log (tenant_id, action, position);

create index audit_log_by_age on audit_log (at);

create trigger audit_log_is_final before update on audit_log begin
  select raise(abort, 'audit_log_is_final');
end;

-- What a request knows beside its change, for as long as its transaction lasts. A change without it, from the
-- command line, has no actor.
create table audit_context (
  only_row integer primary key check (only_row = 1),
  actor text not null,
  impersonator text,
  request_id text not null,
  address text,
  at integer not null
) strict;

-- A table that never has a row: what is inserted becomes an entry of the log, with those fields that differ. Fields
-- come with their digests, as a member that isn't logged: SQL has no SHA-256, so whoever writes a long value gives
-- its digest, which stands beside the value, and so the entry of the next change has the one of the value before,
-- too. Whoever changes such a field past the Worker sets the digests to '{}' in the same statement; the log then
-- says null.
create table audited (
  tenant_id text not null,
  environment text not null,
  action text not null,
  object_kind text not null,
  object_id text not null,
  fields_before text,
  fields_after text
) strict;

-- A value of 1,024 bytes is whole; so is none that could be taken for a digest.
create trigger audited_is_logged before insert on audited begin
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

  select raise(ignore);
end;

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

-- Settings that are written as they were are no change.
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

-- A period of grace that is ended before its time.
create trigger api_key_grace_ended after update of previous_digest on api_keys
when old.previous_digest is not null
  and new.previous_digest is null
  and old.digest = new.digest begin
  insert into audited
  values (
    new.tenant_id, new.environment, 'api_key.end_grace', 'api_key', new.id,
    json_object(
      'previousKeyExpiresAt',
      strftime('%Y-%m-%dT%H:%M:%S', old.previous_until / 1000, 'unixepoch')
        || printf('.%03dZ', old.previous_until % 1000)
    ),
    json_object('previousKeyExpiresAt', null)
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

-- The log is of the management plane: a visitor, who has no context there, isn't in it. An entry has neither a word
-- that was said nor the person who said it, whom it would outlive.
create trigger conversation_deleted after update of deleted_at on conversations
when old.deleted_at is null
  and new.deleted_at is not null
  and exists (select 1 from audit_context) begin
  insert into audited
  select
    tenant_id, environment, 'conversation.delete', 'conversation', new.id,
    json_object(
      'clientTokenId', new.client_token_id,
      'flowId', new.target_id,
      'createdAt',
      strftime('%Y-%m-%dT%H:%M:%S', new.created_at / 1000, 'unixepoch')
        || printf('.%03dZ', new.created_at % 1000),
      'messageCount', new.message_count
    ),
    null
  from client_tokens
  where id = new.client_token_id;
end;

-- What goes with its conversation is in that one's entry.
create trigger feedback_deleted after delete on feedback
when exists (select 1 from audit_context)
  and not exists (
    select 1
    from conversations
    where id = old.conversation_id
      and deleted_at is not null
  ) begin
  insert into audited
  select
    tenant_id, environment, 'feedback.delete', 'feedback', old.id,
    json_object(
      'clientTokenId', old.client_token_id,
      'conversationId', old.conversation_id,
      'type', old.type,
      'createdAt',
      strftime('%Y-%m-%dT%H:%M:%S', old.created_at / 1000, 'unixepoch')
        || printf('.%03dZ', old.created_at % 1000)
    ),
    null
  from client_tokens
  where id = old.client_token_id;
end;
