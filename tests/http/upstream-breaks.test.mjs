// Upstreams that break in the middle of an answer (contract sections 6.2, 7 and 10).
// It is here because what the visitor has read by then must be kept, marked as partial, and the page be told.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { createToken } from './support/contract.mjs';
import { chatCounts, holdTogether, transcript } from './support/ledger.mjs';
import { UNLIMITED, Visitor, user } from './support/page.mjs';
import { holdToTheNumbers, said } from './support/stream.mjs';
import { DONE, STOP, begin, chunk, frame, gate, says, speaks, startUpstream, word } from './support/upstream.mjs';
import { start } from './support/worker.mjs';

const bindings = { UPSTREAM_SERVICE: 'the-key-of-the-service', UPSTREAM_SERVICE_HOSTS: '127.0.0.1' };
const worker = await start({ bindings, variants: { hasty: { UPSTREAM_TIMEOUT_MS: '400' } }, hasLab: true });
const upstream = await startUpstream();
after(() => worker.stop().finally(upstream.stop));
const { api, lab, logs, sql } = worker;
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
/** An answer as the page sends it back. */
const bubble = (id, content) => ({ id, role: 'assistant', content });
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
  const shown = [bubble('a1', 'So far'), bubble('a2', 'Back again')];
  await one.chat([user('Hello', 'u1'), ...shown, user('Next', 'u2')]);
  assert.deepEqual(upstream.last.body.messages.map(({ content }) => content), ['Hello', 'Back again', 'Next']);
});

test('200 in later turns with a broken attempt at a question that was never answered: the visitor has read it', async () => {
  const one = await visitor();
  await failsLater(one, 'upstream_closed', (response) => response.end());
  upstream.play = says('Fine');
  await one.chat([user('Hello', 'u1'), bubble('a1', 'So far'), user('Next', 'u2')]);
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

/** What an upstream of this kind says for a word. */
const PIECES = { flow_ai: word, flow_own: (delta) => frame('text_delta', { executionId: 'e1', seq: 1, id: 't', delta }) };

for (const kind of KINDS) {
  test(`execution_error for an upstream that only sends comments, which is hung up on: ${kind}`, SLOW, async () => {
    const one = await visitor(kind, worker.origins.hasty);
    upstream.play = (response) => {
      begin(response);
      response.write(PIECES[kind]('So far'));
      const pinging = setInterval(() => response.write(': ping\n\n'), 50);
      response.on('close', () => clearInterval(pinging));
    };
    const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
    assert.deepEqual([frames.at(-1).type, frames.at(-1).error.code], ['execution_error', 'upstream_timeout']);
    await upstream.last.closed;
    assert.deepEqual((await transcript(sql, one.conversation))[1], ['a1', 'assistant', 'So far', 'partial', 'u1']);
    await recovers(one);
  });

  test(`execution_error for an answer that takes more than ten minutes: ${kind}`, SLOW, async () => {
    const one = await visitor(kind);
    const [late, later] = [gate(), gate()];
    upstream.play = async (response) => {
      begin(response);
      response.write(PIECES[kind]('1 '));
      await late.opened;
      response.write(PIECES[kind]('2 '));
      await later.opened;
      for (let n = 3; n < 1_000 && !response.destroyed; n += 1) {
        response.write(PIECES[kind](`${n} `));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const stream = await one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' });
    await stream.until('1 ');
    await lab.advance(9.5 * 60_000);
    late.open();
    await stream.until('2 ');
    await lab.advance(60_000);
    later.open();
    const { frames } = await stream.whole();
    assert.deepEqual([frames.at(-1).type, frames.at(-1).error.code], ['execution_error', 'upstream_timeout']);
    await upstream.last.closed;
  });

  test(`200 for an answer of more than 1 MiB: the page hears all of it, 1 MiB is kept, marked partial: ${kind}`, SLOW, async () => {
    const one = await visitor(kind);
    const [piece, count] = ['x'.repeat(64 * 1024), 24];
    upstream.play = async (response) => {
      begin(response);
      for (let n = 0; n < count; n += 1) if (!response.write(PIECES[kind](piece))) await once(response, 'drain');
      response.end(kind === 'flow_ai' ? STOP + DONE : frame('execution_complete', { executionId: 'e1', seq: 9, success: true }));
    };
    const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
    assert.equal(frames.at(-1).type, 'execution_complete');
    assert.equal(said(frames).length, count * piece.length);
    const [, [, , content, status]] = await transcript(sql, one.conversation);
    assert.deepEqual([content.length, status], [1024 * 1024, 'partial']);
    await recovers(one);
  });
}

test('200 for any amount of reasoning, which isn\'t kept', SLOW, async () => {
  const one = await visitor();
  const thought = chunk({ delta: { reasoning: 'x'.repeat(64 * 1024) } });
  upstream.play = async (response) => {
    begin(response);
    for (let n = 0; n < 24; n += 1) if (!response.write(thought)) await once(response, 'drain');
    response.end(word('Fine') + STOP + DONE);
  };
  const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  assert.equal(frames.at(-1).type, 'execution_complete');
  assert.deepEqual((await transcript(sql, one.conversation))[1], ['a1', 'assistant', 'Fine', 'complete', 'u1']);
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
