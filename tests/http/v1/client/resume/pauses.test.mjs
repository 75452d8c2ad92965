// A backend of one's own that asks the page to run a tool and doesn't close its stream (contract section 7).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdTogether, transcript } from '#support/ledger.mjs';
import { user } from '#support/page.mjs';
import { EVENTS, stage } from '#support/stage.mjs';
import { answers, begin, frame, gate } from '#support/upstream.mjs';
import { NOTICE } from '#support/stream.mjs';

const { worker, upstream, visitor, answer } = await stage({ targets: { flow_own: EVENTS }, hasLab: true });
const { lab, sql } = worker;
const SLOW = { timeout: 30_000 };

const listen = (one) => one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1', clientTools: [{ name: 'add' }] });
const waiting = async (one) => (await sql('select id from executions where conversation_id = ?1', one.conversation)).map(({ id }) => id);

const delta = (text) => frame('text_delta', { executionId: 'backend-1', seq: 2, id: 't1', delta: text });
const awaits = (toolCallId) =>
  frame('await', { executionId: 'backend-1', seq: 3, toolName: 'add', toolCallId, parameters: {}, origin: 'webmcp' });
const COMPLETE = frame('execution_complete', { executionId: 'backend-1', seq: 9, kind: 'flow', success: true });

/** A play that says these pieces, and then keeps its connection open with comments. */
const keepsOpen = (...pieces) => (response) => {
  begin(response);
  response.write(pieces.join(''));
  const pinging = setInterval(() => response.write(': ping\n\n'), 50);
  response.on('close', () => clearInterval(pinging));
};

test('200 with an await at once, and the pause is stored by then, while the backend keeps its connection open', SLOW, async () => {
  const one = await visitor();
  const done = gate();
  upstream.play = async (response) => {
    begin(response);
    response.write(delta('Let me see.') + awaits('c1'));
    await done.opened;
    response.end();
  };
  const stream = await listen(one);
  await stream.until(awaits('c1'));
  assert.deepEqual(await waiting(one), ['backend-1']);
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.', 'partial', 'u1']);
  upstream.play = answers('Two.');
  assert.equal((await one.resume('backend-1', { c1: 2 })).status, 200);
  done.open();
  await stream.whole();
  assert.equal(stream.text, delta('Let me see.') + awaits('c1'));
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.\n\nTwo.', 'complete', 'u1'], 'the end of the first leg takes nothing back');
});

test('200 that ends soon after an await, though the backend goes on with comments for ever', SLOW, async () => {
  const one = await visitor();
  upstream.play = keepsOpen(delta('Let me see.'), awaits('c1'), awaits('c2'));
  const stream = await listen(one);
  await stream.whole();
  assert.deepEqual(stream.frames.map(({ type }) => type), ['text_delta', 'await', 'await']);
  await upstream.last.closed;
  upstream.play = answers('Done.');
  assert.equal((await one.resume('backend-1', { c1: 1, c2: 2 })).status, 200);
});

test('200 with a second await that comes later, and with what is said in between', SLOW, async () => {
  const one = await visitor();
  const heard = gate();
  upstream.play = async (response) => {
    begin(response);
    response.write(delta('Let me see.') + awaits('c1'));
    await heard.opened;
    response.end(delta(' And more.') + awaits('c2'));
  };
  const stream = await listen(one);
  await stream.until('c1');
  heard.open();
  await stream.whole();
  assert.equal(stream.text, delta('Let me see.') + awaits('c1') + delta(' And more.') + awaits('c2'));
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see. And more.', 'partial', 'u1']);
  upstream.play = answers('Done.');
  await one.resume('backend-1', { c1: 1, c2: 2 });
  assert.equal((await answer(one))[2], 'Let me see. And more.\n\nDone.');
});

test('200 with an approval at once, and the backend goes on when it likes', SLOW, async () => {
  const one = await visitor();
  const decided = gate();
  const asks = frame('approval_start', { executionId: 'backend-1', seq: 3, approvalId: 'ap1', toolName: 'pay' });
  upstream.play = async (response) => {
    begin(response);
    response.write(asks);
    await decided.opened;
    response.end(delta('Paid.') + COMPLETE);
  };
  const stream = await listen(one);
  await stream.until(asks);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  decided.open();
  await stream.whole();
  assert.equal(stream.text, asks + delta('Paid.') + COMPLETE);
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Paid.', 'complete', 'u1']);
});

test('execution_error instead of an await whose pause can\'t be stored', SLOW, async () => {
  const one = await visitor();
  upstream.play = keepsOpen(delta('Let me see.'), awaits('c1'));
  await lab.fault({ nth: 4, mode: 'before', times: 99 });
  const stream = await listen(one);
  await stream.whole();
  await lab.calls();
  assert.deepEqual(stream.frames.map(({ type }) => type), ['text_delta', 'text_complete', ...NOTICE, 'execution_error']);
  assert.equal(stream.frames.at(-1).error.code, 'not_stored');
  assert.deepEqual(await waiting(one), []);
  await upstream.last.closed;
});

test('execution_error instead of an await whose pause is too large', SLOW, async () => {
  const one = await visitor();
  const text = 'x'.repeat(512 * 1024);
  upstream.play = keepsOpen(delta(text), delta(text), awaits('c1'));
  const stream = await listen(one);
  await stream.whole();
  assert.equal(stream.frames.at(-1).error.code, 'pause_too_large');
  assert.ok(!stream.text.includes('event: await'));
  assert.deepEqual(await waiting(one), []);
  assert.equal((await answer(one))[3], 'partial');
});

test('what was stored holds together', () => holdTogether(sql));
