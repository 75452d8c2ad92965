// CORS of the browser plane (contract section 6): preflights, and the headers of every answer whatever its status.
// Without them a page that is refused shows "Failed to fetch" instead of the hint.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, echoTargets } from '#support/contract.mjs';
import { ORIGIN, UNLIMITED, Visitor, open, send, user } from '#support/page.mjs';
import { start } from '#support/worker.mjs';

// Every answer is held to its CORS headers where it is received: see holdToTheRules in support/page.mjs.
const worker = await start({ variants: { keyless: { TOKEN_KEYS: undefined } } });
after(() => worker.stop());
const { api, origin, origins } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a');
const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'] });

/** What a page may send that asks for nothing, or not as it should. */
const HEADERS = 'content-type, x-persona-version, x-visitor-token, x-identity-proof, authorization, idempotency-key';
const preflight = (path, options) => send(origin, path, undefined, { method: 'OPTIONS', ...options });

test('204 for a preflight of every endpoint, known or to come, without any I/O', async () => {
  for (const path of ['init', 'chat', 'resume', 'feedback', 'conversations', 'conversations/x/display-projections', 'visitor/reset']) {
    const headers = { 'Access-Control-Request-Method': 'POST' };
    const answer = await preflight(`/v1/client/${path}`, { headers });
    assert.equal(answer.status, 204, path);
    assert.equal(answer.text, '');
    assert.equal(answer.headers['access-control-allow-methods'], 'GET, POST, PATCH, DELETE');
    assert.equal(answer.headers['access-control-allow-headers'], HEADERS);
    assert.equal(answer.headers['access-control-max-age'], '7200');
    assert.deepEqual(answer.cost, { trips: 0, read: 0, written: 0, calls: 0 });
  }
});

test('204 for a preflight with whatever names of headers the page asks for, if they are names and not too many', async () => {
  const allowed = async (asked) => {
    const { status, headers, cost } = await preflight('/v1/client/chat', { headers: { 'Access-Control-Request-Headers': asked } });
    assert.equal(status, 204);
    assert.deepEqual(cost, { trips: 0, read: 0, written: 0, calls: 0 });
    return headers['access-control-allow-headers'];
  };
  assert.equal(await allowed('content-type,x-persona-version,x-shop-id'), 'content-type, x-persona-version, x-shop-id');
  assert.equal(await allowed('x-a , X-B'), 'x-a, X-B');
  assert.equal(await allowed('x'.repeat(1024)), 'x'.repeat(1024));
  for (const asked of ['x'.repeat(1025), 'x a', 'x-a, (x)', 'x-\u00e4', ',', '']) assert.equal(await allowed(asked), HEADERS, asked.slice(0, 20));
});

test('204 for a preflight from any origin, which is reflected: it can\'t know the token', async () => {
  for (const from of ['https://evil.example', 'http://localhost:3000', 'null', 'capacitor://localhost', null]) {
    assert.equal((await preflight('/v1/client/chat', { from })).status, 204);
  }
});

test('204 for a preflight without signing keys, which are of no use to it', async () => {
  assert.equal((await send(origins.keyless, '/v1/client/init', undefined, { method: 'OPTIONS' })).status, 204);
});

test('200 and 204 under any prefix', async () => {
  for (const prefix of ['/api', '/a/b/c', '//x']) {
    assert.equal((await preflight(`${prefix}/v1/client/init`)).status, 204);
    const { status } = await send(origin, `${prefix}/v1/client/init`, { token: token.tokenValue });
    assert.equal(status, 200);
  }
});

test('200 for an init and a chat, readable to the page', async () => {
  const visitor = new Visitor(origin, token.tokenValue);
  assert.equal((await visitor.init()).status, 200);
  assert.equal((await visitor.chat('Hello')).status, 200);
});

