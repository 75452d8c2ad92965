-- What was made under an Idempotency-Key, so that the same request again makes nothing. A row is
-- written in the transaction of what it records, and goes after a day.
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
