-- What the browser plane writes: messages, sessions, paused executions and feedback; and the
-- targets that it talks to.

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
  primary key (tenant_id, id),
  constraint openai_has_model check (kind <> 'openai' or model is not null),
  constraint remote_has_base_url check (kind = 'echo' or base_url is not null)
) strict;

alter table conversations add column deleted_at integer;

-- What a list shows, without stepping over deleted conversations; whole, since a token's
-- conversations are also found by it when the token goes.
drop index conversations_by_token;

create index conversations_by_token
on conversations (client_token_id, deleted_at, updated_at desc, id desc);

drop index conversations_by_target;

create index conversations_by_target
on conversations (client_token_id, target_id, updated_at desc, id desc)
where deleted_at is null;

-- A deleted conversation is no longer counted, and so isn't discounted a second time.
drop trigger conversation_discounted;

create trigger conversation_discounted after delete on conversations
when old.deleted_at is null begin
  update client_tokens
  set conversation_count = conversation_count - 1
  where id = old.client_token_id;
end;

create trigger conversation_hidden after update of deleted_at on conversations
when old.deleted_at is null and new.deleted_at is not null begin
  update client_tokens
  set conversation_count = conversation_count - 1
  where id = new.client_token_id;
end;

create table messages (
  conversation_id text not null references conversations (id) on delete cascade,
  -- The page's own id, or ours; a message sent again is recognised by it.
  id text not null,
  -- 1, 2, 3 … in the order of storage.
  position integer not null,
  role text not null check (role in ('user', 'assistant')),
  -- JSON: a string, or an array of parts.
  content text not null check (json_valid(content)),
  display_content text,
  -- An answer that ended early is partial: it holds what was streamed.
  status text not null default 'complete' check (status in ('complete', 'partial')),
  -- The user's message that an answer is to.
  reply_to text check ((role = 'assistant') = (reply_to is not null)),
  created_at integer not null,
  primary key (conversation_id, id)
) strict;

create unique index messages_in_order on messages (conversation_id, position desc);

create index messages_by_question on messages (conversation_id, reply_to)
where reply_to is not null;

create trigger message_counted after insert on messages begin
  update conversations
  set message_count = message_count + 1, updated_at = max(updated_at, new.created_at)
  where id = new.conversation_id;
end;

create trigger message_discounted after delete on messages begin
  update conversations
  set message_count = message_count - 1
  where id = old.conversation_id;
end;

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

-- An execution that waits for tools of the page. It goes when the execution goes on.
create table executions (
  conversation_id text not null references conversations (id) on delete cascade,
  -- Ours, or that of a backend of one's own: unique in the conversation only.
  id text not null,
  session_started_at integer not null,
  -- The user's message that is being answered, and the id of the answer.
  reply_to text not null,
  assistant_message_id text not null,
  -- JSON: what was said and called so far, and what came with the question.
  state text not null check (json_valid(state)),
  created_at integer not null,
  primary key (conversation_id, id)
) strict;

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
  unique (conversation_id, session_started_at, type, message_id)
) strict;

create index feedback_by_token on feedback (client_token_id, created_at desc, id desc);
