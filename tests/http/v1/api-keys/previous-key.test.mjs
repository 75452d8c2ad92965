// The value that an API key had before, while its period of grace runs: seen in every answer that shows the key,
// and DELETE /v1/api-keys/:id/previous-key, which ends it (contract section 4).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { KEY_FIELDS, faults } from '#support/contract.mjs';
import { until } from '#support/until.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, sql, lab } = worker;
const { key } = await worker.mintKey();
const SECOND = 1_000;

const made = async (wish) => (await api('POST', '/v1/api-keys', { key, body: { name: 'CI', permissions: ['*'], ...wish } })).json;
const regenerate = async (id, gracePeriodSeconds = 3_600, as = key) =>
  (await api('POST', `/v1/api-keys/${id}/regenerate`, { key: as, body: { gracePeriodSeconds } })).json;
const end = (id, as = key, query = '') => api('DELETE', `/v1/api-keys/${id}/previous-key${query}`, { key: as });
const use = (value) => api('GET', '/v1/client-tokens?limit=1', { key: value });
const works = async (value) => (await use(value)).status === 200;
const found = async (id) => (await api('GET', `/v1/api-keys/${id}`, { key })).json.apiKey;
const shown = ({ previousKeyExpiresAt, previousKeyLastUsedAt }) => [previousKeyExpiresAt, previousKeyLastUsedAt];
const NOTHING = [null, null];

/** A key with two values that work. */
async function inGrace(wish, seconds) {
  const { apiKey: { id }, key: old } = await made(wish);
  const { key: present } = await regenerate(id, seconds);
  return { id, old, present };
}

test('null in every answer that shows a key without a period of grace', async () => {
  const created = await made();
  const { apiKey: { id } } = created;
  const regenerated = await regenerate(id, 0);
  const { apiKeys } = (await api('GET', '/v1/api-keys', { key })).json;
  for (const apiKey of [created.apiKey, regenerated.apiKey, await found(id), ...apiKeys]) {
    assert.deepEqual(Object.keys(apiKey), KEY_FIELDS);
    assert.deepEqual(shown(apiKey), NOTHING);
  }
});

test('the end of a period of grace in every answer that shows its key, as long as it runs', async () => {
  const { apiKey: { id } } = await made();
  const regenerated = await regenerate(id, 60);
  const [{ previous_until: last }] = await sql('select previous_until from api_keys where id = ?1', id);
  const runs = [new Date(last).toISOString(), null];
  assert.equal(regenerated.previousKeyExpiresAt, runs[0]);
  const listed = async () => (await api('GET', '/v1/api-keys', { key })).json.apiKeys.find((one) => one.id === id);
  for (const apiKey of [regenerated.apiKey, await found(id), await listed()]) assert.deepEqual(shown(apiKey), runs);
  await lab.advance(59 * SECOND);
  assert.deepEqual(shown(await found(id)), runs);
  await lab.advance(SECOND);
  for (const apiKey of [await found(id), await listed()]) assert.deepEqual(shown(apiKey), NOTHING);
});

test('the end of the key where that comes before the end of the grace', async () => {
  const expiresAt = new Date(Date.now() + 86_400 * SECOND).toISOString();
  const { id } = await inGrace({ expiresAt }, 86_400);
  assert.deepEqual(shown(await found(id)), [expiresAt, null]);
});

test('the last use of the old value since there is a newer one, and of no other', async () => {
  const { apiKey: { id }, key: old } = await made();
  assert.ok(await works(old));
  // By its own holder: that request isn't a use of an old value.
  const { key: present, apiKey } = await regenerate(id, 3_600, old);
  assert.deepEqual(shown(apiKey)[1], null);
  await lab.advance(61 * SECOND);
  assert.ok(await works(present));
  await until(async () => (await found(id)).lastUsedAt > apiKey.createdAt);
  assert.equal((await found(id)).previousKeyLastUsedAt, null);
  // Not even a minute after the new one, and by a request that is refused.
  assert.equal((await api('GET', '/v1/client-tokens/ct_00000000-0000-7000-8000-00000000dead', { key: old })).status, 404);
  await until(async () => (await found(id)).previousKeyLastUsedAt !== null);
  const first = (await found(id)).previousKeyLastUsedAt;
  assert.ok(first > apiKey.createdAt && first < (await found(id)).previousKeyExpiresAt, first);
  await lab.advance(61 * SECOND);
  assert.ok(await works(present));
  await until(async () => (await found(id)).lastUsedAt > first);
  assert.equal((await found(id)).previousKeyLastUsedAt, first);
  assert.ok(await works(old));
  await until(async () => (await found(id)).previousKeyLastUsedAt > first);
  // The next old value has been used by nobody.
  assert.equal((await regenerate(id)).apiKey.previousKeyLastUsedAt, null);
});

