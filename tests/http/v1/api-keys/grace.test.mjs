// POST /v1/api-keys/:id/regenerate with gracePeriodSeconds: the old value works on for a while, and says so.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { faults } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, sql, lab } = worker;
const { key } = await worker.mintKey();
const SECOND = 1_000;

const made = async (wish) => {
  const body = { name: 'CI', permissions: ['*'], ...wish };
  return (await api('POST', '/v1/api-keys', { key, body })).json;
};
const regenerate = (id, body, as = key) => api('POST', `/v1/api-keys/${id}/regenerate`, { key: as, body });
const use = (value, method = 'GET', path = '/v1/client-tokens?limit=1', body) => api(method, path, { key: value, body });
const works = async (value) => (await use(value)).status === 200;
const told = ({ headers }) => [headers.deprecation, headers.sunset];

test('200 for both values until the grace ends, the old one saying since when it is old and until when it works', async () => {
  const { apiKey, key: old } = await made();
  assert.deepEqual(told(await use(old)), [undefined, undefined]);
  const { status, json } = await regenerate(apiKey.id, { gracePeriodSeconds: 60 });
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ['apiKey', 'key', 'previousKeyExpiresAt']);
  const [{ previous_since: since, previous_until: until }] = await sql('select * from api_keys where id = ?1', apiKey.id);
  assert.equal(until - since, 60 * SECOND);
  assert.equal(json.previousKeyExpiresAt, new Date(until).toISOString());
  const said = [`@${Math.floor(since / SECOND)}`, new Date(until).toUTCString()];
  assert.deepEqual(told(await use(old)), said);
  assert.deepEqual(told(await use(json.key)), [undefined, undefined]);
  // On refusals too, and on what is done rather than read.
  const refused = await use(old, 'GET', '/v1/client-tokens/ct_00000000-0000-7000-8000-00000000dead');
  assert.deepEqual([refused.status, ...told(refused)], [404, ...said]);
  const created = await use(old, 'POST', '/v1/client-tokens', { name: 'A', allowedOrigins: ['https://a.example'] });
  assert.deepEqual([created.status, ...told(created)], [201, ...said]);
  await lab.advance(59 * SECOND);
  assert.ok(await works(old));
  await lab.advance(SECOND);
  const dead = await use(old);
  assert.deepEqual([dead.status, ...told(dead)], [401, undefined, undefined]);
  assert.match(dead.json.hint, /revoked or regenerated/);
  assert.ok(await works(json.key));
});

test('200 without a grace: none is the default, and 0 is none', async () => {
  for (const body of [undefined, {}, { gracePeriodSeconds: 0 }]) {
    const { apiKey, key: old } = await made();
    const { json } = await regenerate(apiKey.id, body);
    assert.deepEqual(Object.keys(json), ['apiKey', 'key']);
    assert.deepEqual([await works(old), await works(json.key)], [false, true]);
  }
});

test('200 for the longest grace, 400 for a longer one and for what is no number, and nothing is changed', async () => {
  const { apiKey, key: old } = await made();
  for (const [gracePeriodSeconds, fault] of [[86_401, 'OUT_OF_RANGE'], [-1, 'OUT_OF_RANGE'], [1.5, 'OUT_OF_RANGE'], ['60', 'INVALID_TYPE'], [null, 'INVALID_TYPE']]) {
    const answer = await regenerate(apiKey.id, { gracePeriodSeconds });
    assert.deepEqual([answer.status, faults(answer)], [400, [`gracePeriodSeconds ${fault}`]]);
  }
  const unknown = await regenerate(apiKey.id, { gracePeriodSecond: 1 });
  assert.equal(unknown.json.details[0].suggestion, 'gracePeriodSeconds');
  assert.equal((await regenerate(apiKey.id, '[')).status, 400);
  assert.ok(await works(old));
  assert.equal((await regenerate(apiKey.id, { gracePeriodSeconds: 86_400 })).status, 200);
});

test('200 for a second regeneration within the grace: the oldest value dies at once, the one between gets a grace', async () => {
  const { apiKey, key: first } = await made();
  const { json: { key: second } } = await regenerate(apiKey.id, { gracePeriodSeconds: 3_600 });
  const { json: { key: third } } = await regenerate(apiKey.id, { gracePeriodSeconds: 3_600 });
  assert.deepEqual([await works(first), await works(second), await works(third)], [false, true, true]);
  const { json: { key: fourth } } = await regenerate(apiKey.id);
  const all = [first, second, third, fourth];
  assert.deepEqual(await Promise.all(all.map(works)), [false, false, false, true]);
});

test('200 for a revocation within the grace, by the old value itself: both die at once', async () => {
  const { apiKey, key: old } = await made();
  const { json: { key: value } } = await regenerate(apiKey.id, { gracePeriodSeconds: 3_600 });
  assert.equal((await use(old, 'DELETE', `/v1/api-keys/${apiKey.id}`)).status, 200);
  assert.deepEqual([await works(old), await works(value)], [false, false]);
});

test('200 with a grace that ends no later than the key', async () => {
  const expiresAt = new Date(Date.now() + 86_400 * SECOND).toISOString();
  const { apiKey, key: old } = await made({ expiresAt });
  const [{ expires_at: end }] = await sql('select expires_at from api_keys where id = ?1', apiKey.id);
  const { json } = await regenerate(apiKey.id, { gracePeriodSeconds: 86_400 });
  assert.equal(json.previousKeyExpiresAt, expiresAt);
  assert.equal((await use(old)).headers.sunset, new Date(end).toUTCString());
});

test('200 with one trip and hardly more rows for an old value, and digests only in the database', async () => {
  const { apiKey, key: old } = await made();
  const { json: { key: value } } = await regenerate(apiKey.id, { gracePeriodSeconds: 3_600 });
  for (const one of [old, value]) {
    const { d1 } = await use(one, 'GET', `/v1/api-keys/${apiKey.id}`);
    assert.ok(d1.trips === 1 && d1.read <= 5, JSON.stringify(d1));
  }
  const [row] = await sql('select * from api_keys where id = ?1', apiKey.id);
  const text = JSON.stringify(row);
  assert.ok(!text.includes(old) && !text.includes(value));
  assert.match(row.previous_digest, /^[0-9a-f]{64}$/);
});

test('200 for one of ten regenerations at once with its grace: two values work, and no third one', async () => {
  const { apiKey, key: old } = await made();
  const answers = await Promise.all(Array.from({ length: 10 }, () => regenerate(apiKey.id, { gracePeriodSeconds: 3_600 })));
  const values = [old, ...answers.map(({ json }) => json.key)];
  const alive = (await Promise.all(values.map(works))).filter(Boolean);
  assert.equal(alive.length, 2);
});
