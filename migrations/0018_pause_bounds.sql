-- How many executions of a conversation wait for the page, for how long, and what they weigh: what a
-- visitor never answers is kept no longer than what is deleted, and takes its part of what a
-- conversation may hold.

create index executions_by_age on executions (created_at);

update conversations
set byte_count = byte_count + (
  select coalesce(sum(octet_length(state) + octet_length(calls) + octet_length(outputs)), 0)
  from executions
  where conversation_id = conversations.id
);

-- Four wait at the most: the oldest goes. One that somebody is going on with doesn't wait.
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
