// Tools of the page, called by an OpenAI-compatible model: await, pause, resume (contract sections 6.4 and 7).
// It is here because one answer then spans several requests, which may come twice, too late, or from somebody else.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, faults } from './support/contract.mjs';
import { chatCounts, holdTogether, transcript } from './support/ledger.mjs';
import { UNLIMITED, Visitor, user } from './support/page.mjs';
import { holdToTheNumbers, said, types } from './support/stream.mjs';
import { DONE, begin, chunk, says, startUpstream, word } from './support/upstream.mjs';
import { start } from './support/worker.mjs';

const worker = await start({ hasLab: true });
const upstream = await startUpstream();
after(() => worker.stop().finally(upstream.stop));
const { api, lab, sql } = worker;
const { key } = await worker.mintKey();
await api('PUT', '/v1/targets/agent_ai', { key, body: { upstream: { kind: 'openai', baseUrl: upstream.url, model: 'model-1' } } });
const token = await createToken(api, key, { ...UNLIMITED, agentIds: ['agent_ai'], maxMessagesPerSession: 100 });

const TOOLS = [
  { name: 'shop.add', description: 'Adds', parametersSchema: { type: 'object', properties: { id: { type: 'string' } } }, origin: 'webmcp' },
  { name: 'ask_user', description: 'Asks', parametersSchema: { type: 'object', properties: {} }, origin: 'sdk' },
];
const ADD = { id: 'c1', function: { name: 'shop_add', arguments: '{"id":"x"}' } };
const ASK = { id: 'c2', function: { name: 'ask_user', arguments: '' } };

/** A play that says `text` and calls tools, their arguments in fragments. */
const calls = (text, ...tools) => (response) => {
  begin(response);
  if (text) response.write(word(text));
  for (const [index, { id, function: { name, arguments: json } }] of tools.entries()) {
    response.write(chunk({ delta: { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] } }));
    for (const piece of json.match(/.{1,4}/g) ?? []) {
      response.write(chunk({ delta: { tool_calls: [{ index, function: { arguments: piece } }] } }));
    }
  }
  response.end(chunk({ delta: {}, finish_reason: 'tool_calls' }) + DONE);
};
async function visitor() {
  const one = new Visitor(worker.origin, token.tokenValue);
  one.conversation = (await one.init()).json.conversationId;
  return one;
}
/** A visitor whose model waits for these tools. */
async function paused(...tools) {
  const one = await visitor();
  upstream.play = calls('Let me see.', ...tools);
  const more = { assistantMessageId: 'a1', clientTools: TOOLS, clientToolsFingerprint: 'f1', inputs: { plan: 'gold' } };
  const { status, frames } = await one.chat([user('Buy x', 'u1')], more);
  assert.equal(status, 200);
  return Object.assign(one, { frames, execution: frames[0].executionId });
}
const answer = async (one) => (await transcript(sql, one.conversation)).find(([, role]) => role === 'assistant');

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

test('404 for the same resumption again, and for what never paused', async () => {
  const one = await paused(ADD);
  upstream.play = says('Done');
  await one.resume(one.execution, { c1: 1 });
  const asked = upstream.asked.length;
  for (const id of [one.execution, 'exec_x', `${one.execution}x`]) {
    const { status, json } = await one.resume(id, { c1: 1 });
    assert.deepEqual([status, json.error], [404, 'No such paused execution']);
  }
  assert.equal(upstream.asked.length, asked);
});

test('404 in another conversation, 200 in a later session of the same one, with the tools of the earlier', async () => {
  const one = await paused(ADD);
  assert.equal((await (await visitor()).resume(one.execution, { c1: 1 })).status, 404);
  await lab.advance(31 * 60_000);
  assert.equal((await one.resume(one.execution, { c1: 1 })).status, 401, 'the session is over');
  await one.init({ sessionId: one.session });
  upstream.play = says('Done');
  const { status, frames } = await one.resume(one.execution, { c1: 1 }, { clientToolsFingerprint: 'f1' });
  assert.deepEqual([status, said(frames)], [200, 'Done']);
  assert.equal(upstream.last.body.tools.length, 2);
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.\n\nDone', 'complete', 'u1']);
});

