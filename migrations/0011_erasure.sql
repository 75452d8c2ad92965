-- What is deleted is gone, not only hidden (contract section 3.11): with a conversation go its
-- words, at once and in the same transaction, whoever deletes it. The bare row stays for 30 days,
-- as long as a session id may come back, so that a chat in it is told.

-- What of a conversation's row says anything about anybody, and what hangs on it.
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

-- The audit log is of the management plane: a visitor, who has no context there, isn't in it. The
-- entry has neither a word that was said nor the person who said it, whom it would outlive.
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

-- What had only been hidden.
delete from messages
where conversation_id in (select id from conversations where deleted_at is not null);

delete from sessions
where conversation_id in (select id from conversations where deleted_at is not null);

delete from executions
where conversation_id in (select id from conversations where deleted_at is not null);

delete from feedback
where conversation_id in (select id from conversations where deleted_at is not null);

update conversations
set name = null, first_message = null, origin = null, user_id = null
where deleted_at is not null;

-- Those whose row is due.
create index conversations_deleted on conversations (deleted_at)
where deleted_at is not null;

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

-- Which kinds were given on a message.
create index feedback_by_message on feedback (conversation_id, message_id, type);
