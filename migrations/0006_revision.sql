-- How often something about a conversation changed other than by a new message: together with the
-- number of its messages it gives a revision that rises by one with every change. New messages
-- are counted already, so they cost no write more.

alter table conversations add column changes integer not null default 0 check (changes >= 0);

create trigger message_changed after update of content, display_content, status on messages begin
  update conversations
  set changes = changes + 1
  where id = new.conversation_id;
end;