test('200 under a fresh id of the same session', async () => {
  const one = await paused(ADD);
  await one.init({ sessionId: one.session });
  upstream.play = says('Done');
  assert.equal((await one.resume(one.execution, { c1: 1 })).status, 200);
});

test('200 for one and 404 for the others of twenty resumptions at once, of which the model hears one', async () => {
  const one = await paused(ADD);
  upstream.play = says('Done');
  const asked = upstream.asked.length;
  const answers = await Promise.all(Array.from({ length: 20 }, () => one.resume(one.execution, { c1: 1 })));
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, ...Array(19).fill(404)]);
  assert.equal(upstream.asked.length, asked + 1);
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.\n\nDone', 'complete', 'u1']);
  assert.equal((await one.resume(one.execution, { c1: 1 })).status, 404);
});

test('502 for a model that fails in a resumption, which may be tried again with nothing sent anew', async () => {
  const one = await paused(ADD);
  upstream.play = (response) => response.writeHead(500).end();
  assert.equal((await one.resume(one.execution, { c1: 'kept' })).status, 502);
  upstream.play = says('Done');
  const { frames } = await one.resume(one.execution, {});
  assert.equal(said(frames), 'Done');
  assert.equal(upstream.last.body.messages.at(-1).content, 'kept');
});

test('200 once for two resumptions at once that bring one result each', async () => {
  const one = await paused(ADD, ASK);
  upstream.play = says('Done');
  const asked = upstream.asked.length;
  const outputs = [{ c1: 'one' }, { c2: 'two' }];
  const answers = await Promise.all(outputs.map((output) => one.resume(one.execution, output)));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
  assert.equal(answers.map(({ frames }) => said(frames)).join(''), 'Done');
  assert.equal(upstream.asked.length, asked + 1);
  assert.deepEqual(upstream.last.body.messages.slice(-2).map(({ content }) => content), ['one', 'two']);
});

test('429 for a resumption beyond the limit, which may be tried again with nothing lost', async () => {
  const limited = await createToken(api, key, { ...UNLIMITED, agentIds: ['agent_ai'], rateLimitPerMinute: 3, maxMessagesPerSession: 1 });
  const one = new Visitor(worker.origin, limited.tokenValue);
  await one.init();
  upstream.play = calls('Let me see.', ADD);
  const { frames } = await one.chat([user('Buy x', 'u1')], { clientTools: TOOLS });
  const execution = frames[0].executionId;
  const asked = upstream.asked.length;
  assert.equal((await one.resume(execution, { other: 1 })).status, 200, 'the third admitted request');
  for (let n = 0; n < 20; n += 1) {
    const refused = await one.resume(execution, { c1: 1 });
    assert.equal(refused.status, 429);
    assert.ok(refused.json.hint && refused.headers['retry-after']);
  }
  assert.equal(upstream.asked.length, asked);
  await lab.advance(61_000);
  upstream.play = says('Done');
  const { status, headers, frames: last } = await one.resume(execution, { c1: 1 });
  assert.deepEqual([status, said(last)], [200, 'Done']);
  assert.ok(headers.ratelimit && headers['ratelimit-policy']);
});

test('execution_error for the seventeenth leg of an execution', async () => {
  const one = await paused(ADD);
  upstream.play = calls('', ADD);
  for (let leg = 2; leg <= 16; leg += 1) {
    const { status, frames } = await one.resume(one.execution, { 'shop.add': leg });
    assert.deepEqual([status, frames.at(-1).type], [200, 'await'], `leg ${leg}`);
  }
  const asked = upstream.asked.length;
  const { status, frames } = await one.resume(one.execution, { 'shop.add': 17 });
  assert.equal(status, 200);
  assert.deepEqual([frames.at(-1).type, frames.at(-1).error.code], ['execution_error', 'too_many_legs']);
  assert.equal(upstream.asked.length, asked);
  assert.equal((await one.resume(one.execution, { 'shop.add': 18 })).status, 404);
});

