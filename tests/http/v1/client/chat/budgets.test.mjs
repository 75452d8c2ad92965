// How much a message, a conversation and what an upstream hears of it may hold (contract section 12).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdTogether, transcript } from '#support/ledger.mjs';
import { user } from '#support/page.mjs';
import { seedMessages } from '#support/seed.mjs';
import { answers } from '#support/upstream.mjs';
import { api, key, sql, token, upstream, visitor } from './set-up.mjs';

const told = () => upstream.last.body.messages;
const KIB = 1024;

test('200 with 512 KiB of text for the upstream of a conversation that has far more, and the question always', async () => {
  const one = await visitor();
  await one.chat([user('First', 'u0')]);
  const big = (n) => ({ id: `b${n}`, role: 'user', content: 'x' });
  // Past the Worker: as many bytes as would have been sent whole before.
  for (let n = 0; n < 20; n += 1) {
    await sql(
      `insert into messages (conversation_id, id, position, role, content, created_at)
values (?1, ?2, 3 + ?3, 'user', json_quote(?4), 1)`,
      one.conversation, `b${n}`, n, 'x'.repeat(250 * KIB),
    );
  }
  const page = Array.from({ length: 20 }, (_, n) => big(n));
  assert.equal((await one.chat([...page, user('Short', 'u1')])).status, 200);
  assert.deepEqual(told().map(({ id }) => id), ['b18', 'b19', 'u1']);
  const question = 'q'.repeat(600 * KIB);
  assert.equal((await one.chat([...page, user(question, 'u2')])).status, 200);
  assert.deepEqual(told().map(({ id }) => id), ['u2']);
});

test('200 with the latest pictures whole and the names of older ones, though none is larger than may be', async () => {
  const one = await visitor();
  const picture = (n) => user([{ type: 'text', text: '' }, { type: 'image', image: `data:image/png;base64,${'A'.repeat(980 * KIB)}`, mimeType: 'image/png' }], `p${n}`);
  const file = user([{ type: 'file', data: 'QQ=='.repeat(240 * KIB), mimeType: 'text/plain', filename: 'a.txt' }], 'p0');
  assert.equal((await one.chat([file])).status, 200);
  for (let n = 1; n <= 6; n += 1) assert.equal((await one.chat([picture(n)])).status, 200);
  const page = Array.from({ length: 7 }, (_, n) => user('x', `p${n}`));
  assert.equal((await one.chat([...page, user('And?', 'u1')])).status, 200);
  const media = ({ content }) => (Array.isArray(content) ? content.map((part) => part.image?.length ?? part.data?.length ?? part.text) : content);
  assert.deepEqual(told().map(media), [['[file: a.txt]'], ...Array(6).fill(['', 980 * KIB + 22]), 'And?']);
});

test('200 with a name and a first message for a conversation that begins with a picture', async () => {
  const one = await visitor();
  await one.chat([user([{ type: 'text', text: '' }, { type: 'image', image: 'AA==' }])]);
  const other = await visitor();
  await other.chat([user([{ type: 'file', data: 'AA==', mimeType: 'text/plain', filename: 'a.txt' }])]);
  const { conversations } = (await api('GET', `/v1/client-tokens/${token.id}/conversations`, { key })).json;
  const shown = (id) => conversations.filter((row) => row.id === id).map(({ name, firstMessage }) => [name, firstMessage]);
  assert.deepEqual(shown(one.conversation), [['[image]', '[image]']]);
  assert.deepEqual(shown(other.conversation), [['[file: a.txt]', '[file: a.txt]']]);
});

