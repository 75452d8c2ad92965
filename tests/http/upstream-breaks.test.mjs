// Upstreams that break in the middle of an answer (contract sections 6.2, 7 and 10).
// It is here because what the visitor has read by then must be kept, marked as partial, and the page be told.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { createToken } from './support/contract.mjs';
import { chatCounts, holdTogether, transcript } from './support/ledger.mjs';
import { UNLIMITED, Visitor, user } from './support/page.mjs';
import { holdToTheNumbers, said } from './support/stream.mjs';
import { DONE, STOP, begin, frame, gate, says, speaks, startUpstream, word } from './support/upstream.mjs';
import { start } from './support/worker.mjs';

const bindings = { UPSTREAM_SERVICE: 'the-key-of-the-service', UPSTREAM_SERVICE_HOSTS: '127.0.0.1' };
const worker = await start({ bindings, variants: { hasty: { UPSTREAM_TIMEOUT_MS: '400' } } });
const upstream = await startUpstream();
after(() => worker.stop().finally(upstream.stop));
const { api, logs, sql } = worker;
const { key } = await worker.mintKey();

const OPENAI = { kind: 'openai', baseUrl: upstream.url, model: 'model-1', apiKeySecret: 'UPSTREAM_SERVICE' };
const set = (id, body) => api('PUT', `/v1/targets/${id}`, { key, body: { upstream: body } });
await set('flow_ai', OPENAI);
await set('flow_own', { kind: 'events', baseUrl: upstream.url });
const KINDS = ['flow_ai', 'flow_own'];
const token = await createToken(api, key, { ...UNLIMITED, flowIds: [...KINDS, 'flow_odd'] });
const PRIVATE = /leak|sk-|the-key-of-the-service|UPSTREAM_SERVICE|127\.0\.0\.1/;
const SLOW = { timeout: 20_000 };

async function visitor(flowId = 'flow_ai', origin = worker.origin) {
  const one = new Visitor(origin, token.tokenValue);
  one.conversation = (await one.init({ flowId })).json.conversationId;
  return one;
}

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
  assert.equal(said(frames), words);
  assert.deepEqual(await transcript(sql, one.conversation), [
    ['u1', 'user', 'Hello', 'complete', null], ['a1', 'assistant', words, 'partial', 'u1'],
  ]);
}

/** Asked again, the upstream answers; it isn't told of its own broken attempt. */
async function recovers(one) {
  upstream.play = speaks('Back ', 'again');
  const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a2' });
  assert.equal(frames.at(-1).type, 'execution_complete');
  assert.equal(said(frames), 'Back again');
  assert.deepEqual(upstream.last.body.messages.map(({ content }) => content), ['Hello']);
  const rows = await transcript(sql, one.conversation);
  const whole = rows.filter(([, , , status, replyTo]) => replyTo && status === 'complete');
  assert.deepEqual(whole, [['a2', 'assistant', 'Back again', 'complete', 'u1']]);
  assert.deepEqual(await chatCounts(sql, one.conversation), [2]);
}
const error = (message) => `data: ${JSON.stringify({ error: { message, type: 'server_error' } })}\n\n`;

test('execution_error for an error in the stream: its words stay in the log', async () => {
  const one = await visitor();
  await failsLater(one, 'upstream_error', (response) => response.end(error('leak: quota of account 7')));
  const { cause } = await logs.find(({ cause }) => /quota of account 7/.test(cause));
  assert.match(cause, /^exec_/);
  await recovers(one);
});

test('execution_error for a stream that is cut, ends too early, or can\'t be read', async () => {
  const plays = [
    ['upstream_closed', (response) => response.destroy()],
    ['upstream_closed', (response) => response.end()],
    ['upstream_closed', (response) => response.end('data: {"choices":[{"de')],
    ['upstream_malformed', (response) => response.end('data: {"choices":[{"de\n\n')],
    ['upstream_malformed', (response) => response.end('data: {"choices":[{"delta":{"content":7}}]}\n\n')],
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
  await one.chat([user('Hello', 'u1'), user('Next', 'u2')]);
  assert.deepEqual(upstream.last.body.messages.map(({ content }) => content), ['Hello', 'Back again', 'Next']);
});

test('200 in later turns with a broken attempt at a question that was never answered: the visitor has read it', async () => {
  const one = await visitor();
  await failsLater(one, 'upstream_closed', (response) => response.end());
  upstream.play = says('Fine');
  await one.chat([user('Hello', 'u1'), user('Next', 'u2')]);
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

test('200 for an upstream that is slow but never silent for too long', SLOW, async () => {
  const one = await visitor('flow_ai', worker.origins.hasty);
  upstream.play = async (response) => {
    begin(response);
    for (let n = 0; n < 12; n += 1) {
      response.write(n % 2 ? word(`${n} `) : ': still here\n\n');
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    response.end(STOP + DONE);
  };
  const { frames } = await one.chat('Hello');
  assert.equal(frames.at(-1).type, 'execution_complete');
});

test('execution_error for an answer that is too long, kept as far as it may be', async () => {
  const one = await visitor();
  const piece = 'x'.repeat(64 * 1024);
  upstream.play = async (response) => {
    begin(response);
    for (let n = 0; n < 20 && !response.destroyed; n += 1) {
      if (!response.write(word(piece))) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    response.end(STOP + DONE);
  };
  const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  assert.equal(frames.at(-1).error.code, 'answer_too_long');
  const [, [, , content, status]] = await transcript(sql, one.conversation);
  assert.equal(status, 'partial');
  assert.ok(content.length >= 256 * 1024 && content.length <= 1024 * 1024, `${content.length}`);
});

test('what was stored holds together', () => holdTogether(sql));
