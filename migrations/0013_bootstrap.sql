-- Which values of the secret BOOTSTRAP_KEY were exchanged for an API key: each is good for one. A row
-- is written in the transaction that makes the key, so a value isn't used up without a key.
create table bootstrap_uses (
  -- A digest of the value.
  mark text primary key,
  api_key_id text not null,
  used_at integer not null
) strict, without rowid;
