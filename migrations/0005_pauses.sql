-- A pause is the conversation's: a question may be answered after its session has ended. Of
-- several who go on at once one does.

-- What waits now was written in another form and by the old rules; it can't go on.
drop table executions;

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
