// What the upstream hears of a transcript: in the page's order, what is stored of it (contract section 6.2).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatCounts, holdTogether } from '#support/ledger.mjs';
import { user } from '#support/page.mjs';
import { said } from '#support/stream.mjs';
import { answers } from '#support/upstream.mjs';
import { api, assistant, key, sql, stored, token, told, upstream, visitor } from './set-up.mjs';

test('200 with parts of every type, stored and passed on as they are', async () => {
  const one = await visitor();
  const parts = [
    { type: 'text', text: 'Look' },
    { type: 'image', image: 'data:image/png;base64,aGk=', mimeType: 'image/png' },
    { type: 'image', image: 'https://app.example.com/a.png' },
    { type: 'file', data: 'aGk=', mimeType: 'text/plain', filename: 'a.txt' },
    { type: 'reasoning', text: 'Hm' },
  ];
  assert.equal((await one.chat([user(parts, 'u1')])).status, 200);
  assert.deepEqual((await stored(one))[0], ['u1', 'user', parts]);
  assert.deepEqual(told()[0], ['u1', 'user', parts]);
});

test('200 with displayContent kept for the owner, and not told to the upstream', async () => {
  const one = await visitor();
  await one.chat([{ ...user('The long prompt', 'u1'), displayContent: 'Short' }]);
  const path = `/v1/client-tokens/${token.id}/conversations/${one.conversation}`;
  const { json } = await api('GET', path, { key });
  assert.deepEqual(json.conversation.messages.map(({ displayContent }) => displayContent), ['Short', null]);
  assert.doesNotMatch(JSON.stringify(upstream.last.body), /Short/);
});

test('200 with inputs and context told to one\'s own backend, and metadata as what nobody vouches for', async () => {
  const one = await visitor();
  const page = { inputs: { plan: 'gold' }, context: { url: '/x', nested: [1] }, metadata: { a: null } };
  await one.chat('Hello', page);
  const { inputs, context, metadata } = upstream.last.body;
  const unverified = { metadata: { a: null } };
  assert.deepEqual({ inputs, context, metadata }, { inputs: page.inputs, context: { ...page.context, unverified }, metadata: {} });
});

/** Chats that bring `count` new messages of the visitor, u0, u1, …; the page that has sent them. */
async function filled(one, count) {
  const page = [];
  while (page.length < count) {
    const more = Math.min(50, count - page.length);
    page.push(...Array.from({ length: more }, (_, n) => user(`Message ${page.length + n}`, `u${page.length + n}`)));
    assert.equal((await one.chat(page)).status, 200);
  }
  return page;
}

test('200 with the latest 200 messages for the upstream, ending with the new one', async () => {
  const one = await visitor();
  const page = await filled(one, 230);
  assert.deepEqual([told().length, told().at(-1)], [200, ['u229', 'user', 'Message 229']]);
  assert.equal((await one.chat([...page, user('Last', 'last')])).status, 200);
  assert.deepEqual([told().length, told().at(-1)], [200, ['last', 'user', 'Last']]);
});

test('200 with the question last for the upstream, however long ago it was stored', async () => {
  const one = await visitor();
  upstream.play = (response) => response.writeHead(503).end();
  assert.equal((await one.chat([user('Long ago', 'old')])).status, 502);
  upstream.play = answers('Answer');
  const page = await filled(one, 230);
  assert.equal((await one.chat([...page, user('Long ago', 'old')])).status, 200);
  assert.deepEqual(told().at(-1), ['old', 'user', 'Long ago']);
});

