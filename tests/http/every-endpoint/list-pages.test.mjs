// Lists that are paged by offset: tokens, targets and API keys. No page has more than 2 MiB, and going on as its
// pagination says misses no row (contract section 12).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { faults } from '#support/contract.mjs';
import { seedConversations, seedFeedback, seedTokens, seededId } from '#support/seed.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;

const MOST = 2 * 1024 * 1024;
const NUMBERS = 'with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ?1)';
const SEED = {
  'client-tokens': (tenant, count, series) => seedTokens(sql, { tenant, count, series }),
  targets: (tenant, count) => sql(
    `insert into targets (tenant_id, id, kind, created_at, updated_at) ${NUMBERS}
select ?2, printf('flow_%04d', n), 'echo', 1, 1 from numbers`, count, tenant),
  'api-keys': (tenant, count, series) => sql(
    `insert into api_keys (id, tenant_id, name, environment, permissions, digest, key_hint, created_at) ${NUMBERS}
select printf('key_%08x-0000-7000-8000-%012x', ?3, n), ?2, 'K ' || n, 'live', '*', ?2 || n, 'abcd', n from numbers`, count, tenant, series),
};
const MEMBER = { 'client-tokens': 'clientTokens', targets: 'targets', 'api-keys': 'apiKeys' };

/** Every row, page by page, as `pagination` says how to go on. */
async function pages(path, member, key, limit) {
  const found = [];
  for (let offset = 0; ;) {
    const { status, json, text } = await api('GET', `${path}?limit=${limit}&offset=${offset}`, { key });
    assert.equal(status, 200, text);
    assert.ok(Buffer.byteLength(text) <= MOST, `${Buffer.byteLength(text)} bytes`);
    assert.deepEqual(Object.keys(json.pagination), ['limit', 'offset', 'hasMore']);
    assert.equal(json.pagination.offset, offset);
    found.push(json[member]);
    if (!json.pagination.hasMore) return found;
    assert.equal(json.pagination.limit, json[member].length);
    offset = json.pagination.offset + json.pagination.limit;
  }
}

for (const [n, kind] of Object.keys(SEED).entries()) {
  const path = `/v1/${kind}`;
  const member = MEMBER[kind];

  test(`200 for ${kind}: all without a limit, up to 1,000, and 400 that says to page for more`, async () => {
    const tenant = `whole-${kind}`;
    const { key } = await worker.mintKey({ tenant });
    const own = kind === 'api-keys' ? 1 : 0;
    await SEED[kind](tenant, 1000 - own, 100 + n);
    const { status, json, d1 } = await api('GET', path, { key });
    assert.equal(status, 200);
    assert.equal(json[member].length, 1000);
    assert.equal(json.pagination, undefined);
    assert.equal(d1.trips, 1);
    const found = await pages(path, member, key, 200);
    assert.deepEqual(found.map(({ length }) => length), Array(5).fill(200));
    assert.deepEqual(found.flat().map(({ id }) => id), json[member].map(({ id }) => id));
    assert.equal((await api('GET', `${path}?offset=999`, { key })).json[member].length, 1);
    if (kind === 'client-tokens') await SEED[kind](tenant, 1, 200 + n);
    else if (kind === 'targets') await sql("insert into targets (tenant_id, id, kind, created_at, updated_at) values (?1, 'flow_over', 'echo', 1, 1)", tenant);
    else await worker.mintKey({ tenant });
    const over = await api('GET', path, { key });
    assert.equal(over.status, 400);
    assert.match(over.json.error, /^Too many .* for one list$/);
    assert.match(over.json.details[0].message, /1000.*2 MiB/);
    assert.match(over.json.hint, /limit=200&offset=0.*hasMore/);
    assert.equal((await pages(path, member, key, 200)).flat().length, 1001);
  });

  test(`400 for ${kind} naming a parameter that it can't read`, async () => {
    const { key } = await worker.mintKey({ tenant: 'faults' });
    const answer = await api('GET', `${path}?limit=201&offset=-1&page=2`, { key });
    assert.equal(answer.status, 400);
    assert.deepEqual(faults(answer), ['limit OUT_OF_RANGE', 'offset OUT_OF_RANGE', 'page UNKNOWN_FIELD']);
  });
}

