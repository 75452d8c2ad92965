// Paths, methods, media types and sizes: what every endpoint of the management plane shares (contract section 9).
// Headers that every answer shares are checked in support/client.mjs.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { COLLECTIONS, MINIMAL, UNKNOWN_KEY, UNKNOWN_TOKEN, createToken, ofKey, ofToken } from '#support/contract.mjs';
import { send } from '#support/page.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, origin } = worker;
const { key } = await worker.mintKey();

const TOKENS = '/v1/client-tokens';
const KIBIBYTES_64 = 64 * 1024;
const TOO_LARGE = 'x'.repeat(KIBIBYTES_64 + 1);
const CHUNKED = { 'Transfer-Encoding': 'chunked' };

/** A body for create of exactly as many bytes. */
const padded = (bytes) => JSON.stringify(MINIMAL).padEnd(bytes);

test('404 for an unknown path, with or without a key', async () => {
  const paths = [
    '/v1', '/v2/client-tokens', '/client-tokens', '/V1/client-tokens', '//v1/client-tokens', '/v1//client-tokens', `${TOKENS}/`,
    `${TOKENS}//token`, `${TOKENS}/${UNKNOWN_TOKEN}/`, `${TOKENS}/${UNKNOWN_TOKEN}//token`,
    `${TOKENS}/${UNKNOWN_TOKEN}/token/`, `${TOKENS}/${UNKNOWN_TOKEN}/tokens`, `${TOKENS}/${UNKNOWN_TOKEN}/token/x`,
    `${TOKENS}/${UNKNOWN_TOKEN}/feedback/x`, `${TOKENS}/..%2fapi-keys/x/y`, '/v1/api-keys/',
    `/v1/api-keys/${UNKNOWN_KEY}/token`, '/v1/targets/', '/favicon.ico', `/${'x'.repeat(4_000)}`,
  ];
  for (const path of paths) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const { status, json, d1 } = await api(method, path, { key });
      assert.equal(status, 404, `${method} ${path.slice(0, 100)}`);
      assert.equal(json.error, 'Not found');
      assert.equal(d1.trips, 0);
    }
    assert.equal((await api('GET', path)).status, 404);
  }
});

test('404 that pages can read, too, for an unknown path that may be theirs', async () => {
  for (const path of ['/v1/', '/v1/client-token', '/v1/Client-Tokens', '/v1/client-tokens%2f', '/v1/a/b/c/d/e/f']) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const { status, json, cost } = await send(origin, path, undefined, { method, headers: { Authorization: `Bearer ${key}` } });
      assert.deepEqual([status, json.error, cost.trips], [404, 'Not found', 0], `${method} ${path}`);
    }
  }
});

test('405 with Allow for a method that a path doesn\'t take, with or without a key', async () => {
  const all = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'];
  const allowed = {
    [TOKENS]: 'GET, HEAD, POST',
    [`${TOKENS}/${UNKNOWN_TOKEN}`]: 'GET, HEAD, PUT, DELETE',
    [`${TOKENS}/malformed`]: 'GET, HEAD, PUT, DELETE',
    [`${TOKENS}/${UNKNOWN_TOKEN}/token`]: 'GET, HEAD',
    [`${TOKENS}/${UNKNOWN_TOKEN}/regenerate`]: 'POST',
    [`${TOKENS}/${UNKNOWN_TOKEN}/mint`]: 'POST',
    [`${TOKENS}/${UNKNOWN_TOKEN}/conversations`]: 'GET, HEAD, DELETE',
    [`${TOKENS}/${UNKNOWN_TOKEN}/conversations/malformed`]: 'GET, HEAD, DELETE',
    [`${TOKENS}/${UNKNOWN_TOKEN}/conversations/export`]: 'GET, HEAD',
    [`${TOKENS}/${UNKNOWN_TOKEN}/feedback`]: 'GET, HEAD',
    '/v1/api-keys': 'GET, HEAD, POST',
    [`/v1/api-keys/${UNKNOWN_KEY}`]: 'GET, HEAD, DELETE',
    [`/v1/api-keys/${UNKNOWN_KEY}/regenerate`]: 'POST',
    '/v1/targets': 'GET, HEAD',
    '/v1/targets/flow_unknown': 'GET, HEAD, PUT, DELETE',
    '/v1/targets/flow_unknown/try': 'POST',
  };
  for (const [path, allow] of Object.entries(allowed)) {
    for (const method of all.filter((one) => !allow.split(', ').includes(one))) {
      for (const as of [undefined, key]) {
        const { status, headers } = await api(method, path, { key: as });
        assert.equal(status, 405, `${method} ${path}`);
        assert.equal(headers.allow, allow, path);
      }
    }
  }
});

