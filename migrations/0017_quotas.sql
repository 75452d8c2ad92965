-- How much a tenant has. Numbers that the database keeps itself are exact whoever writes, and what is
-- made is held to them in the statement that makes it, for one row read.
--
-- What was deleted isn't counted as what a tenant has; but its row stays for a while, and so is
-- counted as such.

alter table tenants add column token_count integer not null default 0 check (token_count >= 0);

alter table tenants add column token_rows integer not null default 0 check (token_rows >= 0);

alter table tenants add column key_count integer not null default 0 check (key_count >= 0);

alter table tenants add column key_rows integer not null default 0 check (key_rows >= 0);

alter table tenants add column target_count integer not null default 0 check (target_count >= 0);

update tenants
set
  token_count = (
    select count(*) from client_tokens where tenant_id = tenants.id and deleted_at is null
  ),
  token_rows = (select count(*) from client_tokens where tenant_id = tenants.id),
  key_count = (select count(*) from api_keys where tenant_id = tenants.id and revoked_at is null),
  key_rows = (select count(*) from api_keys where tenant_id = tenants.id),
  target_count = (select count(*) from targets where tenant_id = tenants.id);

create trigger client_token_added after insert on client_tokens begin
  update tenants
  set token_count = token_count + (new.deleted_at is null), token_rows = token_rows + 1
  where id = new.tenant_id;
end;

create trigger client_token_hidden after update of deleted_at on client_tokens
when (old.deleted_at is null) <> (new.deleted_at is null) begin
  update tenants
  set token_count = token_count + (new.deleted_at is null) - (old.deleted_at is null)
  where id = new.tenant_id;
end;

create trigger client_token_removed after delete on client_tokens begin
  update tenants
  set token_count = token_count - (old.deleted_at is null), token_rows = token_rows - 1
  where id = old.tenant_id;
end;

create trigger api_key_added after insert on api_keys begin
  update tenants
  set key_count = key_count + (new.revoked_at is null), key_rows = key_rows + 1
  where id = new.tenant_id;
end;

create trigger api_key_hidden after update of revoked_at on api_keys
when (old.revoked_at is null) <> (new.revoked_at is null) begin
  update tenants
  set key_count = key_count + (new.revoked_at is null) - (old.revoked_at is null)
  where id = new.tenant_id;
end;

create trigger api_key_removed after delete on api_keys begin
  update tenants
  set key_count = key_count - (old.revoked_at is null), key_rows = key_rows - 1
  where id = old.tenant_id;
end;

create trigger target_added after insert on targets begin
  update tenants
  set target_count = target_count + 1
  where id = new.tenant_id;
end;

create trigger target_removed after delete on targets begin
  update tenants
  set target_count = target_count - 1
  where id = old.tenant_id;
end;