test('409 for a question to a conversation of 1,999 messages, which had room for the answer to the last one', async () => {
  const one = await visitor();
  await one.chat([user('One', 'u1')]);
  await sql('delete from messages where conversation_id = ?1', one.conversation);
  await seedMessages(sql, { conversation: one.conversation, count: 1_998 });
  assert.equal((await one.chat([user('Last', 'last')], { assistantMessageId: 'a1' })).status, 200);
  const asked = upstream.asked.length;
  const full = await one.chat([user('More', 'more')]);
  assert.deepEqual([full.status, full.json.code], [409, 'conversation_full']);
  assert.match(full.json.hint, /begin another/i);
  assert.equal(upstream.asked.length, asked);
  assert.equal((await transcript(sql, one.conversation)).length, 2_000);
  assert.equal((await one.chat([user('Last', 'last')])).status, 200, 'what was answered is still given again');
  await one.init();
  assert.equal((await one.chat([user('More', 'more')])).status, 200, 'another conversation');
});

test('409 for all but those that fit, of ten questions at once to a conversation that is nearly full', async () => {
  const one = await visitor();
  await one.chat([user('One', 'u1')]);
  await sql('delete from messages where conversation_id = ?1', one.conversation);
  await seedMessages(sql, { conversation: one.conversation, count: 1_998 });
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  upstream.play = async (...args) => {
    await opened;
    answers('Answer')(...args);
  };
  const all = Promise.all(Array.from({ length: 10 }, (_, n) => one.chat([user(`More ${n}`, `more${n}`)])));
  setTimeout(open, 500);
  const statuses = (await all).map(({ status }) => status).sort();
  upstream.play = answers('Answer');
  assert.deepEqual(statuses, [200, ...Array(9).fill(409)]);
  assert.equal((await transcript(sql, one.conversation)).length, 2_000);
});

test('409 for a conversation of 32 MiB', async () => {
  const one = await visitor();
  await one.chat([user('One', 'u1')]);
  await sql('update conversations set byte_count = 33554432 - 3 where id = ?1', one.conversation);
  const full = await one.chat([user('22', 'u2')]);
  assert.deepEqual([full.status, full.json.code], [409, 'conversation_full']);
  assert.equal((await one.chat([user('1', 'u2')])).status, 200);
  await sql('update conversations set byte_count = (select sum(bytes) from messages where conversation_id = ?1) where id = ?1', one.conversation);
});

test('what was stored holds together', () => holdTogether(sql));

test('413 for more than 64 KiB of inputs, context and metadata together, and for more than 128 KiB of tools', async () => {
  const one = await visitor();
  const asked = upstream.asked.length;
  const tool = (bytes) => ({ name: 'a', description: 'x'.repeat(bytes), parametersSchema: { type: 'object' } });
  for (const more of [
    { context: { a: 'x'.repeat(7.5e6) } }, { inputs: { a: 'x'.repeat(64 * KIB) } },
    { inputs: { a: 'x'.repeat(30 * KIB) }, context: { a: 'x'.repeat(20 * KIB) }, metadata: { a: 'x'.repeat(20 * KIB) } },
    { clientTools: [tool(4e6)] }, { clientTools: [tool(70 * KIB), { ...tool(70 * KIB), name: 'b' }] },
  ]) {
    const { status, json, cost } = await one.chat('Hello', more);
    assert.deepEqual([status, json.code, cost.trips], [413, 'message_too_large', 0]);
    assert.match(json.hint, /64 KiB|128 KiB/);
  }
  assert.equal(upstream.asked.length, asked);
  assert.deepEqual(await transcript(sql, one.conversation), []);
});

test('200 with 512 KiB of text for the upstream in all: what the page tells and its tools take their part', async () => {
  const one = await visitor();
  const said = Array.from({ length: 6 }, (_, n) => user('x'.repeat(100 * KIB), `u${n}`));
  const clientTools = [{ name: 'a', description: 'x'.repeat(120 * KIB), parametersSchema: { type: 'object' } }];
  assert.equal((await one.chat(said)).status, 200);
  assert.equal(told().length, 5);
  assert.equal((await one.chat([...said, user('And?', 'last')], { clientTools, context: { a: 'x'.repeat(60 * KIB) } })).status, 200);
  assert.deepEqual(told().map(({ id }) => id), ['u3', 'u4', 'u5', 'last']);
});
