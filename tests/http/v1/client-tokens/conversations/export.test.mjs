// GET /v1/client-tokens/:id/conversations/export (contract section 3.11).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { NDJSON } from '#support/client.mjs';
import { UNKNOWN_TOKEN, createToken, faults } from '#support/contract.mjs';
import { ajv } from '#support/openapi.mjs';
import { seedConversations, seedMessages, seededId } from '#support/seed.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;
const { key } = await worker.mintKey();

const path = (token, query = '') => `/v1/client-tokens/${token}/conversations/export${query}`;
const ask = (token, query, as = key) => api('GET', path(token, query), { key: as });
const isLine = ajv.compile({ $ref: 'document#/components/schemas/ConversationWithMessages' });

/** The lines of an export, each as the document says. */
async function lines(token, query) {
  const { status, text } = await ask(token, query);
  assert.equal(status, 200);
  assert.ok(text === '' || text.endsWith('\n'));
  const all = text.split('\n').slice(0, -1).map((line) => JSON.parse(line));
  for (const line of all) assert.ok(isLine(line), ajv.errorsText(isLine.errors));
  return all;
}
let series = 200;
/** A token with so many conversations of so many messages, and the ids of them. */
async function talks(count, messages) {
  series += 1;
  const { id: token } = await createToken(api, key);
  await seedConversations(sql, { token, count, series });
  await sql('update conversations set message_count = 0, created_at = updated_at where client_token_id = ?1', token);
  const ids = Array.from({ length: count }, (_, n) => seededId('conv', series, n + 1));
  for (const conversation of messages > 0 ? ids : []) await seedMessages(sql, { conversation, count: messages });
  return { token, ids };
}
const idsOf = (list) => list.map(({ id }) => id);

test('200 with every conversation as lists show it, and its messages as it shows them itself', async () => {
  const { token, ids } = await talks(3, 3);
  const { status, headers } = await ask(token);
  assert.deepEqual([status, headers['content-type'], headers['content-disposition']], [
    200, NDJSON, 'attachment; filename="conversations.ndjson"',
  ]);
  const all = await lines(token);
  assert.deepEqual(idsOf(all), ids);
  for (const line of all) {
    const { conversation } = (await api('GET', `/v1/client-tokens/${token}/conversations/${line.id}`, { key })).json;
    assert.deepEqual(Object.entries(line), Object.entries(conversation));
    assert.equal(line.messages.length, line.messageCount);
  }
});

test('200 with nothing for a token without conversations, and a line for one without messages', async () => {
  assert.deepEqual(await lines((await createToken(api, key)).id), []);
  const [{ messages }] = await lines((await talks(1, 0)).token);
  assert.deepEqual(messages, []);
});

test('200 for HEAD, with the same headers and no body', async () => {
  const { token } = await talks(1, 1);
  const { status, headers, text } = await api('HEAD', path(token), { key });
  assert.deepEqual([status, headers['content-type'], text], [200, NDJSON, '']);
});

test('200 for what began within a stretch of time, its end apart', async () => {
  const { token, ids } = await talks(5, 1);
  const at = (n) => new Date(Date.UTC(2025, 0, 1) + n).toISOString();
  for (const [query, from, to] of [
    ['', 0, 5], [`?from=${at(2)}`, 1, 5], [`?to=${at(4)}`, 0, 3], [`?from=${at(2)}&to=${at(4)}`, 1, 3],
    [`?from=${at(2)}&to=${at(2)}`, 0, 0], [`?from=${at(5)}`, 4, 5],
    [`?from=2025-01-01T02:00:00.002%2B02:00`, 1, 5],
    // Unescaped, as it is typed.
    [`?from=2025-01-01T02:00:00.002+02:00&to=2025-01-01T00:00:00.004+00:00`, 1, 3],
  ]) {
    assert.deepEqual(idsOf(await lines(token, query)), ids.slice(from, to), query);
  }
  // Windows that follow each other have each of them once.
  const windows = await Promise.all([`?to=${at(3)}`, `?from=${at(3)}&to=${at(4)}`, `?from=${at(4)}`].map((query) => lines(token, query)));
  assert.deepEqual(idsOf(windows.flat()), ids);
});