test('200 for results as deep as a body may be, and for the resumption after them', async () => {
  const one = await paused(ADD, ASK);
  const deep = `${'['.repeat(124)}1${']'.repeat(124)}`;
  const body = (outputs) => `{"sessionId":"${one.session}","executionId":"${one.execution}","toolOutputs":${outputs}}`;
  assert.equal((await one.ask('resume', body(`{"c1":${deep}}`))).status, 200);
  upstream.play = says('Done');
  const { status, frames } = await one.ask('resume', body('{"c2":"two"}'));
  assert.deepEqual([status, said(frames)], [200, 'Done']);
  assert.equal(upstream.last.body.messages.at(-2).content, deep);
});

test('413 for results over 256 KiB and for more than 1 MiB to remember, and nothing of them is kept', async () => {
  const one = await paused(ADD);
  const output = (bytes) => ({ 'shop.add': 'x'.repeat(bytes - '{"shop.add":""}'.length) });
  const tooLarge = await one.resume(one.execution, output(256 * 1024 + 1));
  assert.equal(tooLarge.status, 413);
  for (let n = 0; n < 3; n += 1) {
    upstream.play = calls('', ADD);
    assert.equal((await one.resume(one.execution, output(256 * 1024))).status, 200);
  }
  const asked = upstream.asked.length;
  assert.equal((await one.resume(one.execution, output(256 * 1024))).status, 413);
  assert.equal(upstream.asked.length, asked);
  upstream.play = says('Done');
  assert.equal((await one.resume(one.execution, { 'shop.add': 'small' })).status, 200);
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

test('execution_error for a call of a tool that the page doesn\'t have, 502 if it is the first word', async () => {
  const UNKNOWN = { id: 'c9', function: { name: 'rm_rf', arguments: '{}' } };
  const one = await visitor();
  upstream.play = calls('Let me see.', UNKNOWN);
  const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1', clientTools: TOOLS });
  assert.deepEqual([frames.at(-1).type, frames.at(-1).error.code], ['execution_error', 'unknown_tool']);
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.', 'partial', 'u1']);
  assert.equal((await one.resume(frames[0].executionId, {})).status, 404);
  upstream.play = calls('', UNKNOWN);
  assert.equal((await (await visitor()).chat('Hello')).status, 502);
});

test('execution_error for a pause that is too large to be kept: what was said is partial', async () => {
  const one = await visitor();
  const text = 'x'.repeat(700_000);
  upstream.play = calls(text, ADD);
  const more = { assistantMessageId: 'a1', clientTools: TOOLS, inputs: { page: 'x'.repeat(400_000) } };
  const { frames } = await one.chat([user('Hello', 'u1')], more);
  assert.deepEqual([frames.at(-1).type, frames.at(-1).error.code], ['execution_error', 'pause_too_large']);
  assert.ok(!types(frames).includes('await'));
  assert.deepEqual(await answer(one), ['a1', 'assistant', text, 'partial', 'u1']);
  assert.equal((await one.resume(frames[0].executionId, { c1: 1 })).status, 404);
});

test('execution_error for arguments that aren\'t an object', async () => {
  for (const json of ['{"id":', '[1]', '"x"', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`]) {
    const one = await visitor();
    upstream.play = calls('Let me see.', { id: 'c1', function: { name: 'shop_add', arguments: json } });
    const { frames } = await one.chat('Hello', { clientTools: TOOLS });
    assert.deepEqual([frames.at(-1).type, frames.at(-1).error.code], ['execution_error', 'invalid_tool_call']);
  }
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

test('400 with every fault of a resumption, 200 with more than is known', async () => {
  const one = await paused(ADD);
  const bad = await one.ask('resume', { toolOutputs: [], clientTools: 7 });
  assert.equal(bad.status, 400);
  assert.deepEqual(faults(bad), [
    'sessionId MISSING_REQUIRED_FIELD', 'executionId MISSING_REQUIRED_FIELD', 'toolOutputs INVALID_TYPE', 'clientTools INVALID_TYPE',
  ]);
  upstream.play = says('Done');
  assert.equal((await one.resume(one.execution, { c1: 1 }, { streamResponse: true, assistantMessageId: 'a1', visitor: 1 })).status, 200);
});

test('what was stored holds together', () => holdTogether(sql));
