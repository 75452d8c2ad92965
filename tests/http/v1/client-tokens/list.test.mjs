// GET /v1/client-tokens: order, pages and parameters (contract section 3.1).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MINIMAL, UNKNOWN_TOKEN, createToken, faults } from '#support/contract.mjs';
import { seedTokens } from '#support/seed.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;
const { key } = await worker.mintKey();

/** A tenant of its own with `count` seeded tokens, and how to list them. */
async function tenantWith(count, series) {
  const tenant = `tenant-${series}`;
  const own = (await worker.mintKey({ tenant })).key;
  await seedTokens(sql, { tenant, count, series });
  return (query) => api('GET', `/v1/client-tokens${query}`, { key: own });
}

test('200 with an empty list for a new tenant, paged or not', async () => {
  const own = (await worker.mintKey({ tenant: 'empty' })).key;
  const list = async (query) => (await api('GET', `/v1/client-tokens${query}`, { key: own })).json;
  assert.deepEqual(await list(''), { clientTokens: [] });
  assert.deepEqual(await list('?limit=5'), { clientTokens: [], pagination: { limit: 5, offset: 0, hasMore: false } });
});

test('200 with the whole list, newest first and without pagination, when no limit is sent', async () => {
  const list = await tenantWith(250, 11);
  const { status, json } = await list('');
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ['clientTokens']);
  const expected = Array.from({ length: 250 }, (_, n) => `Token ${250 - n}`);
  assert.deepEqual(json.clientTokens.map(({ name }) => name), expected);
});

test('200 with the newest token first among those made by request', async () => {
  const own = (await worker.mintKey({ tenant: 'newest' })).key;
  const made = [];
  for (const name of ['first', 'second', 'third']) made.push(await createToken(api, own, { name }));
  // In case two were made in the same millisecond.
  for (const [n, { id }] of made.entries()) {
    await sql('update client_tokens set created_at = created_at + ?1 where id = ?2', n, id);
  }
  const { json } = await api('GET', '/v1/client-tokens', { key: own });
  assert.deepEqual(json.clientTokens.map(({ name }) => name), ['third', 'second', 'first']);
});

test('200 with pages that join up to the whole list, and hasMore until the last', async () => {
  const list = await tenantWith(7, 12);
  const seen = [];
  for (const [offset, hasMore] of [[0, true], [3, true], [6, false]]) {
    const { json } = await list(`?limit=3&offset=${offset}`);
    assert.deepEqual(Object.keys(json.pagination), ['limit', 'offset', 'hasMore']);
    assert.deepEqual(json.pagination, { limit: 3, offset, hasMore });
    seen.push(...json.clientTokens.map(({ name }) => name));
  }
  assert.deepEqual(seen, [7, 6, 5, 4, 3, 2, 1].map((n) => `Token ${n}`));
});

test('200 with hasMore exactly when a row follows', async () => {
  const list = await tenantWith(7, 13);
  const hasMore = async (query) => (await list(query)).json.pagination.hasMore;
  assert.equal(await hasMore('?limit=6'), true);
  assert.equal(await hasMore('?limit=7'), false);
  assert.equal(await hasMore('?limit=1&offset=6'), false);
  assert.equal(await hasMore('?limit=1&offset=7'), false);
});

test('200 with the rest of the list when only an offset is sent', async () => {
  const list = await tenantWith(7, 14);
  const { status, json } = await list('?offset=5');
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ['clientTokens']);
  assert.deepEqual(json.clientTokens.map(({ name }) => name), ['Token 2', 'Token 1']);
});

test('200 for 1000 tokens without a limit, and 400 with a hint to page for 1001', async () => {
  const list = await tenantWith(1000, 15);
  assert.equal((await list('')).json.clientTokens.length, 1000);
  await seedTokens(sql, { tenant: 'tenant-15', count: 1, series: 16 });
  const { status, json } = await list('');
  assert.equal(status, 400);
  assert.match(json.hint, /limit/);
  assert.equal((await list('?limit=200')).json.clientTokens.length, 200);
});

test('200 at both ends of limit and 400 naming the parameter otherwise', async () => {
  const list = await tenantWith(1, 17);
  for (const query of ['?limit=1', '?limit=200', '?limit=200&offset=0', '?offset=1000']) {
    assert.equal((await list(query)).status, 200, query);
  }
  for (const value of ['0', '201', '', '-1', '1.5', '1e2', '0x10', '+1', '%201', 'ten', '99999999999999999999', '١']) {
    const answer = await list(`?limit=${encodeURI(value)}`);
    assert.equal(answer.status, 400, value);
    assert.deepEqual(faults(answer), ['limit OUT_OF_RANGE'], value);
  }
  for (const value of ['-1', '', '1.5', 'x', '99999999999999999999']) {
    const answer = await list(`?limit=1&offset=${value}`);
    assert.equal(answer.status, 400, value);
    assert.deepEqual(faults(answer), ['offset OUT_OF_RANGE'], value);
  }
});

test('400 for an unknown or repeated query parameter, all told at once', async () => {
  const list = await tenantWith(1, 18);
  const answer = await list('?limit=1&limit=2&Offset=1&page=3');
  assert.equal(answer.status, 400);
  assert.deepEqual(faults(answer), ['limit DUPLICATE_FIELD', 'Offset UNKNOWN_FIELD', 'page UNKNOWN_FIELD']);
  assert.deepEqual(faults(await api('GET', `/v1/client-tokens/${UNKNOWN_TOKEN}?limit=1`, { key })), ['limit UNKNOWN_FIELD']);
});

test('200 without the tokens that were deleted', async () => {
  const own = (await worker.mintKey({ tenant: 'some-deleted' })).key;
  const kept = await createToken(api, own);
  const gone = await createToken(api, own, MINIMAL);
  await api('DELETE', `/v1/client-tokens/${gone.id}`, { key: own });
  const { json } = await api('GET', '/v1/client-tokens', { key: own });
  assert.deepEqual(json.clientTokens.map(({ id }) => id), [kept.id]);
});
