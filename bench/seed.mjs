// Fills a database with the schema, one API key, two targets, 10,000 client tokens and 5,000 conversations.
// All of it is SQL, so both Workers find exactly the same rows.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { unstable_splitSqlQuery as split } from 'wrangler';

export const TOKENS = 10_000;
const TENANT = 'bench';
const START = Date.UTC(2026, 0, 1);

/** A new signing key and an API key made with it, with the SQL that stores its digest. */
export async function mint() {
  const tokenKeys = `1:${randomBytes(32).toString('hex')}`;
  const args = ['run', '--quiet', '--bin', 'mint-key', '--', '--tenant', TENANT, '--permissions', '*'];
  const { stdout } = await promisify(execFile)('cargo', args, { env: { ...process.env, TOKEN_KEYS: tokenKeys } });
  const { key, sql } = JSON.parse(stdout);
  return { tokenKeys, key, sql };
}

export async function seed(db, { sql }) {
  const migrations = (await readdir('migrations')).filter((name) => name.endsWith('.sql')).sort();
  for (const name of migrations) await run(db, await readFile(`migrations/${name}`, 'utf8'));
  await run(db, sql);
  await run(db, targetsSql());
  await run(db, tokensSql());
  await run(db, conversationsSql());
}

async function run(db, sql) {
  await db.batch(split(sql).map((statement) => db.prepare(statement)));
}

/**
 * Makes of a seeded database that of a service without a signing key: the plain SHA-256 of the key in place of its
 * keyed digest, one for each token too, those of no known value at first, and a table for sessions.
 */
export async function makePlain(db, { key }) {
  await db.prepare('update api_keys set digest = ?').bind(sha256(key)).run();
  await run(db, PLAIN_SQL);
}

const PLAIN_SQL = `
alter table client_tokens add column token_digest text;
update client_tokens set token_digest = lower(hex(randomblob(32)));
-- Partial, so that creating a token, which spares itself a value, doesn't pay for this index either.
create unique index client_tokens_by_digest on client_tokens (token_digest) where token_digest is not null;
create table page_sessions (
  id text primary key,
  client_token_id text not null references client_tokens (id) on delete cascade,
  conversation_id text not null,
  target_id text not null,
  origin text,
  created_at integer not null,
  expires_at integer not null
) strict, without rowid;`;

/** Stores the digests of tokens' values, so that the tokens are found by them. */
export async function storeTokenDigests(db, ids, values) {
  const update = db.prepare('update client_tokens set token_digest = ? where id = ?');
  await db.batch(ids.map((id, n) => update.bind(sha256(values[n]), id)));
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

/** A thousand ids, from all over the table; they are those with conversations, which have no origin. */
export function someIds() {
  return Array.from({ length: TOKENS / 10 }, (_, n) => tokenId(n * 10));
}

function tokenId(n) {
  const hex = (number, digits) => number.toString(16).padStart(digits, '0');
  return `ct_${hex(n, 8)}-0000-7000-8000-${hex(n, 12)}`;
}

// In SQL the ids are made the same way as in `tokenId`.
const NUMBERED = `with recursive number(n) as (select 0 union all select n + 1 from number where n < ${TOKENS - 1})`;
const ID = `printf('ct_%08x-0000-7000-8000-%012x', n, n)`;

/** What every token lists. With rows of their own no default is needed to execute them. */
function targetsSql() {
  return `insert into targets (tenant_id, id, name, description, kind, created_at, updated_at)
values ('${TENANT}', 'flow_abc123def456', 'Support', 'Answers customers', 'echo', ${START}, ${START}),
  ('${TENANT}', 'agent_789xyz456uvw', 'Agent', null, 'echo', ${START}, ${START})`;
}

function tokensSql() {
  return `${NUMBERED}
insert into client_tokens (id, tenant_id, environment, signing_key_id, name, flow_ids, default_flow_id, agent_ids,
  allowed_origins, pin_to_version, rate_limit_per_minute, rate_limit_per_hour, max_messages_per_session,
  session_idle_timeout_minutes, config, created_at, updated_at)
select ${ID}, '${TENANT}', 'live', 1, 'Customer support ' || n, '["flow_abc123def456"]', 'flow_abc123def456',
  '["agent_789xyz456uvw"]', '["https://app.example.com","https://dashboard.example.com"]', 'v1.2.3', 1000, 10000, 500, 30,
  '{"welcomeMessage":"Hello! How can we help?","placeholder":"Ask us anything"}',
  ${START} + n * 60000, ${START} + n * 60000
from number`;
}

function conversationsSql() {
  return `${NUMBERED}, five(k) as (values (0), (1), (2), (3), (4))
insert into conversations (id, client_token_id, target_id, created_at, updated_at)
select printf('conv_%08x-0000-7000-8000-%012x', n, k), ${ID}, 'flow_abc123def456', ${START} + n * 60000 + k, ${START} + n * 60000 + k
from number, five
where n % 10 = 0`;
}
