// What another tenant, and a test key, can't see (contract sections 1, 3 and 4).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MINIMAL, UNKNOWN_KEY, UNKNOWN_TOKEN, createToken, faults, ofKey, ofToken } from '#support/contract.mjs';
import { seedConversations, seedTokens } from '#support/seed.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;

const mine = await worker.mintKey({ tenant: 'mine' });
const theirs = await worker.mintKey({ tenant: 'theirs' });
const token = await createToken(api, theirs.key);
await seedConversations(sql, { token: token.id, count: 3, series: 1 });

const dump = async () => [
  await sql('select * from client_tokens order by id'),
  await sql('select id, digest, name, revoked_at from api_keys order by id'),
];

/** Every endpoint must answer for `id` exactly as for an id that nothing has, and change nothing. */
async function looksLikeNothing(endpointsOf, id, unknown, key) {
  const before = await dump();
  const asked = endpointsOf(id).map((endpoint, n) => [endpoint, endpointsOf(unknown)[n]]);
  for (const [{ method, path, body }, nothing] of asked) {
    const seen = await api(method, path, { key, body });
    const unseen = await api(method, nothing.path, { key, body });
    assert.equal(seen.status, 404, `${method} ${path}`);
    assert.equal(seen.text, unseen.text, `${method} ${path}`);
  }
  assert.deepEqual(await dump(), before);
}

test('404 for another tenant\'s token, at every endpoint', async () => {
  await looksLikeNothing(ofToken, token.id, UNKNOWN_TOKEN, mine.key);
});

test('404 for another tenant\'s API key, at every endpoint', async () => {
  await looksLikeNothing(ofKey, theirs.id, UNKNOWN_KEY, mine.key);
});

test('2xx for the owner at the same endpoints', async () => {
  const own = await createToken(api, theirs.key);
  for (const { method, path, body } of ofToken(own.id)) {
    const { status } = await api(method, path, { key: theirs.key, body });
    assert.ok(status < 300, `${method} ${path}: ${status}`);
  }
});

test('200 with a list of nothing but one\'s own', async () => {
  const own = await createToken(api, mine.key);
  const tokens = (await api('GET', '/v1/client-tokens', { key: mine.key })).json.clientTokens;
  assert.deepEqual(tokens.map(({ id }) => id), [own.id]);
  const keys = (await api('GET', '/v1/api-keys', { key: mine.key })).json.apiKeys;
  assert.deepEqual(keys.map(({ id }) => id), [mine.id]);
});

test('400 for a body that names a tenant', async () => {
  const body = { ...MINIMAL, tenantId: 'theirs', tenant_id: 'theirs' };
  const answer = await api('POST', '/v1/client-tokens', { key: mine.key, body });
  assert.equal(answer.status, 400);
  assert.deepEqual(faults(answer), ['tenantId UNKNOWN_FIELD', 'tenant_id UNKNOWN_FIELD']);
});

test('404 for a live token, at every endpoint, with a test key of the same tenant', async () => {
  const { key } = await worker.mintKey({ tenant: 'theirs', environment: 'test' });
  await looksLikeNothing(ofToken, token.id, UNKNOWN_TOKEN, key);
});

test('404 for a live API key, at every endpoint, with a test key of the same tenant', async () => {
  const { key } = await worker.mintKey({ tenant: 'theirs', environment: 'test' });
  await looksLikeNothing(ofKey, theirs.id, UNKNOWN_KEY, key);
});

test('2xx for test tokens and test keys with either key', async () => {
  const live = await worker.mintKey({ tenant: 'either' });
  const trial = await worker.mintKey({ tenant: 'either', environment: 'test' });
  for (const { key } of [live, trial]) {
    const { id } = await createToken(api, live.key, { environment: 'test' });
    const body = { name: 'Other', environment: 'test', permissions: ['API_KEYS:READ'] };
    const other = (await api('POST', '/v1/api-keys', { key: live.key, body })).json.apiKey;
    for (const endpoint of [...ofToken(id), ...ofKey(other.id)]) {
      const { status } = await api(endpoint.method, endpoint.path, { key, body: endpoint.body });
      assert.ok(status < 300, `${endpoint.method} ${endpoint.path}: ${status}`);
    }
  }
});

test('200 with the test tokens only for a test key, paged as if there were no others', async () => {
  const { key } = await worker.mintKey({ tenant: 'mostly-live', environment: 'test' });
  await seedTokens(sql, { tenant: 'mostly-live', count: 30, series: 2, testEvery: 10 });
  const list = async (query) => (await api('GET', `/v1/client-tokens${query}`, { key })).json;
  assert.deepEqual((await list('')).clientTokens.map(({ name }) => name), ['Token 30', 'Token 20', 'Token 10']);
  const page = await list('?limit=2&offset=1');
  assert.deepEqual(page.clientTokens.map(({ name }) => name), ['Token 20', 'Token 10']);
  assert.equal(page.pagination.hasMore, false);
});