test('HEAD answers as GET does, without its body', async () => {
  const { id } = await createToken(api, key);
  const paths = [
    TOKENS, `${TOKENS}/${id}`, `${TOKENS}/${id}/token`, `${TOKENS}/${id}/conversations`, '/v1/api-keys', '/v1/targets',
    `${TOKENS}/${UNKNOWN_TOKEN}`, `${TOKENS}/malformed`, `${TOKENS}?limit=0`, '/nowhere',
  ];
  const bare = ({ status, headers }) => [status, headers['content-type'], headers['www-authenticate']];
  for (const path of paths) {
    for (const as of [key, undefined]) {
      const [head, get] = [await api('HEAD', path, { key: as }), await api('GET', path, { key: as })];
      assert.deepEqual(bare(head), bare(get), path);
      assert.equal(head.text, '');
    }
  }
});

test('every answer has a request id of its own', async () => {
  const ids = new Set();
  for (let n = 0; n < 20; n += 1) {
    const { headers } = await api('GET', TOKENS, { key: n % 2 ? key : undefined });
    ids.add(headers['x-request-id']);
  }
  assert.equal(ids.size, 20);
});

test('no answer lets another origin\'s page in, whatever it asks', async () => {
  const headers = {
    Origin: 'https://evil.example',
    'Access-Control-Request-Method': 'GET',
    'Access-Control-Request-Headers': 'authorization',
  };
  // The client refuses any Access-Control header on any answer.
  for (const method of ['OPTIONS', 'GET', 'POST', 'HEAD']) await api(method, TOKENS, { key, headers });
  assert.equal((await api('OPTIONS', TOKENS, { headers })).status, 405);
});

test('refusals come in order: path, method, credential, permission, id, body, existence', async () => {
  const { key: reader } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:READ' });
  const body = TOO_LARGE;
  const plain = { 'Content-Type': 'text/plain' };
  const unknown = `${TOKENS}/${UNKNOWN_TOKEN}`;
  const ask = async (...request) => (await api(...request)).status;
  assert.equal(await ask('PATCH', `${TOKENS}/malformed/nothing`), 404, 'path before method');
  assert.equal(await ask('PATCH', `${TOKENS}/malformed`, { body }), 405, 'method before credential');
  assert.equal(await ask('PUT', `${TOKENS}/malformed`, { body }), 401, 'credential before id and body');
  assert.equal(await ask('PUT', unknown, { key: reader, body }), 403, 'permission before body');
  assert.equal(await ask('PUT', `${unknown}?a=1`, { key: reader, body }), 403, 'permission before query');
  assert.equal(await ask('GET', '/v1/api-keys?a=1', { key: reader }), 403, 'permission before query');
  assert.equal(await ask('PUT', `${TOKENS}/malformed`, { key, body }), 400, 'id before body');
  assert.equal(await ask('PUT', unknown, { key, body, headers: plain }), 413, 'size before type');
  assert.equal(await ask('PUT', unknown, { key, body: '{', headers: plain }), 415, 'type before content');
  assert.equal(await ask('PUT', unknown, { key, body: '{' }), 400, 'content before existence');
  assert.equal(await ask('PUT', unknown, { key, body: { name: '' } }), 400, 'content before existence');
  assert.equal(await ask('PUT', unknown, { key, body: {} }), 404, 'existence last');
});