test('200 for tokens and targets that are as large as they may be, in pages of at most 2 MiB; 400 for them all at once', async () => {
  const { key } = await worker.mintKey({ tenant: 'heavy' });
  await SEED['client-tokens']('heavy', 200, 301);
  await sql(`update client_tokens set name = printf('%.*c', 255, '"'), config = json_object('a', printf('%.*c', 16000, 'x')),
    allowed_origins = (select json_group_array('https://' || replace(printf('%.*c', 60, 'x'), '', '') || '.' || printf('%.*c', 60, 'y') || '.' || printf('%.*c', 60, 'z') || '.n' || value)
      from (${NUMBERS.replace('numbers (n)', 'numbers (value)').replace('select n + 1', 'select value + 1').replace('n < ?1', 'value < 100')} select value from numbers))
    where tenant_id = 'heavy'`);
  await SEED.targets('heavy', 300);
  await sql(`update targets set kind = 'openai', base_url = 'https://api.example.com/v1', model = 'm', description = printf('%.*c', 1000, 'd'),
    system_prompt = printf('%.*c', 16384, 'p'), settings = json_object('extra', json_object('a', printf('%.*c', 4000, 'e')),
      'headers', json_array(${Array.from({ length: 10 }, (_, n) => `json_object('name', 'x-${n}', 'value', printf('%.*c', 1024, 'v'))`).join(', ')}))
    where tenant_id = 'heavy'`);
  for (const [kind, count] of [['client-tokens', 200], ['targets', 300]]) {
    const path = `/v1/${kind}`;
    const found = await pages(path, MEMBER[kind], key, 200);
    assert.ok(found.length > 2 && found[0].length > 10, `${kind}: ${found.map(({ length }) => length)}`);
    assert.equal(new Set(found.flat().map(({ id }) => id)).size, count);
    const whole = await api('GET', path, { key });
    assert.equal(whole.status, 400);
    assert.match(whole.json.details[0].message, /2 MiB/);
  }
});

test('200 for targets without prompts in the list and with it in the own answer', async () => {
  const { key } = await worker.mintKey({ tenant: 'prompts' });
  const upstream = { kind: 'openai', baseUrl: 'https://api.example.com/v1', model: 'm', systemPrompt: 'Kept to itself.', temperature: 0.5 };
  await api('PUT', '/v1/targets/flow_a', { key, body: { name: 'A', upstream } });
  await api('PUT', '/v1/targets/flow_b', { key, body: { upstream: { kind: 'echo' } } });
  const { json, text } = await api('GET', '/v1/targets', { key });
  assert.ok(!text.includes('systemPrompt') && !text.includes('Kept to itself'));
  const { systemPrompt, ...listed } = (await api('GET', '/v1/targets/flow_a', { key })).json.target.upstream;
  assert.equal(systemPrompt, 'Kept to itself.');
  assert.deepEqual(json.targets[0].upstream, listed);
  assert.deepEqual(json.targets[1].upstream, { kind: 'echo', baseUrl: null, model: null, apiKeySecret: null });
});

test('200 for the largest pages of keys, conversations, feedback and usage within 2 MiB, by their rows alone', async () => {
  const { key } = await worker.mintKey({ tenant: 'rows' });
  await SEED['api-keys']('rows', 999, 401);
  await sql(`update api_keys set name = replace(printf('%.*c', 255, '.'), '.', '🦀'), expires_at = 4000000000000, last_used_at = 1800000000000,
    created_by = (select min(id) from api_keys where tenant_id = 'rows'), previous_digest = 'p' || digest, previous_since = 1, previous_until = 4000000000000,
    permissions = 'CLIENT_TOKENS:READ CLIENT_TOKENS:WRITE CLIENT_TOKENS:DELETE CLIENT_TOKENS:MINT CLIENT_TOKENS:VERIFY CLIENT_TOKENS:* API_KEYS:READ API_KEYS:WRITE API_KEYS:* TARGETS:READ TARGETS:WRITE TARGETS:* AUDIT:READ AUDIT:* *'
    where tenant_id = 'rows'`);
  await SEED['client-tokens']('rows', 1, 402);
  const token = seededId('ct', 402, 1);
  await seedConversations(sql, { token, count: 100, series: 403 });
  await sql(`update conversations set name = replace(printf('%.*c', 200, '.'), '.', char(1)), first_message = replace(printf('%.*c', 200, '.'), '.', char(1)),
    origin = printf('%.*c', 255, 'o'), user_id = replace(printf('%.*c', 128, '.'), '.', '🦀') where client_token_id = ?1`, token);
  await seedFeedback(sql, { token, count: 100, series: 404 });
  await sql(`update feedback set comment = replace(printf('%.*c', 2000, '.'), '.', char(1)), message_id = substr(message_id || replace(printf('%.*c', 255, '.'), '.', char(1)), 1, 255),
    user_id = replace(printf('%.*c', 128, '.'), '.', '🦀') where client_token_id = ?1`, token);
  const at = `/v1/client-tokens/${token}`;
  const now = Date.now();
  for (const [path, least] of [
    ['/v1/api-keys', 1_500_000],
    [`${at}/conversations?limit=100`, 200_000],
    [`${at}/feedback?limit=100`, 1_300_000],
    [`${at}/usage?by=hour&from=${new Date(now - 30 * 86_400_000).toISOString()}`, 50_000],
  ]) {
    const { status, text } = await api('GET', path, { key });
    assert.equal(status, 200, text.slice(0, 300));
    const bytes = Buffer.byteLength(text);
    assert.ok(bytes >= least && bytes <= MOST, `${path}: ${bytes} bytes`);
  }
});