test('200: the old value stops working at once, the present one works on; 404 for the same again', async () => {
  const { id, old, present } = await inGrace();
  assert.ok(await works(old));
  const { status, json } = await end(id);
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ['success', 'message']);
  assert.deepEqual([await works(old), await works(present)], [false, true]);
  assert.deepEqual(shown(await found(id)), NOTHING);
  const again = await end(id);
  assert.deepEqual([again.status, again.json.error], [404, 'Previous key not found']);
  // It can be given again.
  const { key: next } = await regenerate(id);
  assert.deepEqual([await works(present), await works(next)], [true, true]);
  assert.equal((await end(id)).status, 200);
  assert.deepEqual([await works(present), await works(next)], [false, true]);
});

test('200 for any of its own values, the old one included', async () => {
  for (const name of ['old', 'present']) {
    const one = await inGrace({ permissions: ['API_KEYS:WRITE'] });
    assert.equal((await end(one.id, one[name])).status, 200);
    const statuses = await Promise.all([one.old, one.present].map(async (value) => (await end(one.id, value)).status));
    assert.deepEqual(statuses, [401, 404], name);
  }
});

test('200 for one of ten at once, 404 for the others', async () => {
  const { id } = await inGrace();
  const statuses = (await Promise.all(Array.from({ length: 10 }, () => end(id)))).map(({ status }) => status);
  assert.deepEqual(statuses.toSorted(), [200, ...Array(9).fill(404)]);
});

test('404 where none runs: never given, over by itself, over with its key, revoked', async () => {
  const { apiKey } = await made();
  const { id: over } = await inGrace({}, 1);
  const { id: expired } = await inGrace({ expiresAt: new Date(Date.now() + 86_400 * SECOND).toISOString() });
  await sql('update api_keys set expires_at = 1 where id = ?1', expired);
  await lab.advance(SECOND);
  for (const id of [apiKey.id, over, expired]) {
    const answer = await end(id);
    assert.deepEqual([answer.status, answer.json.error], [404, 'Previous key not found']);
  }
  const { id } = await inGrace();
  await api('DELETE', `/v1/api-keys/${id}`, { key });
  const answer = await end(id);
  assert.deepEqual([answer.status, answer.json.error], [404, 'API key not found']);
});

test('403 for a key that may less, without the permission or of the key; 404 out of reach; nothing is changed', async () => {
  const { id, old } = await inGrace();
  const { key: reader } = await made({ permissions: ['API_KEYS:READ'] });
  const { key: writer } = await made({ permissions: ['API_KEYS:*'] });
  for (const weak of [reader, writer]) assert.equal((await end(id, weak)).status, 403);
  const strangers = await Promise.all([{ tenant: 'stranger' }, { environment: 'test' }].map((wish) => worker.mintKey(wish)));
  for (const stranger of strangers) {
    const answer = await end(id, stranger.key);
    assert.deepEqual([answer.status, answer.json.error], [404, 'API key not found']);
  }
  assert.deepEqual(faults(await end(id, key, '?cascade=true')), ['cascade UNKNOWN_FIELD']);
  const { status, headers } = await api('GET', `/v1/api-keys/${id}/previous-key`, { key });
  assert.deepEqual([status, headers.allow], [405, 'DELETE']);
  assert.ok(await works(old));
});

test('200 with one entry in the audit log, of the key', async () => {
  const { id } = await inGrace();
  const { previousKeyExpiresAt } = await found(id);
  const { headers } = await end(id);
  await end(id);
  const { auditLog } = (await api('GET', `/v1/audit-log?objectId=${id}&action=api_key.end_grace`, { key })).json;
  assert.deepEqual(auditLog.map(({ objectKind, before, after: became, requestId }) => [objectKind, before, became, requestId]), [
    ['api_key', { previousKeyExpiresAt }, { previousKeyExpiresAt: null }, headers['x-request-id']],
  ]);
});
