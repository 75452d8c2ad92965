// POST /v1/client/chat: the stream, its headers and its cost, and when it is replayed (contract sections 6.2 and 7).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, echoTargets } from '#support/contract.mjs';
import { chatCounts, holdTogether, transcript } from '#support/ledger.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { holdToTheNumbers, said, types } from '#support/stream.mjs';
import { answers, startUpstream } from '#support/upstream.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
const upstream = await startUpstream();
after(() => worker.stop().finally(upstream.stop));
const { api, lab, sql } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a', 'agent_a');
await api('PUT', '/v1/targets/flow_mine', { key, body: { upstream: { kind: 'events', baseUrl: upstream.url } } });
const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a', 'flow_mine'], agentIds: ['agent_a'] });

/** A visitor with a session of their own; their conversation is `visitor.conversation`. */
async function visitor(flowId = 'flow_a', settings) {
  const { tokenValue } = settings ? await createToken(api, key, { ...UNLIMITED, flowIds: [flowId], ...settings }) : token;
  const one = new Visitor(worker.origin, tokenValue);
  one.conversation = (await one.init({ flowId })).json.conversationId;
  return one;
}
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Frames without what differs from run to run. */
function settled(frames) {
  const { executionId } = frames[0];
  return frames.map(({ executionId: _, seq, startedAt, completedAt, ...rest }) => {
    for (const time of [startedAt, completedAt]) if (time !== undefined) assert.match(time, moment);
    return { ...rest, ...(rest.id && { id: rest.id.replace(executionId, 'X') }) };
  });
}

test('200 with the frames of an agent, in order', async () => {
  const one = await visitor('agent_a');
  const { status, frames } = await one.chat('How are you?');
  assert.equal(status, 200);
  holdToTheNumbers(frames);
  assert.match(frames[0].executionId, /^exec_/);
  assert.deepEqual(settled(frames), [
    { type: 'execution_start', kind: 'agent' },
    { type: 'turn_start', id: 'turn_X_1', role: 'assistant', iteration: 1 },
    { type: 'text_start', id: 'text_X_1' },
    { type: 'text_delta', id: 'text_X_1', delta: 'How ' },
    { type: 'text_delta', id: 'text_X_1', delta: 'are ' },
    { type: 'text_delta', id: 'text_X_1', delta: 'you?' },
    { type: 'text_complete', id: 'text_X_1', text: 'How are you?' },
    { type: 'turn_complete', id: 'turn_X_1', role: 'assistant', iteration: 1, stopReason: 'end_turn' },
    { type: 'execution_complete', kind: 'agent', success: true },
  ]);
  assert.ok('startedAt' in frames[0] && 'completedAt' in frames.at(-1));
});

test('200 with the frames of a flow, in order', async () => {
  const one = await visitor();
  const { frames } = await one.chat('How are you?');
  holdToTheNumbers(frames);
  const { name, ...step } = settled(frames)[1];
  assert.equal(typeof name, 'string');
  assert.deepEqual(step, { type: 'step_start', id: 'step_X_1', stepType: 'prompt' });
  assert.deepEqual(types(frames), [
    'execution_start', 'step_start', 'text_start', 'text_delta', 'text_complete', 'step_complete', 'execution_complete',
  ]);
  const result = { response: 'How are you?' };
  assert.deepEqual(settled(frames).at(-2), { type: 'step_complete', id: 'step_X_1', stepType: 'prompt', success: true, result });
  assert.deepEqual([frames[0].kind, frames.at(-1).kind], ['flow', 'flow']);
});

test('200 with text that no line end, quote or emoji breaks', async () => {
  const one = await visitor();
  const text = 'a\nb\r\nc\u2028d "e" \\ data: x\n\nevent: y 👩‍👩‍👧 \u0000 é';
  const { frames } = await one.chat(text);
  assert.equal(said(frames), text);
  assert.equal(frames.find(({ type }) => type === 'text_complete').text, text);
});

test('200 with the headers of a stream', async () => {
  const { headers } = await (await visitor()).chat('Hello');
  assert.equal(headers['content-type'], 'text/event-stream; charset=utf-8');
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['content-encoding'], undefined);
});

test('200 with execution ids of their own for every chat', async () => {
  const one = await visitor();
  const ids = new Set();
  for (let n = 0; n < 3; n += 1) ids.add((await one.chat(`Message ${n}`)).frames[0].executionId);
  assert.equal(ids.size, 3);
});

