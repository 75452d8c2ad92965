// GET /v1/client-tokens/:id/conversations/:conversationId.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { UNKNOWN_TOKEN, createToken, faults } from '#support/contract.mjs';
import { seedConversations, seedMessages, seededId } from '#support/seed.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;
const { key } = await worker.mintKey();

const UNKNOWN = 'conv_00000000-0000-7000-8000-00000000dead';
const path = (token, id) => `/v1/client-tokens/${token}/conversations/${id}`;
const get = (token, id, query = '', as = key) => api('GET', `${path(token, id)}${query}`, { key: as });
const ids = ({ json }) => json.conversation.messages.map(({ id }) => id);

/** A token with one conversation of `count` messages. */
async function talk(count, series) {
  const { id: token } = await createToken(api, key);
  await seedConversations(sql, { token, count: 1, series });
  const id = seededId('conv', series, 1);
  await sql('update conversations set message_count = 0');
  if (count > 0) await seedMessages(sql, { conversation: id, count });
  return { token, id };
}

test('200 with the conversation as lists show it, and its messages, oldest first', async () => {
  const { token, id } = await talk(2, 1);
  await sql(
    `update messages set content = '[{"type":"text","text":"Hi"}]', display_content = 'Hi' where id = 'm1'`,
  );
  await sql("update messages set status = 'partial' where id = 'm2'");
  for (const [n, type] of ['upvote', 'copy', 'upvote'].entries()) {
    await sql(
      `insert into feedback (id, client_token_id, conversation_id, session_started_at, type, message_id, created_at, updated_at)
values (?1, ?2, ?3, ?4, ?5, 'm2', 1, 1)`,
      `fb_${n}`, token, id, n, type,
    );
  }
  const { status, json } = await get(token, id);
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ['conversation', 'pagination']);
  const { messages, ...row } = json.conversation;
  const [listed] = (await api('GET', `/v1/client-tokens/${token}/conversations`, { key })).json.conversations;
  assert.deepEqual(Object.entries(row), Object.entries(listed));
  assert.equal(row.messageCount, 2);
  assert.deepEqual(messages.map(Object.entries), [
    {
      id: 'm1', role: 'user', content: [{ type: 'text', text: 'Hi' }], displayContent: 'Hi', status: 'complete',
      replyTo: null, createdAt: '2025-01-01T00:00:00.001Z', feedback: [],
    },
    {
      id: 'm2', role: 'assistant', content: 'Text 2', displayContent: null, status: 'partial', replyTo: 'm1',
      createdAt: '2025-01-01T00:00:00.002Z', feedback: ['copy', 'upvote'],
    },
  ].map(Object.entries));
  assert.deepEqual(json.pagination, { limit: 100, nextCursor: null });
});

test('200 with no messages for a conversation that has none', async () => {
  const { token, id } = await talk(0, 2);
  const answer = await get(token, id);
  assert.deepEqual(ids(answer), []);
  assert.deepEqual(answer.json.pagination, { limit: 100, nextCursor: null });
});

test('200 with stretches that join up to the whole, and a cursor exactly when more follows', async () => {
  const { token, id } = await talk(7, 3);
  const seen = [];
  let cursor = null;
  for (const more of [true, true, false]) {
    const answer = await get(token, id, `?limit=3${cursor ? `&cursor=${cursor}` : ''}`);
    seen.push(...ids(answer));
    assert.equal(answer.json.pagination.limit, 3);
    cursor = answer.json.pagination.nextCursor;
    assert.equal(cursor !== null, more);
  }
  assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7].map((n) => `m${n}`));
  assert.equal((await get(token, id, '?limit=7')).json.pagination.nextCursor, null);
});

test('200 with what came after a cursor was given', async () => {
  const { token, id } = await talk(3, 4);
  const { nextCursor } = (await get(token, id, '?limit=2')).json.pagination;
  await sql(
    `insert into messages (conversation_id, id, position, role, content, created_at)
values (?1, 'late', 4, 'user', '"Late"', 1)`,
    id,
  );
  assert.deepEqual(ids(await get(token, id, `?cursor=${nextCursor}`)), ['m3', 'late']);
});

test('200 with one trip, and a few rows for each message of the page, however many there are', async () => {
  const { token, id } = await talk(2_000, 5);
  const first = await get(token, id, '?limit=200');
  assert.equal(ids(first).length, 200);
  for (const answer of [first, await get(token, id, `?limit=200&cursor=${first.json.pagination.nextCursor}`)]) {
    assert.equal(answer.d1.trips, 1);
    assert.ok(answer.d1.read <= 9 * 200, `${answer.d1.read} rows read`);
  }
});

