// Upstreams that break in the middle of an answer (contract sections 6.2, 7 and 10): what the visitor has read by then
// is kept, marked as partial, and the page is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdTogether, transcript } from '#support/ledger.mjs';
import { user } from '#support/page.mjs';
import { BROKE, holdToTheNumbers, said } from '#support/stream.mjs';
import { begin, chunk, frame, gate, says, word } from '#support/upstream.mjs';
import { SLOW, logs, recovers, sql, upstream, visitor, worker } from './set-up.mjs';

const PRIVATE = /leak|sk-|the-key-of-the-service|UPSTREAM_SERVICE|127\.0\.0\.1/;

/**
 * The upstream says "So far", and fails in the way of `play` once the page has heard it. The answer must end in an
 * execution_error, and what was said be kept as partial.
 */
async function failsLater(one, code, play) {
  const [words, heard] = ['So far', gate()];
  upstream.play = async (response) => {
    begin(response);
    response.write(word('So ') + word('far'));
    await heard.opened;
    play(response);
  };
  const answer = await one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  assert.equal(answer.status, 200);
  await answer.until('"delta":"far"');
  heard.open();
  const { frames, text } = await answer.whole();
  holdToTheNumbers(frames);
  const { type, kind, error } = frames.at(-1);
  assert.deepEqual([type, kind, error.code], ['execution_error', 'flow', code]);
  assert.ok(error.message);
  assert.doesNotMatch(text, PRIVATE);
  assert.ok(!frames.some((frame) => frame.type === 'execution_complete'));
  assert.equal(said(frames), words + BROKE);
  assert.deepEqual(await transcript(sql, one.conversation), [
    ['u1', 'user', 'Hello', 'complete', null], ['a1', 'assistant', words, 'partial', 'u1'],
  ]);
}

/** An answer as the page sends it back. */
const bubble = (id, content) => ({ id, role: 'assistant', content });

const error = (message) => `data: ${JSON.stringify({ error: { message, type: 'server_error' } })}\n\n`;

test('execution_error for an error in the stream, of whose words the log has type and code only', async () => {
  const one = await visitor();
  await failsLater(one, 'upstream_error', (response) => response.end(error('leak: quota of account 7')));
  const { cause } = await logs.find(({ cause }) => /an error in the stream/.test(cause));
  assert.match(cause, /^exec_.*: upstream_error: an error in the stream, type server_error$/);
  await recovers(one);
});

test('execution_error for a stream that is cut, ends too early, or can\'t be read', async () => {
  const plays = [
    ['upstream_closed', (response) => response.destroy()],
    ['upstream_closed', (response) => response.end()],
    ['upstream_closed', (response) => response.end('data: {"choices":[{"de')],
    ['upstream_malformed', (response) => response.end('data: {"choices":[{"de\n\n')],
    ['upstream_closed', (response) => response.end('data: {"choices":[{"delta":{"content":7}}]}\n\n')],
  ];
  for (const [code, play] of plays) {
    const one = await visitor();
    await failsLater(one, code, play);
    await recovers(one);
  }
});

test('200 under the same id when the page asks again under it', async () => {
  const one = await visitor();
  await failsLater(one, 'upstream_closed', (response) => response.end());
  upstream.play = says('Whole');
  await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  const rows = await transcript(sql, one.conversation);
  assert.deepEqual(rows.filter(([, , , status, replyTo]) => replyTo && status === 'complete'), [['a1', 'assistant', 'Whole', 'complete', 'u1']]);
});

test('200 in later turns without a broken attempt at a question that was answered since', async () => {
  const one = await visitor();
  await failsLater(one, 'upstream_closed', (response) => response.end());
  await recovers(one);
  const shown = [bubble('a1', 'So far'), bubble('a2', 'Back again')];
  await one.chat([user('Hello', 'u1'), ...shown, user('Next', 'u2')]);
  assert.deepEqual(upstream.last.body.messages.map(({ content }) => content), ['Hello', 'Back again', 'Next']);
});

test('200 in later turns with a broken attempt at a question that was never answered: the visitor has read it', async () => {
  const one = await visitor();
  await failsLater(one, 'upstream_closed', (response) => response.end());
  upstream.play = says('Fine');
  await one.chat([user('Hello', 'u1'), bubble('a1', 'So far'), bubble('ast_1', BROKE), user('Next', 'u2')]);
  assert.deepEqual(upstream.last.body.messages.map(({ content }) => content), ['Hello', 'So far', 'Next']);
});

test('502 or execution_error for words and an error in one breath: nothing heard is lost, nothing unheard kept', async () => {
  const one = await visitor();
  upstream.play = (response) => {
    begin(response);
    response.end(word('So ') + word('far') + error('leak'));
  };
  const answer = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  const kept = (await transcript(sql, one.conversation)).slice(1);
  if (answer.status === 502) assert.deepEqual(kept, []);
  else assert.deepEqual(kept, [['a1', 'assistant', said(answer.frames), 'partial', 'u1']]);
  await recovers(one);
});

test('execution_error for silence in the middle, and the connection is closed', SLOW, async () => {
  const one = await visitor('flow_ai', worker.origins.hasty);
  const asked = upstream.asked.length;
  await failsLater(one, 'upstream_timeout', () => {});
  await upstream.asked[asked].closed;
  await recovers(one);
});

test('execution_error for a backend of one\'s own that falls silent in the middle', SLOW, async () => {
  const one = await visitor('flow_own', worker.origins.hasty);
  upstream.play = (response) => {
    begin(response);
    response.write(frame('text_delta', { executionId: 'e1', seq: 1, id: 't', delta: 'So far' }));
  };
  const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  const { type, kind, error } = frames.at(-1);
  assert.deepEqual([type, kind], ['execution_error', 'flow']);
  assert.match(error.code, /^upstream_(timeout|closed)$/);
  await upstream.last.closed;
  assert.deepEqual((await transcript(sql, one.conversation))[1], ['a1', 'assistant', 'So far', 'partial', 'u1']);
  await recovers(one);
});

test('200 that says that it failed when the stream breaks before the first word, and keeps nothing of it', async () => {
  const one = await visitor();
  const heard = gate();
  upstream.play = async (response) => {
    begin(response);
    response.write(chunk({ delta: { reasoning: 'Hm' } }));
    await heard.opened;
    response.destroy();
  };
  const stream = await one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  await stream.until('"delta":"Hm"');
  heard.open();
  const { frames } = await stream.whole();
  holdToTheNumbers(frames);
  assert.deepEqual(frames.slice(-6).map(({ type }) => type), [
    'reasoning_complete', 'text_start', 'text_delta', 'text_complete', 'step_complete', 'execution_error',
  ]);
  assert.equal(frames.at(-3).text, 'The answer could not be completed. Please try again.');
  assert.deepEqual((await transcript(sql, one.conversation)).slice(1), []);
  await recovers(one);
});

test('what was stored holds together', () => holdTogether(sql));
