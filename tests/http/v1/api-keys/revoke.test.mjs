// DELETE /v1/api-keys/:id: one key, or with it all that it made (contract section 4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faults } from '#support/contract.mjs';
import { WISH, api, create, key, made, works } from './set-up.mjs';

const revoke = (id, as = key, query = '') => api('DELETE', `/v1/api-keys/${id}${query}`, { key: as });

test('200 revoking a key at once, 404 from then on', async () => {
  const { apiKey, key: value } = await made();
  assert.ok(await works(value));
  const { status, json } = await api('DELETE', `/v1/api-keys/${apiKey.id}`, { key });
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ['success', 'message']);
  assert.equal(json.success, true);
  assert.equal((await api('GET', '/v1/client-tokens', { key: value })).status, 401);
  for (const [method, end] of [['GET', ''], ['DELETE', ''], ['POST', '/regenerate']]) {
    assert.equal((await api(method, `/v1/api-keys/${apiKey.id}${end}`, { key })).status, 404, method);
  }
  const listed = (await api('GET', '/v1/api-keys', { key })).json.apiKeys;
  assert.ok(!listed.some(({ id }) => id === apiKey.id));
});

test('200 for a key that revokes itself, and 401 for its next request', async () => {
  const { apiKey, key: value } = await made({ permissions: ['API_KEYS:WRITE'] });
  assert.equal((await api('DELETE', `/v1/api-keys/${apiKey.id}`, { key: value })).status, 200);
  assert.equal((await api('DELETE', `/v1/api-keys/${apiKey.id}`, { key: value })).status, 401);
});

test('403 for revoking a key that may do more than the caller, which goes on working', async () => {
  const strong = await made({ permissions: ['CLIENT_TOKENS:*', 'TARGETS:READ'] });
  const { key: weak } = await made({ permissions: ['API_KEYS:*', 'CLIENT_TOKENS:*'] });
  for (const query of ['', '?cascade=true']) {
    const { status, headers, json } = await revoke(strong.apiKey.id, weak, query);
    assert.equal(status, 403);
    assert.match(json.details[0].message, /TARGETS:READ/);
    assert.match(headers['www-authenticate'], /error="insufficient_scope", scope="TARGETS:READ"/);
  }
  assert.ok(await works(strong.key));
  const { apiKey: peer } = await made({ permissions: ['CLIENT_TOKENS:*'] });
  assert.equal((await revoke(peer.id, weak)).status, 200);
});

test('200 revoking a key alone, or with all that it made, directly or not', async () => {
  const top = await made({ permissions: ['*'] });
  const child = await made({ permissions: ['*'] }, top.key);
  const grandchild = await made({ permissions: ['*'] }, child.key);
  const beside = await made();
  const alone = await revoke(child.apiKey.id, key, '?cascade=false');
  assert.deepEqual([alone.status, alone.json.message], [200, 'API key revoked. It stopped working.']);
  assert.ok(await works(grandchild.key));
  const { status, json, d1 } = await revoke(top.apiKey.id, key, '?cascade=true');
  assert.equal(status, 200);
  assert.deepEqual(json, { success: true, message: 'API key and 1 that it made revoked. They stopped working.' });
  assert.equal(d1.trips, 2);
  for (const { key: dead } of [top, child, grandchild]) assert.ok(!(await works(dead)));
  assert.ok(await works(beside.key));
  assert.equal((await revoke(top.apiKey.id, key, '?cascade=true')).status, 404);
});

test('200 for a key that revokes itself with all that it made, whatever it may do', async () => {
  const small = await made({ permissions: ['API_KEYS:WRITE'] });
  const child = await made({ permissions: ['API_KEYS:WRITE'] }, small.key);
  assert.equal((await revoke(small.apiKey.id, small.key, '?cascade=true')).status, 200);
  for (const { key: dead, apiKey: { id } } of [small, child]) assert.equal((await revoke(id, dead)).status, 401);
});

test('no key slips through that is made while its maker\'s line is revoked', async () => {
  const top = await made({ permissions: ['*'] });
  const child = await made({ permissions: ['*'] }, top.key);
  const creations = Array.from({ length: 20 }, (_, n) => create(WISH, n % 2 ? top.key : child.key));
  const [{ status }, ...answers] = await Promise.all([revoke(top.apiKey.id, key, '?cascade=true'), ...creations]);
  assert.equal(status, 200);
  for (const answer of answers) {
    assert.ok([201, 401].includes(answer.status), `${answer.status}`);
    if (answer.status === 201) assert.ok(!(await works(answer.json.key)));
  }
});

test('400 for a cascade that is neither true nor false, and for other parameters', async () => {
  const { apiKey, key: value } = await made();
  for (const [query, fault] of [
    ['?cascade=yes', 'cascade INVALID_ENUM'], ['?cascade', 'cascade INVALID_ENUM'], ['?casade=true', 'casade UNKNOWN_FIELD'],
  ]) {
    const answer = await revoke(apiKey.id, key, query);
    assert.equal(answer.status, 400);
    assert.deepEqual(faults(answer), [fault]);
  }
  assert.ok(await works(value));
});
