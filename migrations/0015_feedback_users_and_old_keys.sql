-- Whose feedback it is: the signed-in user of its session, as a server named them. So a person is
-- found, and erased, who gave some before any chat, or in another session than the chats.
alter table feedback add column user_id text check (length(user_id) between 1 and 128);

-- What was given in a conversation is its user's. Of what hangs on none the user isn't known.
update feedback
set user_id = (
  select user_id
  from conversations
  where id = feedback.conversation_id
);

create index feedback_by_user on feedback (client_token_id, user_id, created_at desc, id desc)
where user_id is not null;

-- Of the management plane, as with conversations: neither the words nor the person. What goes with
-- its conversation is in that one's entry.
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

-- When the value that a key had before its last regeneration was last used since then; moved at most
-- once a minute.
alter table api_keys add column previous_last_used_at integer
check (previous_last_used_at is null or previous_digest is not null);

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
