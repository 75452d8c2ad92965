// Who may come in at all (contract sections 4 and 9; RFC 6750).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { COLLECTIONS, UNKNOWN_KEY, UNKNOWN_TOKEN, ofKey, ofTarget, ofToken } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api } = worker;
const { key, id: keyId } = await worker.mintKey();

const PATH = '/v1/client-tokens';
const withHeader = (Authorization) => api('GET', PATH, { headers: { Authorization } });

async function refused(answer, challenge) {
  const { status, headers, json, d1 } = await answer;
  assert.equal(status, 401);
  assert.equal(json.error, 'Unauthorized');
  assert.equal(headers['www-authenticate'], challenge);
  assert.equal(d1.trips, 0);
}

test('401 at every endpoint without a credential, with a challenge that names no error', async () => {
  const endpoints = [...COLLECTIONS, ...ofToken(UNKNOWN_TOKEN), ...ofKey(UNKNOWN_KEY), ...ofTarget('flow_unknown')];
  for (const { method, path, body } of endpoints) {
    await refused(api(method, path, { body }), 'Bearer');
  }
});

test('401 for an empty header, an empty token or another scheme, with a challenge that names no error', async () => {
  for (const header of ['', 'Bearer', 'Bearer ', 'Basic dXNlcjpwYXNzd29yZA==', 'Digest a=b', key]) {
    await refused(withHeader(header), 'Bearer');
  }
});

test('200 for Bearer in any case', async () => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR']) {
    assert.equal((await withHeader(`${scheme} ${key}`)).status, 200, scheme);
  }
});

test('401 invalid_token for what this deployment didn\'t make, without asking the database', async () => {
  const middle = key.length >> 1;
  const other = (character) => (character === 'A' ? 'B' : 'A');
  const flipped = (at) => key.slice(0, at) + other(key[at]) + key.slice(at + 1);
  const forgeries = [
    'x', 'rt_live_', `rt_live_${'A'.repeat(56)}`, 'rt_live_\u00e9', 'A'.repeat(8_000),
    key.slice(0, -1), `${key}A`, key.slice(1), key.toUpperCase(),
    key.replace('rt_live_', 'rt_test_'), key.replace('rt_', 'ct_'), key.replace('rt_live_', ''),
    flipped(8), flipped(middle), flipped(key.length - 1),
  ];
  for (const forgery of forgeries) await refused(withHeader(`Bearer ${forgery}`), 'Bearer error="invalid_token"');
});

test('401 invalid_token for a client token\'s value', async () => {
  const { json } = await api('POST', PATH, { key, body: { name: 'x', allowedOrigins: ['*'] } });
  await refused(withHeader(`Bearer ${json.token}`), 'Bearer error="invalid_token"');
});

test('401 invalid_token for several credentials, in one header or in several', async () => {
  for (const header of [
    [`Bearer ${key}`, `Bearer ${key}`], [`Bearer ${key}`, 'Basic abc'],
    `Bearer ${key}, Bearer ${key}`, `Bearer ${key},`, `Bearer ${key} ${key}`,
  ]) {
    await refused(withHeader(header), 'Bearer error="invalid_token"');
  }
});

test('401 for a key in the query string, in another header or in a cookie', async () => {
  await refused(api('GET', `${PATH}?access_token=${key}`), 'Bearer');
  await refused(api('GET', PATH, { headers: { 'X-API-Key': key, Cookie: `Authorization=Bearer ${key}` } }), 'Bearer');
});

test('401 invalid_token for a key that was revoked', async () => {
  const { key: revoked, id } = await worker.mintKey();
  assert.equal((await withHeader(`Bearer ${revoked}`)).status, 200);
  await worker.sql('update api_keys set revoked_at = 1 where id = ?1', id);
  const { status, headers } = await withHeader(`Bearer ${revoked}`);
  assert.equal(status, 401);
  assert.equal(headers['www-authenticate'], 'Bearer error="invalid_token"');
});

test('401 says nothing about whether a token or a key exists', async () => {
  const { json } = await api('POST', PATH, { key, body: { name: 'x', allowedOrigins: ['*'] } });
  const real = [...ofToken(json.clientToken.id), ...ofKey(keyId)];
  const unreal = [...ofToken(UNKNOWN_TOKEN), ...ofKey(UNKNOWN_KEY)];
  for (const [n, { method, path, body }] of real.entries()) {
    const [seen, unseen] = [await api(method, path, { body }), await api(method, unreal[n].path, { body })];
    assert.equal(seen.text, unseen.text);
  }
});
