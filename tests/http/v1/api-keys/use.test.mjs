// What becomes of a key in use: its expiry and its last use (contract section 4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINIMAL } from '#support/contract.mjs';
import { until } from '#support/until.mjs';
import { HOUR, WISH, api, create, iso, key, made, regenerate, sql, worker, works } from './set-up.mjs';

test('401 for a key from the moment it expires, shown as inactive', async () => {
  const { apiKey, key: value } = await made({ expiresAt: iso(HOUR) });
  const expire = (fromNow) => sql('update api_keys set expires_at = ?1 where id = ?2', Date.now() + fromNow, apiKey.id);
  const isActive = async () => (await api('GET', `/v1/api-keys/${apiKey.id}`, { key })).json.apiKey.isActive;
  await expire(60_000);
  assert.ok(await works(value));
  assert.equal(await isActive(), true);
  await expire(0);
  const { status, headers } = await api('GET', '/v1/client-tokens', { key: value });
  assert.equal(status, 401);
  assert.match(headers['www-authenticate'], /error="invalid_token"/);
  assert.equal(await isActive(), false);
});

test('401 for an expired key on every method, and nothing is written', async () => {
  const { key: value, id, tenant } = await worker.mintKey({ tenant: 'expired' });
  await sql('update api_keys set expires_at = 1 where id = ?1', id);
  assert.equal((await api('POST', '/v1/client-tokens', { key: value, body: MINIMAL })).status, 401);
  assert.equal((await create(WISH, value)).status, 401);
  assert.equal((await regenerate(id, value)).status, 401);
  assert.deepEqual(await sql('select id from client_tokens where tenant_id = ?1', tenant), []);
  assert.equal((await sql('select id from api_keys where tenant_id = ?1', tenant)).length, 1);
});

test('lastUsedAt is set by a use and moves at most once a minute', async () => {
  const { apiKey, key: value } = await made();
  const lastUse = async () => (await sql('select last_used_at as at from api_keys where id = ?1', apiKey.id))[0].at;
  const set = (at) => sql('update api_keys set last_used_at = ?1 where id = ?2', at, apiKey.id);
  const shown = async () => (await api('GET', `/v1/api-keys/${apiKey.id}`, { key })).json.apiKey.lastUsedAt;

  assert.equal(await shown(), null);
  await works(value);
  const first = await until(lastUse);
  assert.equal(await shown(), new Date(first).toISOString());

  const recent = Date.now() - 30_000;
  await set(recent);
  await works(value);
  // Another key's use, made later, has been recorded: this one would have been, too.
  const { apiKey: witness, key: witnessValue } = await made();
  await works(witnessValue);
  await until(async () => (await sql('select last_used_at as at from api_keys where id = ?1', witness.id))[0].at);
  assert.equal(await lastUse(), recent);

  const before = Date.now();
  await set(before - 60_001);
  await works(value);
  await until(async () => (await lastUse()) >= before);
});