test('200 with as many messages as fit 2 MiB, one at least, and a cursor that goes on', async () => {
  const { token, id } = await talk(1, 11);
  const add = (n, bytes) => sql(
    `insert into messages (conversation_id, id, position, role, content, created_at)
values (?1, ?2, ?3, 'user', json_quote(?4), 1)`,
    id, `m${n}`, n, 'x'.repeat(bytes),
  );
  for (const [n, bytes] of [[2, 1_000_000], [3, 1_000_000], [4, 97_300], [5, 1_850_000], [6, 10]]) await add(n, bytes);
  const seen = [];
  for (let query = ''; query !== null;) {
    const answer = await get(token, id, query);
    seen.push(ids(answer));
    const { nextCursor } = answer.json.pagination;
    query = nextCursor && `?cursor=${nextCursor}`;
  }
  assert.deepEqual(seen, [['m1', 'm2', 'm3'], ['m4', 'm5', 'm6']]);
});

test('200 at both ends of limit and 400 naming the parameter otherwise', async () => {
  const { token, id } = await talk(1, 6);
  for (const query of ['?limit=1', '?limit=200']) assert.equal((await get(token, id, query)).status, 200, query);
  for (const value of ['0', '201', '', 'x']) assert.deepEqual(faults(await get(token, id, `?limit=${value}`)), ['limit OUT_OF_RANGE']);
  for (const value of ['', '1', 'zzzzzz', '00000-', '..', '%00']) {
    const answer = await get(token, id, `?cursor=${value}`);
    assert.equal(answer.status, 400, value);
    assert.deepEqual(faults(answer), ['cursor INVALID_FORMAT'], value);
  }
  assert.deepEqual(faults(await get(token, id, '?offset=1')), ['offset UNKNOWN_FIELD']);
});

test('400 without a trip for an id that can be none', async () => {
  const { id: token } = await createToken(api, key);
  const malformed = await get(token, 'conv_1');
  assert.deepEqual([malformed.status, malformed.json.error, malformed.d1.trips], [400, 'Invalid conversation ID', 0]);
  assert.equal((await get('ct_1', UNKNOWN)).json.error, 'Invalid client token ID');
  assert.equal((await get('ct_1', 'conv_1')).json.error, 'Invalid client token ID');
});

test('404 for what isn\'t there, and for what is another token\'s or another tenant\'s', async () => {
  const { token, id } = await talk(1, 7);
  const { id: other } = await createToken(api, key);
  const stranger = (await worker.mintKey({ tenant: 'stranger' })).key;
  const { key: testKey } = await worker.mintKey({ environment: 'test' });
  const error = async (...asked) => {
    const { status, json } = await get(...asked);
    assert.equal(status, 404);
    return json.error;
  };
  assert.equal(await error(token, UNKNOWN), 'Conversation not found');
  assert.equal(await error(other, id), 'Conversation not found');
  assert.equal(await error(UNKNOWN_TOKEN, id), 'Client token not found');
  assert.equal(await error(token, id, '', stranger), 'Client token not found');
  assert.equal(await error(token, id, '', testKey), 'Client token not found');
  await api('DELETE', `/v1/client-tokens/${token}`, { key });
  assert.equal(await error(token, id), 'Client token not found');
});

test('404 for a deleted conversation, which is neither listed nor counted', async () => {
  const { token, id } = await talk(1, 8);
  await seedConversations(sql, { token, count: 1, series: 9 });
  await sql('update conversations set deleted_at = 1 where id = ?1', id);
  assert.equal((await get(token, id)).status, 404);
  const { conversations } = (await api('GET', `/v1/client-tokens/${token}/conversations`, { key })).json;
  assert.deepEqual(conversations.map((one) => one.id), [seededId('conv', 9, 1)]);
  assert.equal((await api('GET', `/v1/client-tokens/${token}`, { key })).json.clientToken.conversationCount, 1);
});

test('403 without CLIENT_TOKENS:READ, 405 for other methods', async () => {
  const { token, id } = await talk(1, 10);
  const { key: writer } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:WRITE' });
  assert.equal((await get(token, id, '', writer)).status, 403);
  const { status, headers } = await api('PUT', path(token, id), { key });
  assert.deepEqual([status, headers.allow], [405, 'GET, HEAD, DELETE']);
});
