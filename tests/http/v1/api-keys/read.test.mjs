// GET /v1/api-keys and GET /v1/api-keys/:id (contract section 4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY_FIELDS, UNKNOWN_KEY } from '#support/contract.mjs';
import { api, key, made, maker, regenerate, sql, worker } from './set-up.mjs';

test('200 with all keys, newest first, and never a value', async () => {
  const { key: own } = await worker.mintKey({ tenant: 'lister', name: 'First' });
  const values = [];
  for (const name of ['Second', 'Third']) values.push((await made({ name }, own)).key);
  await sql("update api_keys set created_at = created_at + 1 where name = 'Second'");
  await sql("update api_keys set created_at = created_at + 2 where name = 'Third'");
  const { status, json, text } = await api('GET', '/v1/api-keys', { key: own });
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ['apiKeys']);
  assert.deepEqual(json.apiKeys.map(({ name }) => name), ['Third', 'Second', 'First']);
  for (const apiKey of json.apiKeys) assert.deepEqual(Object.keys(apiKey), KEY_FIELDS);
  for (const value of [own, ...values]) assert.ok(!text.includes(value.slice(8, 30)), 'a key is listed with its value');
});

test('200 with one key, never its value', async () => {
  const { apiKey } = await made();
  const { status, json } = await api('GET', `/v1/api-keys/${apiKey.id}`, { key });
  assert.equal(status, 200);
  assert.deepEqual(json, { apiKey });
});

test('200 with only test keys for a test key', async () => {
  const { key: testKey, id } = await worker.mintKey({ tenant: 'both', environment: 'test' });
  await worker.mintKey({ tenant: 'both' });
  const { json } = await api('GET', '/v1/api-keys', { key: testKey });
  assert.deepEqual(json.apiKeys.map((apiKey) => apiKey.id), [id]);
});

test('404 for a well-formed id that nothing has, 400 for a malformed one', async () => {
  for (const [method, end] of [['GET', ''], ['DELETE', ''], ['POST', '/regenerate'], ['DELETE', '/previous-key']]) {
    const unknown = await api(method, `/v1/api-keys/${UNKNOWN_KEY}${end}`, { key });
    assert.equal(unknown.status, 404, method);
    assert.equal(unknown.json.error, 'API key not found');
    for (const id of [UNKNOWN_KEY.toUpperCase(), UNKNOWN_KEY.replace('key_', 'ct_'), 'key_', 'x']) {
      const malformed = await api(method, `/v1/api-keys/${id}${end}`, { key });
      assert.equal(malformed.status, 400, id);
      assert.equal(malformed.json.error, 'Invalid API key ID');
    }
  }
});

test('200 with createdBy: the maker, or null for a key that was minted', async () => {
  const child = await made({ permissions: ['*'] });
  const grandchild = await made({}, child.key);
  const shown = async (id) => (await api('GET', `/v1/api-keys/${id}`, { key })).json.apiKey.createdBy;
  assert.deepEqual(await Promise.all([maker, child.apiKey.id, grandchild.apiKey.id].map(shown)), [null, maker, child.apiKey.id]);
  const { json } = await regenerate(grandchild.apiKey.id);
  assert.equal(json.apiKey.createdBy, child.apiKey.id);
});
