// What callers see of API keys, of the exchange of BOOTSTRAP_KEY for the first one, and of the audit log.
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { FULL, MINIMAL, UNKNOWN_KEY } from '#support/contract.mjs';
import { scene } from '#support/golden/scene.mjs';

const KEYS = '/v1/api-keys';
const BOOTSTRAP_KEY = randomBytes(32).toString('base64');

test('API keys and the audit log', async () => {
  const s = await scene('api-keys', 'The first API key, API keys, and the audit log that all of it leaves.', {
    bindings: { BOOTSTRAP_KEY }, variants: { unset: { BOOTSTRAP_KEY: undefined } },
  });
  const { ask, names, used } = s;
  names.secret(BOOTSTRAP_KEY, 'the value of BOOTSTRAP_KEY');
  const exchange = (title, options) => ask(title, 'POST', '/v1/bootstrap', { key: BOOTSTRAP_KEY, ip: '203.0.113.9', ...options });

  await exchange('bootstrap: no credential', { key: undefined });
  await exchange('bootstrap: another credential', { key: 'not-the-key' });
  await exchange('bootstrap: where the secret is unset', { origin: s.worker.origins.unset });
  await exchange('bootstrap: faults', { body: { tenant: 'a b', name: '', nme: 'x' } });
  await exchange('bootstrap: another type', { body: '{}', headers: { 'Content-Type': 'text/plain' } });
  await exchange('bootstrap: too large', { body: 'x'.repeat(70_000) });
  const first = await exchange('bootstrap', { body: { tenant: 'house', name: 'Console' } });
  await exchange('bootstrap: a second time', {});

  const { apiKey: { id: firstId }, key } = first.json;
  await ask(null, 'GET', KEYS, { key });
  await used('api_keys', firstId);
  await ask('get', 'GET', `${KEYS}/${firstId}`, { key });
  await ask('get: HEAD', 'HEAD', `${KEYS}/${firstId}`, { key });
  await ask('get: unknown', 'GET', `${KEYS}/${UNKNOWN_KEY}`, { key });
  await ask('list', 'GET', KEYS, { key });

  const make = (title, body, options) => ask(title, 'POST', KEYS, { key, body, ...options });
  const in90Days = new Date(Date.now() + 90 * 86_400_000).toISOString();
  const reader = await make('create: a reader', { name: 'Reader', permissions: ['CLIENT_TOKENS:READ', 'CLIENT_TOKENS:READ', 'API_KEYS:*'] });
  const test = await make('create: a test key that ends', { name: 'Test', environment: 'test', permissions: ['*'], expiresAt: in90Days });
  await make('create: faults', { name: 7, environment: 'prod', permissions: ['CLIENT_TOKENS:FLY', 'x'], expiresAt: 'tomorrow', scope: '*' });
  await make('create: nothing of what it needs', {});
  await make('create: no permission, and an end in the past', { name: 'x', permissions: [], expiresAt: '2020-01-01T00:00:00Z' });
  await make('create: more than its maker may', { name: 'x', permissions: ['TARGETS:WRITE'] }, { key: reader.json.key });
  await used('api_keys', reader.json.apiKey.id);
  await make('create: a live one with a test key', { name: 'x', environment: 'live', permissions: ['*'], expiresAt: in90Days }, { key: test.json.key });
  await used('api_keys', test.json.apiKey.id);
  await make('create: one that outlives its maker', { name: 'x', environment: 'test', permissions: ['*'] }, { key: test.json.key });
  const under = { headers: { 'Idempotency-Key': 'golden-1' } };
  const once = await make('create: under an Idempotency-Key', { name: 'Once', permissions: ['API_KEYS:READ'] }, under);
  await make('create: once more under the same Idempotency-Key', { name: 'Once', permissions: ['API_KEYS:READ'] }, under);
  await make('create: something else under the same Idempotency-Key', { name: 'Twice', permissions: ['API_KEYS:READ'] }, under);
  await make('create: under what is no Idempotency-Key', { name: 'Once', permissions: ['*'] }, { headers: { 'Idempotency-Key': '' } });
  await ask('list: the first page', 'GET', `${KEYS}?limit=2`, { key });
  await ask('list: faults of the query', 'GET', `${KEYS}?limit=x&offset=-1&all=1`, { key });
  await ask('list: with a test key', 'GET', KEYS, { key: test.json.key });

  const { id } = once.json.apiKey;
  const regenerate = (title, body, options) => ask(title, 'POST', `${KEYS}/${id}/regenerate`, { key, body, ...options });
  await regenerate('regenerate');
  await regenerate('regenerate: the old value works on for a while', { gracePeriodSeconds: 3600 });
  await regenerate('regenerate: faults', { gracePeriodSeconds: 90_000_000, grace: 1 });
  const again = { headers: { 'Idempotency-Key': 'golden-2' } };
  await regenerate('regenerate: under an Idempotency-Key', { gracePeriodSeconds: 600 }, again);
  await regenerate('regenerate: once more under the same Idempotency-Key', { gracePeriodSeconds: 600 }, again);
  await regenerate('regenerate: something else under the same Idempotency-Key', {}, again);
  await ask('previous key', 'DELETE', `${KEYS}/${id}/previous-key`, { key });
  await ask('previous key: none', 'DELETE', `${KEYS}/${id}/previous-key`, { key });
  await regenerate('regenerate: by another key that may', {}, { key: reader.json.key });
  await ask('regenerate: one that may do more', 'POST', `${KEYS}/${firstId}/regenerate`, { key: reader.json.key });
  await ask('regenerate: unknown', 'POST', `${KEYS}/${UNKNOWN_KEY}/regenerate`, { key });
  await ask('old values: dead', 'GET', KEYS, { key: once.json.key });

  await ask('revoke: one that may do more', 'DELETE', `${KEYS}/${firstId}`, { key: reader.json.key });
  await ask('revoke: faults of the query', 'DELETE', `${KEYS}/${id}?cascade=maybe`, { key });
  await ask('revoke', 'DELETE', `${KEYS}/${id}`, { key });
  await ask('revoke: a second time', 'DELETE', `${KEYS}/${id}`, { key });
  await ask('revoke: with all that it made', 'DELETE', `${KEYS}/${test.json.apiKey.id}?cascade=true`, { key });
  await ask('a revoked key', 'GET', KEYS, { key: test.json.key });
  await s.worker.sql('update api_keys set expires_at = 1 where id = ?1', reader.json.apiKey.id);
  await ask('an expired key', 'GET', KEYS, { key: reader.json.key });
  await ask('regenerate: an expired key', 'POST', `${KEYS}/${reader.json.apiKey.id}/regenerate`, { key });

  const made = await ask(null, 'POST', '/v1/client-tokens', { key, body: MINIMAL, ip: '203.0.113.9' });
  const one = `/v1/client-tokens/${made.json.clientToken.id}`;
  const config = { long: 'x'.repeat(2_000) };
  names.secret(createHash('sha256').update(JSON.stringify(config)).digest('hex'), 'SHA-256 of the config');
  await ask(null, 'PUT', one, { key, body: { ...FULL, config } });
  await ask(null, 'GET', `${one}/token`, { key });
  await ask(null, 'POST', `${one}/mint`, { key, body: {} });
  await ask(null, 'POST', `${one}/regenerate`, { key });
  await ask(null, 'DELETE', one, { key });
  await ask(null, 'PUT', '/v1/targets/flow_a', { key, body: { upstream: { kind: 'echo' } } });
  await ask(null, 'PUT', '/v1/targets/flow_a', { key, body: { name: 'A', upstream: { kind: 'echo' } } });
  await ask(null, 'DELETE', '/v1/targets/flow_a', { key });
  const log = (title, query = '') => ask(title, 'GET', `/v1/audit-log${query}`, { key });
  await log('audit log: all that was done');
  const page = await log('audit log: the first page', '?limit=2');
  await log('audit log: the next page', `?limit=2&cursor=${page.json.pagination.nextCursor}`);
  await log('audit log: of one object', `?objectId=${id}&action=api_key.revoke&actor=${firstId}`);
  await log('audit log: faults of the query', '?limit=0&cursor=x&action=fly&object_id=1');
  s.close();
});
