-- What the messages of a conversation weigh, so that statements decide by size which rows are
-- read at all, and how much a conversation may hold.

-- The table is made anew: sizes stand before what they measure, since SQLite reads a long row
-- from its head, and an answer is kept as the text it is, since JSON's escapes may double it. It has
-- row ids: the tree of a table without them reads a long row whole to compare its key.
create table measured_messages (
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

insert into measured_messages (
  conversation_id, id, position, role, status, reply_to, created_at, media_bytes, brief, content,
  display_content
)
select
  conversation_id, id, position, role, status, reply_to, created_at,
  iif(role = 'user' and json_type(content) = 'array', (
    select coalesce(sum(length(coalesce(part.value ->> 'image', part.value ->> 'data', ''))), 0)
    from json_each(content) as part
  ), 0),
  iif(role = 'user' and json_type(content) = 'array' and exists (
    select 1
    from json_each(content) as part
    where part.value ->> 'type' in ('image', 'file')
  ), (
    select json_group_array(json(case part.value ->> 'type'
      when 'image' then json_object('type', 'text', 'text', '[image]')
      when 'file' then
        json_object('type', 'text', 'text', '[file: ' || (part.value ->> 'filename') || ']')
      else part.value
    end
    ))
    from json_each(content) as part
  ), null),
  iif(role = 'user', content, content ->> '$'),
  display_content
from messages;

drop table messages;

alter table measured_messages rename to messages;

create unique index messages_in_order on messages (conversation_id, position desc);

create index messages_by_question on messages (conversation_id, reply_to)
where reply_to is not null;

-- Bytes of all its messages.
alter table conversations add column byte_count integer not null default 0;

update conversations
set byte_count = (
  select coalesce(sum(bytes), 0)
  from messages
  where conversation_id = conversations.id
);

-- A conversation has at most 2,000 messages and 32 MiB. It is the next question that is refused,
-- the last message of its chat to be stored, and early enough for an answer to the one before.
-- Decided here as well as before, so that several chats at once don't pass it.
--
-- The moment is moved apart from the counters: it stands in two indexes, they in none, and of
-- many messages at once only the first one moves it.
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

create trigger message_discounted after delete on messages begin
  update conversations
  set message_count = message_count - 1, byte_count = byte_count - old.bytes
  where id = old.conversation_id;
end;
