// The one line that each request leaves in the log.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { UNKNOWN_TOKEN, createToken } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, logs } = worker;
const { key } = await worker.mintKey({ tenant: 'logged' });
const { key: reader } = await worker.mintKey({ tenant: 'logged', permissions: 'CLIENT_TOKENS:READ' });

const TOKENS = '/v1/client-tokens';

test('200 leaves method, route pattern, status, duration, database cost, tenant and request id', async () => {
  const { id } = await createToken(api, key);
  const answer = await api('GET', `${TOKENS}/${id}?`, { key });
  const line = await logs.of(answer);
  const fields = ['level', 'method', 'route', 'status', 'durationMs', 'd1', 'tenant', 'requestId'];
  assert.deepEqual(Object.keys(line), fields);
  const { durationMs, ...rest } = line;
  assert.ok(Number.isInteger(durationMs) && durationMs >= 0);
  assert.deepEqual(rest, {
    level: 'info', method: 'GET', route: '/v1/client-tokens/:id', status: 200, d1: answer.d1, tenant: 'logged',
    requestId: answer.headers['x-request-id'],
  });
});

test('every status leaves one line under the request id of its answer', async () => {
  const { id } = await createToken(api, key);
  const requests = [
    [200, TOKENS, 'GET', TOKENS, { key }],
    [200, TOKENS, 'HEAD', TOKENS, { key }],
    [201, TOKENS, 'POST', TOKENS, { key, body: { name: 'x', allowedOrigins: ['*'] } }],
    [400, TOKENS, 'GET', `${TOKENS}?limit=0`, { key }],
    [400, `${TOKENS}/:id`, 'PUT', `${TOKENS}/malformed`, { key, body: {} }],
    [401, `${TOKENS}/:id/token`, 'GET', `${TOKENS}/${id}/token`, {}],
    [403, `${TOKENS}/:id/regenerate`, 'POST', `${TOKENS}/${id}/regenerate`, { key: reader }],
    [404, `${TOKENS}/:id/conversations`, 'GET', `${TOKENS}/${UNKNOWN_TOKEN}/conversations`, { key }],
    [404, null, 'GET', '/nowhere', { key }],
    [405, null, 'PATCH', TOKENS, { key }],
    [413, TOKENS, 'POST', TOKENS, { key, body: 'x'.repeat(70_000) }],
    [415, `/v1/api-keys`, 'POST', '/v1/api-keys', { key, body: '{}', headers: { 'Content-Type': 'text/plain' } }],
  ];
  for (const [status, route, method, path, options] of requests) {
    const answer = await api(method, path, options);
    assert.equal(answer.status, status, `${method} ${path}`);
    const line = await logs.of(answer);
    assert.deepEqual([line.level, line.method, line.status, line.route], ['info', method, status, route]);
    assert.deepEqual(line.d1, answer.d1);
    assert.equal(logs.entries().filter(({ requestId }) => requestId === line.requestId).length, 1);
  }
});

test('401, 404 and 405 leave no tenant when nobody was let in, 403 leaves the key\'s', async () => {
  const tenant = async (...request) => (await logs.of(await api(...request))).tenant;
  assert.equal(await tenant('GET', TOKENS), null);
  assert.equal(await tenant('GET', '/nowhere', { key }), null);
  assert.equal(await tenant('PATCH', TOKENS, { key }), null);
  assert.equal(await tenant('GET', '/v1/api-keys', { key: reader }), 'logged');
});

test('no line holds a credential, wherever in a request it stood', async () => {
  const made = await createToken(api, key);
  const secrets = [key, `${key}x`, made.tokenValue];
  const answers = [];
  for (const secret of secrets) {
    const headers = { 'X-Token': secret, 'User-Agent': secret, 'X-Request-Id': secret };
    const body = { [secret]: secret, name: secret, allowedOrigins: [secret], environment: secret };
    answers.push(
      await api('GET', `${TOKENS}/${secret}`, { key }),
      await api('GET', `/${secret}`, { key: secret }),
      await api('GET', `${TOKENS}?${secret}=1&token=${secret}`, { key, headers }),
      await api('POST', TOKENS, { key: secret, body: `{"name":"${secret}` }),
      await api('POST', TOKENS, { key, body }),
    );
  }
  answers.push(await api('POST', `${TOKENS}/${made.id}/regenerate`, { key }));
  answers.push(await api('POST', '/v1/api-keys', { key, body: { name: 'x', permissions: ['*'] } }));
  for (const answer of answers) await logs.of(answer);
  assert.equal(logs.withCredentials().length, 0);
  for (const secret of secrets) {
    assert.ok(!logs.lines.some((line) => line.includes(secret.slice(0, 20))), 'a credential is logged');
  }
});

test('a request id of the caller\'s is not taken over', async () => {
  const sent = '11111111-1111-4111-8111-111111111111';
  const { headers } = await api('GET', TOKENS, { key, headers: { 'X-Request-Id': sent } });
  assert.notEqual(headers['x-request-id'], sent);
});

test('every line is one JSON object', () => {
  assert.equal(logs.entries().length, logs.lines.length);
});