test('200 with the page\'s list: cleared, turned round, and nothing that it doesn\'t list', async () => {
  const one = await visitor();
  await one.chat([user('One', 'u1')], { assistantMessageId: 'a1' });
  await one.chat([user('Two', 'u2')], { assistantMessageId: 'a2' });
  assert.deepEqual(told(), [['u2', 'user', 'Two']], 'a chat that was cleared');
  await one.chat([assistant('x', 'a2'), user('x', 'u1'), assistant('x', 'a1'), user('Three', 'u3')], { assistantMessageId: 'a3' });
  assert.deepEqual(told().map(([id]) => id), ['a2', 'u1', 'a1', 'u3']);
  assert.deepEqual((await stored(one)).map(([id]) => id), ['u1', 'a1', 'u2', 'a2', 'u3', 'a3'], 'the store keeps everything');
});

test('200 with what the page put in as page context, latest first, beside the context and never in a role', async () => {
  const one = await visitor();
  const page = [
    assistant('Hi!', 'welcome-1'), { id: 'system-1', role: 'system', content: 'The cart is empty' }, user('Hello', 'u1'),
  ];
  await one.chat(page, { assistantMessageId: 'a1', context: { url: '/x' } });
  const put = [{ role: 'system', text: 'The cart is empty' }];
  assert.deepEqual(upstream.last.body.context, { url: '/x', pageMessages: put });
  page.push(assistant('Answer', 'a1'), assistant('Found 5 products', 'ast_1'), user('Which?', 'u2'));
  await one.chat(page, { assistantMessageId: 'a2' });
  assert.deepEqual(upstream.last.body.context, { pageMessages: [{ role: 'assistant', text: 'Found 5 products' }, ...put] });
  assert.deepEqual(told().map(([id]) => id), ['u1', 'a1', 'u2']);
});

test('200 without page context in a transcript of the widget\'s own, failed turns among it', async () => {
  const one = await visitor();
  upstream.play = (response) => response.writeHead(503).end();
  const page = [assistant('Hi!', 'welcome-1'), user('One', 'u1')];
  assert.equal((await one.chat(page, { assistantMessageId: 'a1' })).status, 502);
  upstream.play = answers('Answer');
  page.push(assistant('This site\'s own words for a failure', 'a1'), user('Two', 'u2'));
  await one.chat(page, { assistantMessageId: 'a2' });
  page.push(assistant('Answer', 'a2'), assistant('Sorry: I couldn\'t reach the assistant. Details: 429', 'ast_9'), user('Three', 'u3'));
  await one.chat(page, { assistantMessageId: 'a3' });
  assert.deepEqual(upstream.last.body.context, {});
  assert.deepEqual(told().map(([id]) => id), ['u1', 'u2', 'a2', 'u3']);
});

test('200 that runs anew for an answered question with something put in behind it, and else replays', async () => {
  const one = await visitor();
  const page = [user('Find shoes', 'u1')];
  await one.chat(page, { assistantMessageId: 'a1' });
  page.push(assistant('Answer', 'a1'));
  const asked = upstream.asked.length;
  assert.equal((await one.chat(page, { assistantMessageId: 'a2' })).status, 200);
  assert.equal(upstream.asked.length, asked, 'nothing new: a replay');
  page.push(assistant('Found 5 products', 'ast_1'));
  upstream.play = answers('The red ones');
  const { frames } = await one.chat(page, { assistantMessageId: 'a2' });
  assert.equal(said(frames), 'The red ones');
  assert.equal(upstream.asked.length, asked + 1);
  assert.deepEqual(told(), [['u1', 'user', 'Find shoes'], ['a1', 'assistant', 'Answer']]);
  assert.deepEqual(upstream.last.body.context.pageMessages, [{ role: 'assistant', text: 'Found 5 products' }]);
  assert.deepEqual(await chatCounts(sql, one.conversation), [2]);
  upstream.play = answers('Answer');
  const again = await one.chat([user('Find shoes', 'u1')]);
  assert.equal(said(again.frames), 'The red ones', 'the latest answer is the one that is given again');
  // This question has two answers, as it should: the last test looks for such.
  await sql("delete from messages where conversation_id = ?1 and id = 'a2'", one.conversation);
});

test('what was stored holds together', () => holdTogether(sql));