test('400, 401, 403, 404, 405, 413, 415 and 429, readable to the page', async () => {
  const tight = await createToken(api, key, { flowIds: ['flow_a'], rateLimitPerMinute: 1 });
  const body = { token: tight.tokenValue };
  const visitor = new Visitor(origin, tight.tokenValue);
  assert.equal((await visitor.init()).status, 200);
  assert.equal((await visitor.chat('Hello')).status, 200);
  const cases = [
    [400, '/v1/client/init', {}],
    [400, '/v1/client/chat', '{'],
    [401, '/v1/client/init', { token: 'ct_live_x' }],
    [401, '/v1/client/chat', { sessionId: 'cs_x', messages: [user('Hello')] }],
    [401, '/v1/client/resume', { sessionId: 'cs_x', executionId: 'exec_1' }],
    [403, '/v1/client/init', body, { from: 'https://evil.example' }],
    [404, '/v1/client/other', body],
    [404, '/v1/client/init/', body],
    [404, '/v1/agents/agent_a/approve', { executionId: 'exec_1', approvalId: 'a1', decision: 'approved', streamResponse: true }],
    [404, '/api/v1/agents/agent_a/speak', {}],
    [404, '/v1/dispatch', '{'],
    [404, '/v1/speak', undefined, { method: 'GET' }],
    [405, '/v1/client/init', undefined, { method: 'GET' }],
    [405, '/v1/client/chat', undefined, { method: 'DELETE' }],
    [413, '/v1/client/init', 'x'.repeat(1024 * 1024 + 1)],
    [415, '/v1/client/init', JSON.stringify(body), { headers: { 'Content-Type': 'text/plain' } }],
    [429, '/v1/client/chat', visitor.body('Hello again')],
  ];
  for (const [status, path, sent, options] of cases) {
    const answer = await send(origin, path, sent, options);
    assert.equal(answer.status, status, `${path} ${answer.text}`);
    if (status === 405) assert.equal(answer.headers.allow, 'POST, OPTIONS');
    if (status === 404) assert.match(answer.json.hint, /approvals.*speech/);
  }
  const unset = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_unset'] });
  assert.equal((await send(origin, '/v1/client/init', { token: unset.tokenValue })).status, 404);
});

test('500, readable to the page', async () => {
  const answer = await send(origins.keyless, '/v1/client/init', { token: token.tokenValue });
  assert.equal(answer.status, 500);
});

test('204 for the preflight of a path that nothing is at, so that the page can read its 404', async () => {
  const headers = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type,x-shop-id' };
  for (const path of ['/v1/agents/agent_a/approve', '/v1/agents/agent_a/speak', '/v1/speak', '/api/v1/dispatch', '/v1/client', '/v1/Client/init', '/v1/']) {
    const answer = await preflight(path, { headers });
    assert.equal(answer.status, 204, path);
    assert.equal(answer.headers['access-control-allow-headers'], 'content-type, x-shop-id');
    assert.deepEqual(answer.cost, { trips: 0, read: 0, written: 0, calls: 0 });
    const asked = await send(origin, path, {}, { headers: { 'X-Shop-Id': '7' } });
    assert.deepEqual([asked.status, asked.json.error, asked.cost.trips], [404, 'Not found', 0], path);
    assert.ok(asked.json.hint);
  }
});

test('404 outside /v1/ and among the paths of the management plane, and CORS on none of them', async () => {
  for (const path of ['/client/init', '/v2/client/init', '/V1/client/init', '/v1/client-tokens/x/approve', '/v1/api-keys/', '/api/v1/targets']) {
    for (const method of ['POST', 'OPTIONS']) {
      const answer = await api(method, path, { body: {}, headers: { Origin: ORIGIN } });
      assert.equal(answer.status, 404, path);
    }
  }
});

test('405 and no CORS for a preflight of the management plane', async () => {
  const answer = await api('OPTIONS', '/v1/client-tokens', { headers: { Origin: ORIGIN } });
  assert.equal(answer.status, 405);
  assert.equal((await api('GET', '/v1/client-tokens', { key, headers: { Origin: ORIGIN } })).status, 200);
});

test('403 for several Origins and for one that can\'t be one, which are reflected as they came', async () => {
  for (const from of ['https://app.example.com, https://evil.example', 'app.example.com', 'https://app.example.com/']) {
    const answer = await send(origin, '/v1/client/init', { token: token.tokenValue }, { from });
    assert.equal(answer.status, 403, from);
    assert.equal(answer.json.error, 'Origin not allowed');
  }
});

test('200 without an Origin for a token that says native', async () => {
  const native = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'], allowedOrigins: ['native'] });
  const visitor = new Visitor(origin, native.tokenValue, { from: null });
  assert.equal((await visitor.init()).status, 200);
  const answer = await open(origin, '/v1/client/chat', visitor.body('Hello'), { from: null });
  assert.equal(answer.status, 200);
  await answer.whole();
});