test('400 for a malformed id whatever the key may do, since the database isn\'t asked about it', async () => {
  const { key: reader, id } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:READ' });
  const remove = () => api('DELETE', `${TOKENS}/malformed`, { key: reader });
  assert.equal((await remove()).status, 400);
  await worker.sql('update api_keys set revoked_at = 1 where id = ?1', id);
  const { status, d1 } = await remove();
  assert.equal(status, 400);
  assert.equal(d1.trips, 0);
});

for (const [how, headers] of [['by its Content-Length', {}], ['chunked', CHUNKED]]) {
  test(`201 for a body of exactly 64 KiB and 413 for one byte more, ${how}`, async () => {
    assert.equal((await api('POST', TOKENS, { key, body: padded(KIBIBYTES_64), headers })).status, 201);
    const { status, json } = await api('POST', TOKENS, { key, body: padded(KIBIBYTES_64 + 1), headers });
    assert.equal(status, 413);
    assert.match(json.details[0].message, /65536/);
  });

  test(`413 for a body of 1 MiB on every endpoint that reads one, ${how}`, async () => {
    const { id } = await createToken(api, key);
    for (const [method, path] of [['POST', TOKENS], ['PUT', `${TOKENS}/${id}`], ['POST', '/v1/api-keys']]) {
      assert.equal((await api(method, path, { key, body: padded(1024 * 1024), headers })).status, 413, path);
    }
  });
}

test('2xx for JSON under any of its names', async () => {
  for (const type of [
    'application/json', 'application/json; charset=utf-8', 'application/json;charset="utf-8"', 'APPLICATION/JSON',
    'application/merge-patch+json', ' application/json ',
  ]) {
    const { status } = await api('POST', TOKENS, { key, body: MINIMAL, headers: { 'Content-Type': type } });
    assert.equal(status, 201, type);
  }
});

test('415 for a body under any other name or none', async () => {
  const { id } = await createToken(api, key);
  for (const type of [
    null, '', 'text/plain', 'text/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'json',
    'application/jsonp', 'application/javascript', 'text/plain; application/json', 'application/octet-stream',
  ]) {
    for (const [method, path] of [['POST', TOKENS], ['PUT', `${TOKENS}/${id}`], ['POST', '/v1/api-keys']]) {
      const { status, json } = await api(method, path, { key, body: MINIMAL, headers: { 'Content-Type': type } });
      assert.equal(status, 415, `${path}: ${type}`);
      assert.match(json.hint, /application\/json/);
    }
  }
});

test('400 INVALID_JSON for no body at all, of any media type', async () => {
  const plain = { 'Content-Type': 'text/plain' };
  for (const request of [{}, { body: '' }, { body: '', headers: plain }, { body: '', headers: CHUNKED }]) {
    const { status, json } = await api('POST', TOKENS, { key, ...request });
    assert.equal(status, 400);
    assert.equal(json.code, 'INVALID_JSON');
  }
});

test('400 for query parameters where an endpoint has none', async () => {
  const { id } = await createToken(api, key);
  const body = { name: 'Key', permissions: ['API_KEYS:READ'] };
  const { apiKey } = (await api('POST', '/v1/api-keys', { key, body })).json;
  const [, ...others] = COLLECTIONS;
  for (const { method, path, body } of [...others, ...ofToken(id), ...ofKey(apiKey.id)]) {
    const { status, json } = await api(method, `${path}${path.includes('?') ? '&' : '?'}force=true`, { key, body });
    assert.equal(status, 400, `${method} ${path}`);
    assert.deepEqual([json.details[0].path, json.details[0].code], ['force', 'UNKNOWN_FIELD']);
  }
  // Each was refused before it did anything.
  assert.equal((await api('GET', `${TOKENS}/${id}`, { key })).status, 200);
  assert.equal((await api('GET', `/v1/api-keys/${apiKey.id}`, { key })).status, 200);
});