test('200 with two trips and one call of the limiter before the upstream is asked, first chat or later', async () => {
  const one = await visitor();
  for (let n = 1; n <= 3; n += 1) {
    const { cost } = await one.chat(Array.from({ length: n }, (_, m) => user(`Message ${m}`, `u${m}`)));
    assert.deepEqual([cost.trips, cost.calls], [2, 1]);
    assert.ok(cost.read < 100 && cost.written < 20, `${cost.read} read, ${cost.written} written`);
  }
});

test('200 with rows read in line with the transcript, which is sent whole every turn', async () => {
  const one = await visitor();
  const page = Array.from({ length: 100 }, (_, n) => user(`Message ${n}`, `u${n}`));
  for (const sent of [50, 100]) assert.equal((await one.chat(page.slice(0, sent))).status, 200);
  const { cost } = await one.chat([...page, user('More', 'more')]);
  assert.ok(cost.read <= 1_900, `${cost.read} rows for 100 messages`);
  const again = await one.chat([...page, user('More', 'more')]);
  assert.ok(again.cost.read <= 1_600, `${again.cost.read} rows for a replay`);
});

test('200 with three trips in all: one reads, one makes the question durable, one the answer', async () => {
  const one = await visitor();
  await one.chat('Hello');
  await lab.calls();
  await one.chat('Hello again');
  const calls = (await lab.calls()).filter((call) => call !== 'd1: update client_tokens');
  assert.equal(calls.length, 4);
  assert.deepEqual(calls.map((call) => call.split(' ')[0]), ['d1:', 'limiter', 'd1:', 'd1:']);
});

test('200 under the id that the page gave its bubble', async () => {
  const one = await visitor();
  await one.chat([user('Hello', 'u1')], { assistantMessageId: 'bubble-1' });
  assert.deepEqual(await transcript(sql, one.conversation), [
    ['u1', 'user', 'Hello', 'complete', null],
    ['bubble-1', 'assistant', 'Hello', 'complete', 'u1'],
  ]);
});

test('200 under an id of ours when the page gave none', async () => {
  const one = await visitor();
  await one.chat([user('Hello', 'u1')]);
  const [, [id, ...answer]] = await transcript(sql, one.conversation);
  assert.match(id, /^msg_/);
  assert.deepEqual(answer, ['assistant', 'Hello', 'complete', 'u1']);
});

test('200 with the stored answer for a message that was answered: no upstream, no write, no count', async () => {
  upstream.play = answers('Once ', 'only');
  const one = await visitor('flow_mine', { maxMessagesPerSession: 2 });
  await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  const before = await transcript(sql, one.conversation);
  const asked = upstream.asked.length;
  for (let n = 0; n < 3; n += 1) {
    const again = await one.chat([user('Hello', 'u1')], { assistantMessageId: `a${n + 2}` });
    assert.equal(again.status, 200);
    assert.equal(again.cost.written, 0);
    holdToTheNumbers(again.frames);
    assert.equal(said(again.frames), 'Once only');
    assert.equal(again.frames.at(-1).type, 'execution_complete');
  }
  assert.equal(upstream.asked.length, asked);
  assert.deepEqual(await transcript(sql, one.conversation), before);
  assert.deepEqual(await chatCounts(sql, one.conversation), [1]);
  assert.equal((await one.chat('Second')).status, 200, 'replays left the cap alone');
  assert.equal((await one.chat('Third')).status, 429);
});

test('200 that runs again for a message that is stored and unanswered', async () => {
  const one = await visitor('flow_mine');
  upstream.play = (response) => response.writeHead(500).end();
  assert.equal((await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' })).status, 502);
  assert.deepEqual(await transcript(sql, one.conversation), [['u1', 'user', 'Hello', 'complete', null]]);
  upstream.play = answers('Here I am');
  const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a2' });
  assert.equal(said(frames), 'Here I am');
  assert.deepEqual(await transcript(sql, one.conversation), [
    ['u1', 'user', 'Hello', 'complete', null], ['a2', 'assistant', 'Here I am', 'complete', 'u1'],
  ]);
  assert.deepEqual(await chatCounts(sql, one.conversation), [2]);
});

test('200 for an empty answer, which is stored as none and asked for again', async () => {
  const one = await visitor('flow_mine');
  upstream.play = answers();
  assert.equal((await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' })).frames.at(-1).type, 'execution_complete');
  assert.equal((await transcript(sql, one.conversation)).length, 1);
  upstream.play = answers('Now');
  await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  assert.deepEqual((await transcript(sql, one.conversation))[1], ['a1', 'assistant', 'Now', 'complete', 'u1']);
});

test('what was stored holds together', () => holdTogether(sql));
