// Upstreams that fail before their first word, in every way (contract sections 6.2 and 10).
// The visitor's question is kept, and the upstream's own words don't reach the page.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { createToken } from '#support/contract.mjs';
import { chatCounts, holdTogether, transcript } from '#support/ledger.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { said } from '#support/stream.mjs';
import { DONE, STOP, begin, speaks, startUpstream } from '#support/upstream.mjs';
import { start } from '#support/worker.mjs';

const bindings = { UPSTREAM_SERVICE: 'the-key-of-the-service', UPSTREAM_SERVICE_HOSTS: '127.0.0.1' };
const worker = await start({ bindings: { ...bindings, UPSTREAM_UNSET_HOSTS: '127.0.0.1' }, variants: { hasty: { UPSTREAM_TIMEOUT_MS: '400' } } });
const upstream = await startUpstream();
const elsewhere = await startUpstream();
after(() => worker.stop().finally(() => Promise.all([upstream.stop(), elsewhere.stop()])));
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

/** Asking must end in a 502 that tells the cause and no more; the question is kept, and answered when it is asked again. */
async function failsAtOnce(one, hint) {
  const answer = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  assert.equal(answer.status, 502, answer.text);
  assert.equal(answer.json.error, 'The assistant could not be reached');
  assert.match(answer.json.hint, hint);
  assert.doesNotMatch(answer.text, PRIVATE);
  assert.deepEqual(await transcript(sql, one.conversation), [['u1', 'user', 'Hello', 'complete', null]]);
  const line = await logs.of(answer);
  assert.deepEqual([line.level, line.status], ['error', 502]);
  assert.match(line.cause, /^upstream/);
  return line;
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

for (const kind of KINDS) {
  test(`502 for a connection that is closed before the first byte, and 200 when it is asked again: ${kind}`, async () => {
    const one = await visitor(kind);
    upstream.play = (response) => response.destroy();
    await failsAtOnce(one, /can't be reached/);
    await recovers(one);
  });

  test(`502 with the status of a refusal, of whose words the log has type and code only: ${kind}`, async () => {
    for (const status of [400, 401, 404, 429, 500, 503]) {
      const one = await visitor(kind);
      const refusal = JSON.stringify({ error: { message: `leak ${status}: wrong account`, type: 'some_type', code: 'c.1' } });
      upstream.play = (response) => {
        response.writeHead(status, { 'Content-Type': 'application/json' });
        response.end(refusal);
      };
      const { cause } = await failsAtOnce(one, new RegExp(`status ${status}`));
      assert.equal(cause, `upstream: upstream_status: status ${status}, application/json, ${refusal.length} bytes, type some_type, code c.1`);
    }
  });

  test(`502 for a success that is none, 201 or 204: ${kind}`, async () => {
    for (const status of [201, 204]) {
      const one = await visitor(kind);
      upstream.play = (response) => response.writeHead(status).end();
      await failsAtOnce(one, /status|unreadable|stopped|reached/);
    }
  });

  test(`502 for another type than an event stream, whose words nobody hears: ${kind}`, async () => {
    const types = ['application/json', 'text/html; charset=utf-8', 'text/plain', undefined];
    for (const type of types) {
      const one = await visitor(kind);
      upstream.play = (response) => {
        response.writeHead(200, type && { 'Content-Type': type });
        response.end('{"error":"leak: wrong address"}');
      };
      const { cause } = await failsAtOnce(one, /something else than a stream/);
      const told = type?.split(';')[0] ?? 'no content type';
      assert.equal(cause, `upstream: upstream_not_a_stream: status 200, ${told}, 31 bytes`);
      await recovers(one);
    }
  });

  test(`200 for an event stream however its type is written: ${kind}`, async () => {
    const one = await visitor(kind);
    upstream.play = (response, question) => {
      const { writeHead } = response;
      response.writeHead = (status) => writeHead.call(response, status, { 'Content-Type': 'Text/Event-Stream;charset=UTF-8' });
      return speaks('Fine')(response, question);
    };
    assert.equal(said((await one.chat('Hello')).frames), 'Fine');
  });

  test(`502 for a redirect, which isn't followed: ${kind}`, async () => {
    for (const status of [301, 302, 307, 308]) {
      const one = await visitor(kind);
      upstream.play = (response) => response.writeHead(status, { Location: `${elsewhere.url}/leak` }).end();
      await failsAtOnce(one, new RegExp(`status ${status}`));
    }
    assert.deepEqual(elsewhere.asked, []);
  });

  test(`502 for a stream without a byte: ${kind}`, async () => {
    const one = await visitor(kind);
    upstream.play = (response) => {
      begin(response);
      response.end();
    };
    await failsAtOnce(one, /stopped before the answer was complete/);
    await recovers(one);
  });

  test(`502 for an upstream that never answers, or answers without a byte: ${kind}`, SLOW, async () => {
    for (const play of [() => {}, begin]) {
      const one = await visitor(kind, worker.origins.hasty);
      upstream.play = play;
      const asked = upstream.asked.length;
      await failsAtOnce(one, /didn't answer in time/);
      await upstream.asked[asked].closed;
      await recovers(one);
    }
  });
}

test('502 for a server that isn\'t there', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  await set('flow_odd', { ...OPENAI, baseUrl: `http://127.0.0.1:${port}` });
  await failsAtOnce(await visitor('flow_odd'), /can't be reached/);
});

test('502 for a secret that isn\'t set, named in the log only', async () => {
  await set('flow_odd', { ...OPENAI, apiKeySecret: 'UPSTREAM_UNSET' });
  const asked = upstream.asked.length;
  const answer = await (await visitor('flow_odd')).chat('Hello');
  assert.equal(answer.status, 502);
  assert.doesNotMatch(answer.text, /UPSTREAM_UNSET/);
  assert.match((await logs.of(answer)).cause, /UPSTREAM_UNSET/);
  assert.equal(upstream.asked.length, asked);
});

test('502 for an error, a page of HTML or rubbish instead of the first word', async () => {
  const plays = [
    [error('leak'), /reported an error/], ['data: {nonsense\n\n', /unreadable/], ['data: []\n\n', /stopped/],
    ['<html>leak</html>', /stopped/], [STOP.replace('stop', 'error'), /reported an error/], [DONE.replace('[DONE]', '7'), /stopped/],
  ];
  for (const [text, hint] of plays) {
    const one = await visitor();
    upstream.play = (response) => {
      begin(response);
      response.end(text);
    };
    await failsAtOnce(one, hint);
  }
});

test('502 with the limits\' fields: the limiter was asked', async () => {
  const { tokenValue } = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_ai'], rateLimitPerMinute: 8 });
  const one = new Visitor(worker.origin, tokenValue);
  await one.init();
  upstream.play = (response) => response.writeHead(503).end();
  const { status, headers } = await one.chat('Hello');
  assert.equal(status, 502);
  assert.match(headers.ratelimit ?? '', /^"minute";r=7;t=\d+$/);
  assert.equal(headers['ratelimit-policy'], '"minute";q=8;w=60');
});

test('what was stored holds together', () => holdTogether(sql));
