// Tools of the page, called by a backend of one's own: await, pause, resume (contract sections 6.4 and 10).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatCounts, holdTogether } from '#support/ledger.mjs';
import { user } from '#support/page.mjs';
import { frames as read } from '#support/stream.mjs';
import { frame } from '#support/upstream.mjs';
import { COMPLETE, answer, ask, delta, plays, sql, upstream, visitor } from '../chat/upstream/backend.mjs';

const AWAIT = frame('await', { executionId: 'backend-1', seq: 3, toolName: 'add', toolCallId: 'c1', parameters: { a: 1 }, origin: 'webmcp' });

/** A visitor whose backend waits for the tool `add`. */
async function paused() {
  const one = await visitor();
  upstream.play = plays(delta('Let me see.'), AWAIT);
  const { text } = await ask(one, { clientTools: [{ name: 'add' }] });
  assert.equal(text, delta('Let me see.') + AWAIT);
  assert.equal((await answer(one))[3], 'partial');
  return one;
}

test('200 for a resumption: the backend gets the results at /resume, the page its frames, the answer grows', async () => {
  const one = await paused();
  const rest = delta('Two.', { id: 't2' }) + COMPLETE;
  upstream.play = plays(rest);
  const { status, text } = await one.resume('backend-1', { c1: { sum: 2 } });
  assert.equal(status, 200);
  assert.equal(text, rest);
  const { path, headers, body } = upstream.last;
  assert.equal(path, '/hooks/chat/resume');
  assert.equal(headers.authorization, 'Bearer the-key-of-the-backend');
  const { clientTools, ...told } = body;
  assert.equal(clientTools[0].name, 'add');
  assert.deepEqual(told, {
    target: { id: 'flow_own', kind: 'flow' }, conversationId: one.conversation, executionId: 'backend-1',
    assistantMessageId: 'a1', toolOutputs: { c1: { sum: 2 } },
  });
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.\n\nTwo.', 'complete', 'u1']);
  assert.deepEqual(await chatCounts(sql, one.conversation), [1], 'a resumption is no message');
});

test('404 for a second resumption, for one in another session and for another execution', async () => {
  const one = await paused();
  const stranger = await visitor();
  assert.equal((await stranger.resume('backend-1', {})).status, 404);
  assert.equal((await one.resume('backend-2', {})).status, 404);
  upstream.play = plays(delta('Two.'), COMPLETE);
  assert.equal((await one.resume('backend-1', { c1: 2 })).status, 200);
  const asked = upstream.asked.length;
  const again = await one.resume('backend-1', { c1: 2 });
  assert.equal(again.status, 404);
  assert.equal(again.json.error, 'No such paused execution');
  assert.equal(upstream.asked.length, asked);
});

test('200 for a pause after a pause, under the backend\'s own ids', async () => {
  const one = await paused();
  upstream.play = plays(AWAIT.replace('backend-1', 'backend-2').replace('c1', 'c2'));
  await one.resume('backend-1', { c1: 2 });
  assert.equal((await one.resume('backend-1', {})).status, 404);
  upstream.play = plays(delta('Done.', { id: 't2' }), COMPLETE);
  assert.equal((await one.resume('backend-2', { c2: 3 })).status, 200);
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.\n\nDone.', 'complete', 'u1']);
});

test('502 for a resumption that fails at once, which may be tried again', async () => {
  const one = await paused();
  upstream.play = (response) => response.writeHead(503).end();
  assert.equal((await one.resume('backend-1', { c1: 2 })).status, 502);
  upstream.play = plays(delta('Two.'), COMPLETE);
  assert.equal((await one.resume('backend-1', { c1: 2 })).status, 200);
  assert.equal((await answer(one))[3], 'complete');
});

test('200 for another message instead of a resumption', async () => {
  const one = await paused();
  upstream.play = plays(delta('Never mind.'), COMPLETE);
  const { status } = await one.chat([user('Hello', 'u1'), user('Forget it', 'u2')], { assistantMessageId: 'a2' });
  assert.equal(status, 200);
  assert.equal(read((await one.chat([user('Forget it', 'u2')])).text).at(-1).type, 'execution_complete');
});

test('what was stored holds together', () => holdTogether(sql));