test('200 for one flow, one user, or both', async () => {
  const { token, ids } = await talks(6, 1);
  await sql("update conversations set user_id = 'user 1' where id in (?1, ?2)", ids[1], ids[2]);
  assert.deepEqual(idsOf(await lines(token, '?flow_id=flow_2')), [ids[1], ids[4]]);
  assert.deepEqual(idsOf(await lines(token, '?userId=user%201')), [ids[1], ids[2]]);
  assert.deepEqual(idsOf(await lines(token, '?userId=user%201&flow_id=flow_2')), [ids[1]]);
  assert.deepEqual(await lines(token, '?userId=user_2'), []);
  assert.deepEqual(await lines(token, '?flow_id='), []);
});

test('200 with every conversation once, in many pages, whatever is said meanwhile', async () => {
  const { token, ids } = await talks(1_201, 0);
  // As if all had been counted in a hurry: more messages than a page of the database has.
  await sql(
    `insert into messages (conversation_id, id, position, role, content, created_at)
select id, 'm1', 1, 'user', json_quote(id), 1 from conversations where client_token_id = ?1`,
    token,
  );
  const exporting = lines(token);
  await sql('update conversations set updated_at = updated_at + 1000000 where client_token_id = ?1', token);
  const all = await exporting;
  assert.deepEqual(idsOf(all), ids);
  for (const { id, messages } of all) assert.deepEqual(messages.map(({ content }) => content), [id]);
});

test('200 with a conversation far larger than a page, in one line', async () => {
  const { token, ids } = await talks(3, 2);
  const sizes = [1_800_000, 1_000_000, 1_000_000, 97_300, 10, 1_800_000, 1_800_000];
  for (const [n, bytes] of sizes.entries()) {
    await sql(
      `insert into messages (conversation_id, id, position, role, content, created_at)
values (?1, ?2, ?3, 'user', json_quote(?4), 1)`,
      ids[1], `large ${n}`, n + 3, 'x'.repeat(bytes),
    );
  }
  const all = await lines(token);
  assert.deepEqual(all.map(({ messages }) => messages.length), [2, 9, 2]);
  assert.deepEqual(all[1].messages.slice(2).map(({ content }) => content.length), sizes);
});

test('200 without what was deleted', async () => {
  const { token, ids } = await talks(3, 2);
  await api('DELETE', `/v1/client-tokens/${token}/conversations/${ids[1]}`, { key });
  assert.deepEqual(idsOf(await lines(token)), [ids[0], ids[2]]);
});

test('200 with text that could break a line, unbroken', async () => {
  const { token, ids } = await talks(1, 1);
  const hostile = 'a\nb\r\n\u2028\u2029\u0000"}]}\n{"id":1}';
  await sql("update messages set content = json_quote(?1) where conversation_id = ?2", 'x', ids[0]);
  await sql('update conversations set name = ?1, origin = ?1 where id = ?2', hostile.replace('\0', ''), ids[0]);
  const all = await lines(token);
  assert.deepEqual([all.length, all[0].name], [1, hostile.replace('\0', '')]);
});

test('400 naming every parameter that is wrong', async () => {
  const { id: token } = await createToken(api, key);
  const refused = async (query) => {
    const answer = await ask(token, query);
    assert.equal(answer.status, 400);
    return faults(answer);
  };
  assert.deepEqual(await refused('?from=yesterday&to=2026-01-31&limit=1'), [
    'from INVALID_FORMAT', 'to INVALID_FORMAT', 'limit UNKNOWN_FIELD',
  ]);
  assert.deepEqual(await refused('?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z'), ['to OUT_OF_RANGE']);
  assert.deepEqual(await refused('?flowId=flow_a&flow_id=a&flow_id=b'), ['flow_id DUPLICATE_FIELD', 'flowId UNKNOWN_FIELD']);
  assert.equal((await ask('ct_1')).json.error, 'Invalid client token ID');
});

test('403, 404 and 405, each before a line is written', async () => {
  const { token } = await talks(1, 1);
  const { key: writer } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:WRITE' });
  assert.equal((await ask(token, '', writer)).status, 403);
  assert.equal((await ask(UNKNOWN_TOKEN)).json.error, 'Client token not found');
  for (const wish of [{ tenant: 'stranger' }, { environment: 'test' }]) {
    const stranger = await worker.mintKey(wish);
    assert.equal((await ask(token, '', stranger.key)).json.error, 'Client token not found');
  }
  for (const method of ['DELETE', 'POST', 'PUT']) {
    const { status, headers } = await api(method, path(token), { key });
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD']);
  }
});
