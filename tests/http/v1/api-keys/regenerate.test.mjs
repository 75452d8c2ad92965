// POST /v1/api-keys/:id/regenerate (contract section 4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR, api, iso, made, regenerate, works } from './set-up.mjs';

test('200 with a new value for the same key, and 401 for the old one', async () => {
  const { apiKey, key: old } = await made({ expiresAt: iso(HOUR) });
  const { status, json } = await regenerate(apiKey.id);
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ['apiKey', 'key']);
  assert.ok(json.key !== old && json.key.endsWith(json.apiKey.keyHint));
  assert.deepEqual(json.apiKey, { ...apiKey, keyHint: json.apiKey.keyHint });
  assert.ok(await works(json.key));
  assert.equal((await api('GET', '/v1/client-tokens', { key: old })).status, 401);
});

test('200 for a key that regenerates itself', async () => {
  const { apiKey, key: old } = await made({ permissions: ['*'] });
  const { json } = await regenerate(apiKey.id, old);
  assert.ok(await works(json.key));
  assert.ok(!(await works(old)));
});

test('403 for regenerating a key that may do more than the caller, which keeps its value', async () => {
  const strong = await made({ permissions: ['*'] });
  const { key: weak } = await made({ permissions: ['API_KEYS:*', 'CLIENT_TOKENS:*'] });
  const { status, json } = await regenerate(strong.apiKey.id, weak);
  assert.equal(status, 403);
  assert.equal(json.key, undefined);
  assert.ok(await works(strong.key));
});

test('400 for regenerating a key that would outlive the caller, which keeps its value', async () => {
  const expiresAt = iso(HOUR);
  const { apiKey: own, key: expiring } = await made({ permissions: ['*'], expiresAt });
  const longer = new Date(Date.parse(expiresAt) + 1).toISOString();
  for (const wish of [{}, { expiresAt: longer }]) {
    const { apiKey, key: value } = await made(wish);
    const { status, json } = await regenerate(apiKey.id, expiring);
    assert.equal(status, 400);
    assert.equal(json.error, 'API key would outlive its maker');
    assert.ok(json.hint.includes(expiresAt) && json.key === undefined);
    assert.ok(await works(value));
  }
  const { apiKey: equal } = await made({ expiresAt });
  assert.equal((await regenerate(equal.id, expiring)).status, 200);
  assert.equal((await regenerate(own.id, expiring)).status, 200);
});
