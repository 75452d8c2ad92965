// Which pages may read the management plane (contract section 3).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { COLLECTIONS, UNKNOWN_KEY, UNKNOWN_TOKEN, ofKey, ofTarget, ofToken } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const ADMIN = 'https://admin.example';
const worker = await start({
  bindings: { DASHBOARD_ORIGINS: `${ADMIN}, http://localhost:3000` },
  variants: { unset: { DASHBOARD_ORIGINS: undefined }, star: { DASHBOARD_ORIGINS: '*, null, https://*.example' } },
});
after(() => worker.stop());
const { key } = await worker.mintKey();
const { key: reader } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:READ' });

const ENDPOINTS = [...COLLECTIONS, ...ofToken(UNKNOWN_TOKEN), ...ofKey(UNKNOWN_KEY), ...ofTarget('flow_unknown')];
const send = (method, path, headers = {}, at = worker.origin) => fetch(new URL(path, at), { method, headers });
const preflight = (path, origin, more = {}, at = worker.origin) =>
  send('OPTIONS', path, { ...(origin && { Origin: origin }), 'Access-Control-Request-Method': 'PUT', ...more }, at);
const cors = ({ headers }) => [...headers.keys()].filter((name) => name.startsWith('access-control-'));

test('204 for a dashboard\'s preflight at every endpoint, without the database', async () => {
  for (const { path } of ENDPOINTS) {
    for (const origin of [ADMIN, 'http://localhost:3000']) {
      const { status, headers } = await preflight(path, origin, { 'Access-Control-Request-Headers': 'authorization,x-a' });
      assert.equal(status, 204, path);
      assert.equal(headers.get('access-control-allow-origin'), origin);
      assert.match(headers.get('access-control-allow-methods'), /GET.*POST.*PUT.*DELETE/);
      assert.equal(headers.get('access-control-allow-headers'), 'authorization, x-a');
      assert.equal(headers.get('access-control-max-age'), '7200');
      assert.equal(headers.get('access-control-allow-credentials'), null);
      assert.equal(headers.get('vary'), 'Origin, Access-Control-Request-Headers');
      assert.match(headers.get('server-timing'), /trips=0/);
    }
  }
});

test('405 without CORS for the preflight of any other page, and of none', async () => {
  for (const origin of [
    'https://evil.example', 'http://admin.example', `${ADMIN}:8443`, `${ADMIN}.evil`, 'https://www.admin.example',
    'null', `${ADMIN}, ${ADMIN}`, `${ADMIN}/`, '', undefined,
  ]) {
    for (const { path } of COLLECTIONS) {
      const answer = await preflight(path, origin);
      assert.equal(answer.status, 405, origin);
      assert.deepEqual(cors(answer), []);
    }
  }
});

test('every answer to a dashboard can be read by it, and none by another page', async () => {
  const asked = [
    [200, 'GET', '/v1/client-tokens', key],
    [400, 'GET', '/v1/client-tokens?limit=x', key],
    [401, 'GET', '/v1/client-tokens'],
    [401, 'GET', '/v1/api-keys', 'a.b.c'],
    [403, 'DELETE', `/v1/client-tokens/${UNKNOWN_TOKEN}`, reader],
    [404, 'GET', `/v1/client-tokens/${UNKNOWN_TOKEN}`, key],
    [404, 'GET', '/v1/client-tokens/a/b/c/d', key],
    [405, 'PATCH', '/v1/client-tokens', key],
  ];
  for (const [status, method, path, credential] of asked) {
    const authorization = credential && { Authorization: `Bearer ${credential}` };
    const answer = await send(method, path, { Origin: ADMIN, ...authorization });
    assert.equal(answer.status, status, path);
    assert.equal(answer.headers.get('access-control-allow-origin'), ADMIN);
    assert.equal(answer.headers.get('vary'), status >= 400 ? 'Origin, Accept' : 'Origin');
    for (const name of ['X-Request-Id', 'WWW-Authenticate', 'Retry-After']) {
      assert.ok(answer.headers.get('access-control-expose-headers').includes(name));
    }
    for (const origin of ['https://evil.example', 'null']) {
      const other = await send(method, path, { Origin: origin, ...authorization });
      assert.equal(other.status, status);
      assert.deepEqual(cors(other), []);
    }
  }
});

test('no page is let in where the variable isn\'t set, or holds what is no origin', async () => {
  for (const at of [worker.origins.unset, worker.origins.star]) {
    for (const origin of [ADMIN, 'null', '*', 'https://a.example', 'https://evil.example']) {
      const answers = [
        await preflight('/v1/client-tokens', origin, {}, at),
        await send('GET', '/v1/client-tokens', { Origin: origin, Authorization: `Bearer ${key}` }, at),
      ];
      assert.deepEqual(answers.map(({ status }) => status), [405, 200]);
      assert.deepEqual(answers.flatMap(cors), []);
    }
  }
});

test('the browser plane stays open to every page', async () => {
  for (const origin of [ADMIN, 'https://any.example']) {
    const { status, headers } = await preflight('/v1/client/init', origin);
    assert.equal(status, 204);
    assert.equal(headers.get('access-control-allow-origin'), origin);
    assert.equal(headers.get('access-control-allow-methods'), 'GET, POST, PATCH, DELETE');
  }
});
