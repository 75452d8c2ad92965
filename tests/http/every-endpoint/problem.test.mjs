// Refusals as problem documents, for those who ask for them (contract section 3, HTTP's own safety nets; RFC 9457).
// The client of these tests holds each document to the shape.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { PROBLEM_JSON } from '#support/client.mjs';
import { MINIMAL, UNKNOWN_TOKEN, createToken, echoTargets, faults } from '#support/contract.mjs';
import { UNLIMITED, Visitor, send } from '#support/page.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, lab, origin } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a');
const { key: reader } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:READ' });
const headers = { Accept: PROBLEM_JSON };

test('4xx as problem documents on the management plane, with the fields and headers of every refusal', async () => {
  const { id } = await createToken(api, key);
  const asked = [
    [404, 'GET', '/nowhere', {}],
    [405, 'PATCH', '/v1/client-tokens', { key }],
    [401, 'GET', '/v1/client-tokens', {}],
    [403, 'POST', '/v1/client-tokens', { key: reader, body: MINIMAL }],
    [404, 'GET', `/v1/client-tokens/${UNKNOWN_TOKEN}`, { key }],
    [400, 'GET', '/v1/client-tokens/x', { key }],
    [400, 'GET', '/v1/client-tokens?limit=0', { key }],
    [400, 'POST', '/v1/client-tokens', { key, body: '{' }],
    [413, 'POST', '/v1/client-tokens', { key, body: ' '.repeat(2_000_000) }],
    [415, 'POST', '/v1/client-tokens', { key, body: '{}', type: 'text/plain' }],
    [412, 'DELETE', `/v1/client-tokens/${id}`, { key, match: '"x"' }],
  ];
  for (const [status, method, path, { key: as, body, type, match = null }] of asked) {
    const more = { 'If-Match': match, ...(type && { 'Content-Type': type }) };
    const problem = await api(method, path, { key: as, body, headers: { ...headers, ...more } });
    const plain = await api(method, path, { key: as, body, headers: more });
    assert.deepEqual([problem.status, plain.status], [status, status], path);
    const { type: uri, title, status: told, detail, ...rest } = problem.json;
    assert.deepEqual(rest, plain.json);
    for (const name of ['allow', 'www-authenticate', 'etag']) assert.equal(problem.headers[name], plain.headers[name]);
  }
});

test('400 with every fault of a body, and the first one in the detail', async () => {
  const answer = await api('POST', '/v1/client-tokens', { key, body: { name: '' }, headers });
  assert.equal(answer.status, 400);
  assert.equal(faults(answer).length, 2);
  assert.match(answer.json.detail, /^Invalid request body: .+ \(and 1 more\)$/);
});

test('500 as a problem document that tells no cause', async () => {
  await lab.fault({ nth: 1, mode: 'before' });
  const { status, json } = await api('GET', '/v1/client-tokens', { key, headers });
  assert.equal(status, 500);
  assert.equal(json.detail, 'Internal server error.');
});

test('4xx as problem documents on the browser plane, with its CORS headers', async () => {
  const { tokenValue } = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'] });
  const ask = (endpoint, body, options) => send(origin, `/v1/client/${endpoint}`, body, { headers, ...options });
  const answers = [
    [401, await ask('init', { token: 'ct_live_made_up' })],
    [403, await ask('init', { token: tokenValue }, { from: 'https://evil.example' })],
    [400, await ask('init', { token: tokenValue, flowId: 'flow_b' })],
    [400, await ask('init', {})],
    [404, await ask('nowhere', {})],
    [405, await ask('init', undefined, { method: 'GET' })],
    [400, await ask('chat', { sessionId: 'x', messages: [] })],
  ];
  for (const [status, answer] of answers) {
    assert.equal(answer.status, status);
    assert.equal(answer.headers['content-type'], PROBLEM_JSON);
  }
});

test('429 as a problem document with Retry-After', async () => {
  const { tokenValue } = await createToken(api, key, { flowIds: ['flow_a'], rateLimitPerMinute: 1 });
  const visitor = new Visitor(origin, tokenValue, { headers });
  await visitor.init();
  assert.equal((await visitor.chat('Hello')).status, 200);
  const limited = await visitor.chat('Hello again');
  assert.equal(limited.status, 429);
  assert.equal(limited.headers['content-type'], PROBLEM_JSON);
  assert.ok(Number(limited.headers['retry-after']) > 0);
});

test('2xx as they always are', async () => {
  for (const [method, path, body] of [['GET', '/v1/client-tokens'], ['POST', '/v1/client-tokens', MINIMAL]]) {
    const { status, headers: told } = await api(method, path, { key, body, headers });
    assert.ok(status < 300);
    assert.equal(told['content-type'], 'application/json');
  }
});

test('404 as this API tells it for wildcards and for those who would rather have plain JSON', async () => {
  const accepts = [
    '*/*', 'application/*', 'application/json', '', `${PROBLEM_JSON};q=0`, `${PROBLEM_JSON};q=0.5, application/json`,
  ];
  for (const accept of accepts) {
    const { json } = await api('GET', '/nowhere', { headers: { Accept: accept } });
    assert.equal(json.type, undefined, accept);
  }
  for (const accept of ['application/json;q=0.9, application/problem+json', 'text/html, APPLICATION/problem+JSON;q=0.1']) {
    const response = await fetch(new URL('/nowhere', origin), { headers: { Accept: accept } });
    assert.equal(response.headers.get('content-type'), PROBLEM_JSON, accept);
    assert.equal((await response.json()).title, 'Not Found');
  }
});

test('404 without a body for HEAD, of the type that GET would have', async () => {
  const answer = await api('HEAD', '/nowhere', { headers });
  assert.deepEqual([answer.status, answer.text, answer.headers['content-type']], [404, '', PROBLEM_JSON]);
});
