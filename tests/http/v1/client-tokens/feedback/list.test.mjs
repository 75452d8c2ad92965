// GET /v1/client-tokens/:id/feedback.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { UNKNOWN_TOKEN, createToken, faults } from '#support/contract.mjs';
import { seedFeedback, seededId } from '#support/seed.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;
const { key } = await worker.mintKey();

const list = (id, query = '', as = key) => api('GET', `/v1/client-tokens/${id}/feedback${query}`, { key: as });
const messages = ({ json }) => json.feedback.map(({ messageId }) => messageId);
const votes = (...numbers) => numbers.map((n) => `m${n}`);

/** A token with `count` votes; the first token in the database is a bystander with its own. */
async function tokenWith(count, series) {
  const { id } = await createToken(api, key);
  await seedFeedback(sql, { token: id, count, series });
  return id;
}
await tokenWith(50, 1);

test('200 with an empty list for a new token', async () => {
  const { id } = await createToken(api, key);
  const { status, json } = await list(id);
  assert.equal(status, 200);
  assert.deepEqual(json, { feedback: [], pagination: { limit: 20, offset: 0, hasMore: false } });
});

test('200 with every field of a row, in order, and null for what a type lacks', async () => {
  const id = await tokenWith(2, 2);
  await sql(
    `update feedback set type = 'nps', message_id = '', rating = 0, comment = 'It''s fine.' where id = ?1`, seededId('fb', 2, 2),
  );
  const row = (n, fields) => Object.entries({
    id: seededId('fb', 2, n), ...fields, conversationId: seededId('conv', 2, n), userId: null, createdAt: `2025-01-01T00:00:00.00${n}Z`,
  });
  assert.deepEqual((await list(id)).json.feedback.map(Object.entries), [
    row(2, { type: 'nps', rating: 0, comment: 'It\'s fine.', messageId: null }),
    row(1, { type: 'upvote', rating: null, comment: null, messageId: 'm1' }),
  ]);
});

test('200 with pages that join up to the whole list, newest first', async () => {
  const id = await tokenWith(7, 3);
  const seen = [];
  for (const [offset, hasMore] of [[0, true], [3, true], [6, false], [9, false]]) {
    const answer = await list(id, `?limit=3&offset=${offset}`);
    assert.deepEqual(answer.json.pagination, { limit: 3, offset, hasMore });
    seen.push(...messages(answer));
  }
  assert.deepEqual(seen, votes(7, 6, 5, 4, 3, 2, 1));
});

test('200 with 20 by default and hasMore exactly when a row follows, in one trip and few rows', async () => {
  assert.deepEqual((await list(await tokenWith(20, 4))).json.pagination, { limit: 20, offset: 0, hasMore: false });
  const more = await list(await tokenWith(2_000, 5));
  assert.equal(more.json.feedback.length, 20);
  assert.equal(more.json.pagination.hasMore, true);
  assert.equal(more.d1.trips, 1);
  assert.ok(more.d1.read <= 30, `${more.d1.read} rows read`);
});

test('200 at both ends of limit and 400 naming the parameter otherwise', async () => {
  const id = await tokenWith(1, 6);
  for (const query of ['?limit=1', '?limit=100', '?offset=0']) assert.equal((await list(id, query)).status, 200, query);
  for (const value of ['0', '101', '', 'x']) assert.deepEqual(faults(await list(id, `?limit=${value}`)), ['limit OUT_OF_RANGE']);
  assert.deepEqual(faults(await list(id, '?offset=-1&type=csat')), ['offset OUT_OF_RANGE', 'type UNKNOWN_FIELD']);
});

test('404 for an unknown token and for another tenant\'s, 400 for a malformed id', async () => {
  const id = await tokenWith(1, 7);
  const { key: stranger } = await worker.mintKey({ tenant: 'stranger' });
  for (const answer of [await list(UNKNOWN_TOKEN), await list(id, '', stranger)]) {
    assert.deepEqual([answer.status, answer.json.error], [404, 'Client token not found']);
  }
  assert.equal((await list('ct_1')).status, 400);
});

test('403 without CLIENT_TOKENS:READ, 405 for other methods', async () => {
  const id = await tokenWith(1, 8);
  const { key: writer } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:WRITE' });
  assert.equal((await list(id, '', writer)).status, 403);
  const { status, headers } = await api('POST', `/v1/client-tokens/${id}/feedback`, { key });
  assert.deepEqual([status, headers.allow], [405, 'GET, HEAD']);
});

test('purge removes a deleted token\'s feedback with it', async () => {
  const id = await tokenWith(3, 9);
  await api('DELETE', `/v1/client-tokens/${id}`, { key });
  await sql('update client_tokens set deleted_at = 1 where id = ?1', id);
  assert.equal((await worker.scheduled('*/10 * * * *')).outcome, 'ok');
  assert.deepEqual(await sql('select id from feedback where client_token_id = ?1', id), []);
  assert.deepEqual(await sql('select id from client_tokens where id = ?1', id), []);
});
