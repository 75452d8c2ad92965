-- The signed-in user whom a server named when it minted the value that opened the conversation.
-- Null where no one vouched for the visitor.
alter table conversations add column user_id text check (length(user_id) between 1 and 128);

-- Lists one person's conversations, and finds all of them when they are erased.
create index conversations_by_user
on conversations (client_token_id, user_id, updated_at desc, id desc)
where user_id is not null
  and deleted_at is null;
