// How many client tokens, targets and API keys a tenant may have (contract section 12), under any concurrency, and the
// variable that changes it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MINIMAL } from '#support/contract.mjs';
import { seedTokens } from '#support/seed.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({
  variants: {
    few: { TENANT_QUOTAS: 'tokens=3,targets=2,keys=4' },
    some: { TENANT_QUOTAS: 'keys=2' },
    broken: { TENANT_QUOTAS: 'tokens=3,sessions=7' },
  },
});
after(() => worker.stop());
const { sql, variants } = worker;

const keyOf = async (tenant) => (await worker.mintKey({ tenant })).key;
const makeToken = (at, key, headers) => at('POST', '/v1/client-tokens', { key, body: MINIMAL, headers });
const makeKey = (at, key, headers) => at('POST', '/v1/api-keys', { key, body: { name: 'K', permissions: ['*'] }, headers });
const putTarget = (at, key, id) => at('PUT', `/v1/targets/${id}`, { key, body: { upstream: { kind: 'echo' } } });
const statuses = (answers) => answers.map(({ status }) => status).sort();

function full({ status, json }, error, most) {
  assert.equal(status, 409, JSON.stringify(json));
  assert.equal(json.error, error);
  assert.match(json.details[0].message, new RegExp(`\\b${most}\\b`));
  assert.match(json.hint, /(Delete|Revoke) .*TENANT_QUOTAS/);
}

test('201 up to the numbers of the variable and 409 with the number for the next', async () => {
  const at = variants.few;
  const key = await keyOf('few');
  for (let n = 0; n < 3; n += 1) assert.equal((await makeToken(at, key)).status, 201);
  const answer = await makeToken(at, key);
  full(answer, 'Too many client tokens', 3);
  assert.equal(answer.d1.trips, 1);
  for (const id of ['flow_a', 'flow_b']) assert.equal((await putTarget(at, key, id)).status, 201);
  full(await putTarget(at, key, 'flow_c'), 'Too many targets', 2);
  assert.equal((await putTarget(at, key, 'flow_a')).status, 200);
  for (let n = 0; n < 3; n += 1) assert.equal((await makeKey(at, key)).status, 201);
  full(await makeKey(at, key), 'Too many API keys', 4);
  assert.equal((await at('GET', '/v1/audit-log?limit=200', { key })).json.auditLog.length, 1 + 3 + 2 + 3);
});

test('201 again for what was deleted, until twice the number wait to be purged', async () => {
  const at = variants.few;
  const key = await keyOf('changing');
  for (let n = 0; n < 6; n += 1) {
    const { status, json } = await makeToken(at, key);
    assert.equal(status, 201);
    await at('DELETE', `/v1/client-tokens/${json.clientToken.id}`, { key });
  }
  const answer = await makeToken(at, key);
  full(answer, 'Too many client tokens', 6);
  await sql("update client_tokens set deleted_at = 1 where tenant_id = 'changing'");
  await worker.scheduled('*/10 * * * *');
  assert.equal((await makeToken(at, key)).status, 201);
});

test('201 for exactly as many as there may be of 20 requests at once', async () => {
  const at = variants.few;
  const key = await keyOf('at-once');
  const all = (make) => Promise.all(Array.from({ length: 20 }, (_, n) => make(n)));
  assert.deepEqual(statuses(await all(() => makeToken(at, key))), [...Array(3).fill(201), ...Array(17).fill(409)]);
  assert.deepEqual(statuses(await all((n) => putTarget(at, key, `flow_${n}`))), [...Array(2).fill(201), ...Array(18).fill(409)]);
  assert.deepEqual(statuses(await all(() => makeKey(at, key))), [...Array(3).fill(201), ...Array(17).fill(409)]);
});

test('409 under an Idempotency-Key leaves the key free, and what was made before is repeated', async () => {
  const at = variants.few;
  const key = await keyOf('repeated');
  const under = (name) => ({ 'Idempotency-Key': name });
  const first = await makeToken(at, key, under('first'));
  await makeToken(at, key);
  await makeToken(at, key);
  full(await makeToken(at, key, under('later')), 'Too many client tokens', 3);
  const again = await makeToken(at, key, under('first'));
  assert.deepEqual([again.status, again.json.clientToken.id], [201, first.json.clientToken.id]);
  await at('DELETE', `/v1/client-tokens/${first.json.clientToken.id}`, { key });
  assert.equal((await makeToken(at, key, under('later'))).status, 201);
});

test('409 without the variable for the 10,001st token, the 1,001st target and the 1,001st key', async () => {
  const key = await keyOf('large');
  await seedTokens(sql, { tenant: 'large', count: 10_000, series: 1 });
  const numbers = 'with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ?1)';
  await sql(`insert into targets (tenant_id, id, kind, created_at, updated_at) ${numbers} select 'large', 'flow_' || n, 'echo', 1, 1 from numbers`, 1000);
  await sql(`insert into api_keys (id, tenant_id, name, environment, permissions, digest, key_hint, created_at)
    ${numbers} select printf('key_00000000-0000-7000-8000-%012x', n), 'large', 'K', 'live', '*', 'large-' || n, 'abcd', 1 from numbers`, 999);
  for (const at of [worker.api, variants.broken]) {
    const answer = await makeToken(at, key);
    full(answer, 'Too many client tokens', 10_000);
    assert.ok(answer.d1.trips === 1 && answer.d1.read < 20, JSON.stringify(answer.d1));
    full(await putTarget(at, key, 'flow_over'), 'Too many targets', 1000);
    full(await makeKey(at, key), 'Too many API keys', 1000);
  }
  full(await makeKey(variants.some, key), 'Too many API keys', 2);
  full(await makeToken(variants.some, key), 'Too many client tokens', 10_000);
});

test('a malformed variable is told in the log, without its value', async () => {
  await makeToken(variants.broken, await keyOf('told'));
  const { cause } = await worker.logs.find((entry) => entry.cause?.includes('TENANT_QUOTAS'));
  assert.ok(cause.includes('entry 2') && !cause.includes('sessions=7'), cause);
});

test('401 for a key that died, not 409', async () => {
  const { key, id } = await worker.mintKey({ tenant: 'few' });
  await sql('update api_keys set revoked_at = 1 where id = ?1', id);
  for (const answer of [await makeToken(variants.few, key), await makeKey(variants.few, key), await putTarget(variants.few, key, 'flow_c')]) {
    assert.equal(answer.status, 401);
  }
});
