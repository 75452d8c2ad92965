// GET /v1/client-tokens/:id/conversations (contract section 3.8).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { UNKNOWN_TOKEN, createToken, faults } from '#support/contract.mjs';
import { seedConversations, seededId } from '#support/seed.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;
const { key } = await worker.mintKey();

const list = (id, query = '') => api('GET', `/v1/client-tokens/${id}/conversations${query}`, { key });
const names = ({ json }) => json.conversations.map(({ name }) => name);
const talks = (...numbers) => numbers.map((n) => `Talk ${n}`);

/** A token with `count` conversations; the first token in the database is a bystander with its own. */
async function tokenWith(count, series) {
  const { id } = await createToken(api, key);
  await seedConversations(sql, { token: id, count, series });
  return id;
}
await tokenWith(50, 1);

test('200 with an empty list for a new token', async () => {
  const { id } = await createToken(api, key);
  const { status, json } = await list(id);
  assert.equal(status, 200);
  assert.deepEqual(json, { conversations: [], pagination: { limit: 20, offset: 0, hasMore: false } });
});

test('200 with every field of a row, in order', async () => {
  const id = await tokenWith(1, 2);
  const [conversation] = (await list(id)).json.conversations;
  assert.deepEqual(Object.entries(conversation), Object.entries({
    id: seededId('conv', 2, 1),
    name: 'Talk 1',
    firstMessage: 'Question 1',
    createdAt: '2025-01-01T00:00:00.000Z',
    updatedAt: '2025-01-01T00:00:00.001Z',
    flowId: 'flow_1',
    origin: 'https://app.example.com',
    userId: null,
    messageCount: 1,
  }));
});

test('200 with null for what a conversation may lack', async () => {
  const id = await tokenWith(1, 3);
  const nulls = 'name = null, first_message = null, target_id = null, origin = null';
  await sql(`update conversations set ${nulls} where client_token_id = ?1`, id);
  const [{ name, firstMessage, flowId, origin }] = (await list(id)).json.conversations;
  assert.deepEqual([name, firstMessage, flowId, origin], [null, null, null, null]);
});

test('200 with the latest updatedAt first', async () => {
  const id = await tokenWith(4, 4);
  assert.deepEqual(names(await list(id)), talks(4, 3, 2, 1));
  await sql('update conversations set updated_at = updated_at + 100 where id = ?1', seededId('conv', 4, 2));
  assert.deepEqual(names(await list(id)), talks(2, 4, 3, 1));
});

test('200 with 20 by default and hasMore exactly when a row follows', async () => {
  const twenty = await list(await tokenWith(20, 5));
  assert.equal(twenty.json.conversations.length, 20);
  assert.deepEqual(twenty.json.pagination, { limit: 20, offset: 0, hasMore: false });
  const more = await list(await tokenWith(21, 6));
  assert.equal(more.json.conversations.length, 20);
  assert.deepEqual(more.json.pagination, { limit: 20, offset: 0, hasMore: true });
});

test('200 with pages that join up to the whole list', async () => {
  const id = await tokenWith(7, 7);
  const seen = [];
  for (const [offset, hasMore] of [[0, true], [3, true], [6, false], [9, false]]) {
    const answer = await list(id, `?limit=3&offset=${offset}`);
    assert.deepEqual(answer.json.pagination, { limit: 3, offset, hasMore });
    seen.push(...names(answer));
  }
  assert.deepEqual(seen, talks(7, 6, 5, 4, 3, 2, 1));
});

test('200 with only the conversations of flow_id, paged', async () => {
  const id = await tokenWith(9, 8);
  assert.deepEqual(names(await list(id, '?flow_id=flow_0')), talks(9, 6, 3));
  const page = await list(id, '?flow_id=flow_2&limit=2');
  assert.deepEqual(names(page), talks(8, 5));
  assert.equal(page.json.pagination.hasMore, true);
  assert.deepEqual(names(await list(id, '?flow_id=flow_2&limit=2&offset=2')), talks(2));
  assert.deepEqual(names(await list(id, '?flow_id=FLOW_0')), []);
});

test('200 at both ends of limit and 400 naming the parameter otherwise', async () => {
  const id = await tokenWith(1, 9);
  for (const query of ['?limit=1', '?limit=100', '?offset=0', '?limit=100&offset=1000']) {
    assert.equal((await list(id, query)).status, 200, query);
  }
  for (const value of ['0', '101', '', '-1', '1.5', 'x', '99999999999999999999']) {
    assert.deepEqual(faults(await list(id, `?limit=${value}`)), ['limit OUT_OF_RANGE'], value);
  }
  for (const value of ['-1', '', 'x', '1e3']) {
    assert.deepEqual(faults(await list(id, `?offset=${value}`)), ['offset OUT_OF_RANGE'], value);
  }
});

test('200 with nothing for a flow_id that no conversation has, whatever it is', async () => {
  const id = await tokenWith(1, 10);
  for (const value of ['', 'a%20b', '%00', '%ff', '%F0%9F%98%80', "';--", 'x'.repeat(128), 'x'.repeat(2_000)]) {
    const answer = await list(id, `?flow_id=${value}`);
    assert.equal(answer.status, 200, value);
    assert.deepEqual(answer.json.conversations, [], value);
    assert.equal(answer.json.pagination.hasMore, false);
  }
});

test('400 for an unknown or repeated query parameter, with what was probably meant', async () => {
  const id = await tokenWith(1, 11);
  const answer = await list(id, '?flowId=flow_1&limit=1&limit=1');
  assert.equal(answer.status, 400);
  assert.deepEqual(faults(answer).sort(), ['flowId UNKNOWN_FIELD', 'limit DUPLICATE_FIELD']);
  assert.equal(answer.json.details.find(({ path }) => path === 'flowId').suggestion, 'flow_id');
});

test('404 for a well-formed id that nothing has, 400 for a malformed one', async () => {
  assert.equal((await list(UNKNOWN_TOKEN)).status, 404);
  assert.equal((await list('conv_1')).status, 400);
});
