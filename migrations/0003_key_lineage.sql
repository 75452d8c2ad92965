-- Which API key made which, so that whoever revokes one can revoke what came of it, too.

-- Null: minted by the deployment, or made before this was recorded. A maker's row stays as long
-- as one that names it, so that no line is cut.
alter table api_keys add column created_by text references api_keys (id);

create index api_keys_by_maker on api_keys (created_by)
where created_by is not null;
