// Tools of the page, called by an OpenAI-compatible model: await, pause, resume (contract sections 6.4 and 7).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatCounts, holdTogether } from '#support/ledger.mjs';
import { user } from '#support/page.mjs';
import { holdToTheNumbers, said, types } from '#support/stream.mjs';
import { says } from '#support/upstream.mjs';
import { ADD, ASK, TOOLS, answer, calls, paused, sql, upstream, visitor } from './set-up.mjs';

test('200 that ends with an await for each call, without an end of the turn', async () => {
  const one = await paused(ADD, ASK);
  const { frames } = one;
  holdToTheNumbers(frames);
  assert.deepEqual(types(frames), ['execution_start', 'turn_start', 'text_start', 'text_delta', 'text_complete', 'await', 'await']);
  const asked = frames.filter(({ type }) => type === 'await');
  assert.deepEqual(asked.map(({ toolName, toolCallId, parameters, origin }) => [toolName, toolCallId, parameters, origin]), [
    ['shop.add', 'c1', { id: 'x' }, 'webmcp'], ['ask_user', 'c2', {}, 'sdk'],
  ]);
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.', 'partial', 'u1']);
});

test('200 with the page\'s tools offered to the model, under names it may use', async () => {
  await paused(ADD);
  assert.deepEqual(upstream.last.body.tools, [
    { type: 'function', function: { name: 'shop_add', description: 'Adds', parameters: TOOLS[0].parametersSchema } },
    { type: 'function', function: { name: 'ask_user', description: 'Asks', parameters: TOOLS[1].parametersSchema } },
  ]);
});

test('200 for a resumption: the model sees call and result, the answer is one', async () => {
  const one = await paused(ADD);
  upstream.play = says('It is ', 'in the cart.');
  const { status, frames } = await one.resume(one.execution, { c1: { content: [{ type: 'text', text: 'ok' }] } });
  assert.equal(status, 200);
  holdToTheNumbers(frames);
  assert.equal(frames[0].executionId, one.execution);
  assert.deepEqual(types(frames), ['turn_start', 'text_start', 'text_delta', 'text_complete', 'turn_complete', 'execution_complete']);
  const before = new Set(one.frames.map(({ id }) => id).filter(Boolean));
  assert.ok(!frames.some(({ id }) => before.has(id)), 'ids of blocks come once in an execution');

  const { messages, tools } = upstream.last.body;
  const [asked, told] = messages.slice(-2);
  assert.deepEqual([asked.role, asked.content], ['assistant', 'Let me see.']);
  const [{ id, type, function: { name, arguments: json } }] = asked.tool_calls;
  assert.deepEqual([id, type, name, JSON.parse(json)], ['c1', 'function', 'shop_add', { id: 'x' }]);
  assert.deepEqual([told.role, told.tool_call_id, JSON.parse(told.content)], ['tool', 'c1', { content: [{ type: 'text', text: 'ok' }] }]);
  assert.match(messages.at(-3).content, /gold[^]*Buy x$/, 'the page\'s inputs are still there');
  assert.equal(messages.length, 3, 'its own half answer isn\'t told twice');
  assert.equal(tools.length, 2);

  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.\n\nIt is in the cart.', 'complete', 'u1']);
  assert.deepEqual(await chatCounts(sql, one.conversation), [1], 'a resumption is no message');
});

test('200 with results under the name of the tool, the widget\'s prefix before it or not', async () => {
  for (const name of ['shop.add', 'webmcp:shop.add']) {
    const one = await paused(ADD);
    upstream.play = says('Done');
    const { frames } = await one.resume(one.execution, { [name]: 'ok' });
    assert.equal(said(frames), 'Done');
    assert.equal(upstream.last.body.messages.at(-1).content, 'ok');
  }
});

test('200 that asks the page again for its missing results, the widget not, and the model neither', async () => {
  const one = await paused(ADD, ASK);
  const asked = upstream.asked.length;
  const nothing = await one.resume(one.execution, { other: 1 });
  assert.equal(nothing.status, 200);
  assert.deepEqual(nothing.frames.map(({ type, toolCallId }) => [type, toolCallId]), [['await', 'c1']]);
  const first = await one.resume(one.execution, { c1: 'one' });
  assert.deepEqual([first.status, first.frames], [200, []]);
  assert.equal(upstream.asked.length, asked);
  upstream.play = says('Done');
  const { frames } = await one.resume(one.execution, { ask_user: null });
  assert.equal(said(frames), 'Done');
  assert.deepEqual(upstream.last.body.messages.slice(-2).map(({ tool_call_id: id, content }) => [id, content]), [['c1', 'one'], ['c2', 'null']]);
});

