// What a request may cost the database: round trips and rows, read from Server-Timing.
// The tables are large, since a missing index costs nothing in small ones.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MINIMAL, UNKNOWN_TOKEN } from '#support/contract.mjs';
import { seedConversations, seedTokens, seededId } from '#support/seed.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;

const COUNT = 100_000;
const { key } = await worker.mintKey({ tenant: 'large' });
const { key: testKey } = await worker.mintKey({ tenant: 'large', environment: 'test' });
await seedTokens(sql, { tenant: 'large', count: COUNT, series: 1, testEvery: 500 });
const LIVE = seededId('ct', 1, COUNT / 2 + 1);
const TEST = seededId('ct', 1, COUNT / 2);
await seedConversations(sql, { token: TEST, count: COUNT, series: 2 });

const TOKENS = '/v1/client-tokens';

async function costs(method, path, { status = 200, as = key, body, trips, read = Infinity }) {
  const answer = await api(method, path, { key: as, body });
  assert.equal(answer.status, status, `${method} ${path}`);
  assert.ok(answer.d1.trips <= trips, `${method} ${path}: ${answer.d1.trips} trips`);
  assert.ok(answer.d1.read <= read, `${method} ${path}: ${answer.d1.read} rows read`);
  return answer;
}

test('200 for one token with one trip and at most 4 rows', async () => {
  await costs('GET', `${TOKENS}/${LIVE}`, { trips: 1, read: 4 });
  await costs('GET', `${TOKENS}/${TEST}`, { trips: 1, read: 4 });
  await costs('GET', `${TOKENS}/${TEST}`, { as: testKey, trips: 1, read: 4 });
  // Revealing a value is written into the audit log.
  const { d1 } = await costs('GET', `${TOKENS}/${LIVE}/token`, { trips: 1, read: 20 });
  assert.ok(d1.written > 0 && d1.written <= 8, `${d1.written} rows written`);
  const { json } = await costs('GET', `${TOKENS}/${TEST}`, { trips: 1, read: 4 });
  assert.equal(json.clientToken.conversationCount, COUNT);
});

test('404 with one trip and at most 4 rows', async () => {
  await costs('GET', `${TOKENS}/${UNKNOWN_TOKEN}`, { status: 404, trips: 1, read: 4 });
  await costs('GET', `${TOKENS}/${LIVE}`, { status: 404, as: testKey, trips: 1, read: 4 });
});

// How much fits a page is looked at before it is read, so that each row counts twice.
test('200 for a page of 50 tokens with one trip and at most 110 rows, for a live key and a test key', async () => {
  for (const as of [key, testKey]) {
    const { json } = await costs('GET', `${TOKENS}?limit=50`, { as, trips: 1, read: 110 });
    assert.equal(json.clientTokens.length, 50);
    assert.equal(json.pagination.hasMore, true);
  }
});

test('400 for the whole of a long list with one trip, and no more rows than the longest list costs', async () => {
  await costs('GET', TOKENS, { status: 400, trips: 1, read: 2_010 });
});

test('200 for a page of 20 conversations with one trip and at most 30 rows, with and without a filter', async () => {
  for (const query of ['', '?flow_id=flow_1', '?limit=20&offset=0']) {
    const { json } = await costs('GET', `${TOKENS}/${TEST}/conversations${query}`, { trips: 1, read: 30 });
    assert.equal(json.conversations.length, 20);
  }
  await costs('GET', `${TOKENS}/${TEST}/conversations?flow_id=flow_9`, { trips: 1, read: 10 });
});

test('200 for a full page, the largest, with one trip and hardly more rows than it shows', async () => {
  await costs('GET', `${TOKENS}?limit=200`, { trips: 1, read: 410 });
  await costs('GET', `${TOKENS}/${TEST}/conversations?limit=100`, { trips: 1, read: 110 });
});

test('2xx for create, update, regenerate and delete with one trip and a few rows, the audit log\'s included', async () => {
  // As many tokens as there may be, but for one.
  const { key: as } = await worker.mintKey({ tenant: 'wide' });
  await seedTokens(sql, { tenant: 'wide', count: 9_999, series: 3 });
  const { json } = await costs('POST', TOKENS, { as, status: 201, body: MINIMAL, trips: 1, read: 50 });
  await costs('POST', TOKENS, { as, status: 409, body: MINIMAL, trips: 1, read: 20 });
  const path = `${TOKENS}/${json.clientToken.id}`;
  await costs('PUT', path, { as, body: { name: 'Renamed' }, trips: 1, read: 60 });
  await costs('PUT', path, { as, body: {}, trips: 1, read: 10 });
  await costs('PUT', path, { as, body: { name: 'Again', environment: 'live' }, trips: 2, read: 70 });
  await costs('PUT', path, { as, status: 400, body: { defaultFlowId: 'flow_x' }, trips: 2, read: 50 });
  await costs('POST', `${path}/regenerate`, { as, trips: 1, read: 30 });
  await costs('DELETE', path, { as, trips: 1, read: 50 });
  await costs('DELETE', path, { as, status: 404, trips: 1, read: 20 });
});

test('2xx for API keys with one trip to read and two to write', async () => {
  const body = { name: 'Key', permissions: ['CLIENT_TOKENS:READ'] };
  const { json } = await costs('POST', '/v1/api-keys', { status: 201, body, trips: 2, read: 40 });
  const path = `/v1/api-keys/${json.apiKey.id}`;
  await costs('GET', path, { trips: 1, read: 4 });
  await costs('GET', '/v1/api-keys', { trips: 1, read: 10 });
  await costs('POST', `${path}/regenerate`, { trips: 2, read: 40 });
  await costs('DELETE', path, { trips: 2, read: 40 });
});

test('200 with the whole cost of a write told: what was read is more than nothing', async () => {
  const { d1 } = await api('PUT', `${TOKENS}/${LIVE}`, { key, body: { name: 'Renamed' } });
  assert.ok(d1.read > 0 && d1.written > 0);
});

test('401 and 400 without a trip for a forged key and a malformed id', async () => {
  await costs('GET', TOKENS, { status: 401, as: `${key}x`, trips: 0, read: 0 });
  await costs('GET', TOKENS, { status: 401, as: '', trips: 0, read: 0 });
  for (const method of ['GET', 'PUT', 'DELETE']) {
    await costs(method, `${TOKENS}/malformed`, { status: 400, trips: 0, read: 0 });
  }
  await costs('DELETE', '/v1/api-keys/malformed', { status: 400, trips: 0, read: 0 });
});

test('401 and 403 with one trip for a revoked key and for a missing permission', async () => {
  const { key: revoked, id } = await worker.mintKey({ tenant: 'large' });
  await sql('update api_keys set revoked_at = 1 where id = ?1', id);
  await costs('POST', TOKENS, { status: 401, as: revoked, body: MINIMAL, trips: 1, read: 8 });
  const { key: reader } = await worker.mintKey({ tenant: 'large', permissions: 'CLIENT_TOKENS:READ' });
  // The write asks for the permission itself, in the trip that proves the key.
  const { d1 } = await costs('DELETE', `${TOKENS}/${LIVE}`, { status: 403, as: reader, trips: 1, read: 14 });
  assert.equal(d1.written, 0);
});

test('415 and 413 with one trip, before anything else is asked', async () => {
  await costs('PUT', `${TOKENS}/${LIVE}`, { status: 413, body: 'x'.repeat(70_000), trips: 1, read: 10 });
});
