// What the browser plane leaves behind for the token's owner: conversations and their messages (contract sections 3.8 and 6).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, echoTargets } from '#support/contract.mjs';
import { holdTogether } from '#support/ledger.mjs';
import { ORIGIN, UNLIMITED, Visitor, user } from '#support/page.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, lab, sql } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a', 'flow_b', 'agent_a');

async function page(settings) {
  const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a', 'flow_b'], agentIds: ['agent_a'], ...settings });
  const visitor = (options) => new Visitor(worker.origin, token.tokenValue, options);
  const get = async (rest = '') => (await api('GET', `/v1/client-tokens/${token.id}${rest}`, { key })).json;
  return { visitor, get, list: async (query = '') => (await get(`/conversations${query}`)).conversations };
}

test('a conversation begins with the first chat, with its flow, its origin and its first words', async () => {
  const { visitor, list, get } = await page();
  const one = visitor();
  const { conversationId } = (await one.init({ flowId: 'flow_b' })).json;
  assert.deepEqual(await list(), []);
  const before = Date.now();
  await one.chat([{ id: 'welcome-1', role: 'assistant', content: 'Welcome!' }, user('Hello there', 'u1')]);
  const [{ createdAt, updatedAt, ...row }] = await list();
  assert.deepEqual(row, {
    id: conversationId, name: 'Hello there', firstMessage: 'Hello there', flowId: 'flow_b', origin: ORIGIN, userId: null, messageCount: 2,
  });
  assert.ok(Date.parse(createdAt) >= before && Date.parse(updatedAt) >= Date.parse(createdAt));
  assert.equal((await get()).clientToken.conversationCount, 1);
});

test('name and first message are cut by characters, not bytes, and never change', async () => {
  const { visitor, list } = await page();
  const one = visitor();
  await one.init();
  const text = '💥é'.repeat(150);
  await one.chat([user(text, 'u1')]);
  await one.chat([user(text, 'u1'), user('Another', 'u2')]);
  const [{ name, firstMessage }] = await list();
  assert.equal(name, '💥é'.repeat(30));
  assert.equal(firstMessage, '💥é'.repeat(100));
});

test('60 and 200 characters are kept whole', async () => {
  const { visitor, list } = await page();
  for (const [length, name, first] of [[60, 60, 60], [61, 60, 61], [200, 60, 200], [201, 60, 200]]) {
    const one = visitor();
    await one.init();
    await one.chat('x'.repeat(length));
    const [row] = await list('?limit=1');
    assert.deepEqual([row.name.length, row.firstMessage.length], [name, first], `${length}`);
    await lab.advance(1_000);
  }
});

test('the text of parts names a conversation, and without any what is attached does', async () => {
  const { visitor, list } = await page();
  const one = visitor();
  await one.init();
  await one.chat([user([{ type: 'image', image: 'aGk=' }, { type: 'text', text: 'Look' }])]);
  await lab.advance(1_000);
  const other = visitor();
  await other.init();
  await other.chat([user([{ type: 'image', image: 'aGk=' }])]);
  assert.deepEqual((await list()).map(({ name, firstMessage }) => [name, firstMessage]), [['[image]', '[image]'], ['Look', 'Look']]);
});

test('the origin is the one of the first chat, null without one', async () => {
  const { visitor, list } = await page({ allowedOrigins: ['*', 'native'] });
  const seen = [];
  for (const from of [null, 'null', 'http://LOCALHOST:3000', 'https://b.example']) {
    const one = visitor({ from });
    assert.equal((await one.init()).status, 200, `${from}`);
    await one.chat('Hello');
    const [{ origin }] = await list('?limit=1');
    seen.push(origin);
    await lab.advance(1_000);
  }
  assert.deepEqual(seen.slice(0, 2), [null, 'null']);
  assert.equal(seen[2].toLowerCase(), 'http://localhost:3000');
  assert.equal(seen[3], 'https://b.example');
});

test('counts and order follow what is said', async () => {
  const { visitor, list, get } = await page();
  const visitors = [visitor(), visitor(), visitor()];
  for (const [n, one] of visitors.entries()) {
    await one.init({ flowId: n === 2 ? 'agent_a' : 'flow_a' });
    await one.chat(`Talk ${n}`);
    await lab.advance(1_000);
  }
  await visitors[0].chat([user('Talk 0'), user('More')]);
  assert.deepEqual((await list()).map(({ name, messageCount }) => [name, messageCount]), [['Talk 0', 4], ['Talk 2', 2], ['Talk 1', 2]]);
  assert.deepEqual((await list('?flow_id=agent_a')).map(({ name }) => name), ['Talk 2']);
  assert.equal((await get()).clientToken.conversationCount, 3);
});

test('the messages are read in order, with what was sent and what answered what', async () => {
  const { visitor, list, get } = await page();
  const one = visitor();
  await one.init();
  await one.chat([user('One', 'u1')], { assistantMessageId: 'a1' });
  await one.chat([user('One', 'u1'), user([{ type: 'text', text: 'Two' }], 'u2')], { assistantMessageId: 'a2' });
  const [{ id }] = await list();
  const { conversation } = await get(`/conversations/${id}`);
  assert.deepEqual(conversation.messages.map(({ id, role, content, status, replyTo }) => [id, role, content, status, replyTo]), [
    ['u1', 'user', 'One', 'complete', null], ['a1', 'assistant', 'One', 'complete', 'u1'],
    ['u2', 'user', [{ type: 'text', text: 'Two' }], 'complete', null], ['a2', 'assistant', 'Two', 'complete', 'u2'],
  ]);
});

test('a refused chat leaves nothing behind', async () => {
  const { visitor, list } = await page({ rateLimitPerMinute: 1 });
  const [other, one] = [visitor(), visitor()];
  const { conversationId } = (await other.init()).json;
  await one.init();
  assert.equal((await one.chat('Hello', {}, { from: 'https://evil.example' })).status, 403);
  assert.deepEqual(await list(), []);
  assert.equal((await other.chat('Hello')).status, 200);
  assert.equal((await one.chat('Hello')).status, 429);
  assert.deepEqual((await list()).map(({ id }) => id), [conversationId]);
});

test('what was stored holds together', () => holdTogether(sql));