test('200 for a pause after a pause', async () => {
  const one = await paused(ADD);
  upstream.play = calls('And now?', ASK);
  const { frames } = await one.resume(one.execution, { c1: 1 });
  assert.equal(frames.at(-1).type, 'await');
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.\n\nAnd now?', 'partial', 'u1']);
  upstream.play = says('Done');
  assert.equal((await one.resume(one.execution, { c2: 'yes' })).frames.at(-1).type, 'execution_complete');
  assert.deepEqual(upstream.last.body.messages.map(({ role }) => role), ['user', 'assistant', 'tool', 'assistant', 'tool']);
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.\n\nAnd now?\n\nDone', 'complete', 'u1']);
});

test('200 under a fresh id of the same session', async () => {
  const one = await paused(ADD);
  await one.init({ sessionId: one.session });
  upstream.play = says('Done');
  assert.equal((await one.resume(one.execution, { c1: 1 })).status, 200);
});

test('200 with the thread of the chat in all of its legs, whatever was said meanwhile', async () => {
  const one = await visitor();
  upstream.play = says('Answer');
  await one.chat([user('Old', 'u0')], { assistantMessageId: 'a0' });
  await one.chat([user('Cleared', 'ux')], { assistantMessageId: 'ax' });
  upstream.play = calls('Let me see.', ADD);
  const page = [{ role: 'system', id: 's1', content: 'Cart: 2' }, user('x', 'u0'), { role: 'assistant', id: 'a0', content: 'x' }, user('Buy x', 'u1')];
  const { frames } = await one.chat(page, { assistantMessageId: 'a1', clientTools: TOOLS });
  const before = upstream.last.body.messages;
  assert.deepEqual(before.map(({ role }) => role), ['user', 'assistant', 'user']);
  assert.match(before[2].content, /pageMessages[^]*Cart: 2[^]*Buy x$/);
  upstream.play = says('Meanwhile');
  await one.chat([...page, user('Hurry', 'u2')], { assistantMessageId: 'a2' });
  await one.resume(frames[0].executionId, { c1: 1 });
  assert.deepEqual(upstream.last.body.messages.slice(0, 3), before);
});

test('200 with the visitor\'s answer between the pieces of the assistant\'s, where the page shows it', async () => {
  const one = await paused(ASK);
  upstream.play = says('Red it is.');
  await one.resume(one.execution, { ask_user: 'Red' });
  upstream.play = says('Bye');
  const page = [
    user('Buy x', 'u1'), { id: 'a1', role: 'assistant', content: 'Let me see.' },
    { id: 'ask-user-q-c2-0', role: 'assistant', content: 'Which colour?' }, user('Red', 'ask-user-a-c2-0'),
    { id: 'assistant-1', role: 'assistant', content: 'Red it is.' }, user('Bye', 'u2'),
  ];
  await one.chat(page, { assistantMessageId: 'a2' });
  const told = upstream.last.body.messages;
  assert.deepEqual(told.slice(0, -1).map(({ role, content }) => [role, content]), [
    ['user', 'Buy x'], ['assistant', 'Let me see.'], ['user', 'Red'], ['assistant', 'Red it is.'],
  ]);
  assert.match(told.at(-1).content, /Which colour\?[^]*Bye$/);
});

test('200 for a call without a word before it: nothing is stored until there is one', async () => {
  const one = await visitor();
  upstream.play = calls('', ADD);
  const { frames } = await one.chat([user('Buy x', 'u1')], { assistantMessageId: 'a1', clientTools: TOOLS });
  assert.deepEqual(types(frames), ['execution_start', 'turn_start', 'await']);
  assert.equal(await answer(one), undefined);
  upstream.play = says('Done');
  await one.resume(frames[0].executionId, { c1: 1 });
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Done', 'complete', 'u1']);
});

test('200 for the tools as they are now, and 409 for a fingerprint that isn\'t stored', async () => {
  const one = await paused(ADD);
  const refused = await one.resume(one.execution, { c1: 1 }, { clientToolsFingerprint: 'f9' });
  assert.deepEqual([refused.status, refused.json.error], [409, 'client_tools_resend_required']);
  upstream.play = calls('More.', ASK);
  await one.resume(one.execution, { c1: 1 }, { clientTools: TOOLS.slice(1), clientToolsFingerprint: 'f2' });
  assert.deepEqual(upstream.last.body.tools.map(({ function: { name } }) => name), ['ask_user']);
  upstream.play = says('Done');
  await one.resume(one.execution, { c2: 1 }, { clientToolsFingerprint: 'f2' });
  assert.deepEqual(upstream.last.body.tools.map(({ function: { name } }) => name), ['ask_user']);
});

test('what was stored holds together', () => holdTogether(sql));
