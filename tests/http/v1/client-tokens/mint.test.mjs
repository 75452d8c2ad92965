// POST /v1/client-tokens/:id/mint (contract section 3.9): what is minted, what is refused, and what an idempotency key does.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { UNKNOWN_TOKEN, createToken, faults } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, lab, sql } = worker;
const { key } = await worker.mintKey();

const mint = (id, body, headers) => api('POST', `/v1/client-tokens/${id}/mint`, { key, body, headers });
const once = (id, name, body) => mint(id, body, { 'Idempotency-Key': name });
/** What a value allows, as its holder reads it. */
const grant = (value) => JSON.parse(Buffer.from(value.split('.')[1], 'base64url'));
const rows = async () => (await sql('select count(*) as n from idempotency_keys'))[0].n;
const SETTINGS = { flowIds: ['flow_a', 'flow_b'], agentIds: ['agent_a'], allowedOrigins: ['https://*.example.com', 'native'] };

test('201 with a value for an hour and nothing written, in one trip', async () => {
  const { id, tokenValue } = await createToken(api, key, SETTINGS);
  const before = Date.now();
  for (const body of [undefined, {}]) {
    const { status, json, d1 } = await mint(id, body);
    assert.equal(status, 201);
    assert.deepEqual(Object.keys(json), ['token', 'expiresAt']);
    assert.ok(json.token.startsWith('ct_live_') && json.token !== tokenValue);
    const lifetime = Date.parse(json.expiresAt) - before;
    assert.ok(lifetime >= 3_600_000 && lifetime < 3_700_000);
    assert.deepEqual(grant(json.token), { expiresAt: json.expiresAt });
    assert.deepEqual([d1.trips, d1.written], [1, 0]);
  }
  const { json } = await api('GET', `/v1/audit-log?objectId=${id}`, { key });
  assert.deepEqual(json.auditLog.map(({ action }) => action), ['client_token.create']);
});

test('201 with all that it allows for its holder to read', async () => {
  const { id } = await createToken(api, key, SETTINGS);
  const allowed = {
    user: { id: 'user_42', name: 'Ada "Countess" Lovelace' }, allowedOrigins: ['https://app.example.com', 'native'], flowIds: ['flow_b'],
    agentIds: [], rateLimitPerMinute: 5, rateLimitPerHour: 50, maxMessagesPerSession: 20, metadata: { plan: 'pro', seats: 3, tags: ['é'] },
  };
  const { status, json } = await mint(id, { expiresInSeconds: 60, ...allowed });
  assert.equal(status, 201);
  const { expiresAt, ...rest } = grant(json.token);
  assert.deepEqual(rest, allowed);
  assert.equal(expiresAt, json.expiresAt);
});

test('400 naming all that exceeds the token, together with the body\'s own faults', async () => {
  const { id } = await createToken(api, key, { ...SETTINGS, maxMessagesPerSession: 7, rateLimitPerHour: null });
  const refused = await mint(id, {
    expiresInSeconds: 59, user: { name: 'Ada' }, allowedOrigins: ['https://app.example.com', '*', 'https://example.com'], flowIds: ['flow_c'],
    agentIds: ['agent_a', 'flow_a'], rateLimitPerMinute: 11, rateLimitPerHour: 10_000, maxMessagesPerSession: 8, flows: [],
  });
  assert.equal(refused.status, 400);
  assert.deepEqual(faults(refused), [
    'expiresInSeconds OUT_OF_RANGE', 'user.id MISSING_REQUIRED_FIELD', 'flows UNKNOWN_FIELD', 'allowedOrigins.1 OUT_OF_RANGE',
    'allowedOrigins.2 OUT_OF_RANGE', 'flowIds.0 OUT_OF_RANGE', 'agentIds.1 OUT_OF_RANGE', 'rateLimitPerMinute OUT_OF_RANGE',
    'maxMessagesPerSession OUT_OF_RANGE',
  ]);
  const { message } = refused.json.details.at(-1);
  assert.equal(message, 'maxMessagesPerSession is 8, more than the token\'s maxMessagesPerSession, 7');
});

test('400 for a value that would be longer than 2,048 characters, naming what takes most', async () => {
  const flowIds = Array.from({ length: 40 }, (_, n) => `flow_${String(n).padStart(40, '0')}`);
  const { id } = await createToken(api, key, { flowIds });
  const refused = await mint(id, { flowIds });
  assert.equal(refused.status, 400);
  assert.deepEqual(faults(refused), ['flowIds TOO_LONG']);
  assert.equal((await mint(id, { flowIds: flowIds.slice(0, 10) })).status, 201);
});

test('404 for a token that isn\'t there, another tenant\'s or deleted; 403 without the scope', async () => {
  const { id } = await createToken(api, key, SETTINGS);
  assert.equal((await mint(UNKNOWN_TOKEN, {})).status, 404);
  const { key: other } = await worker.mintKey({ tenant: 'other' });
  assert.equal((await api('POST', `/v1/client-tokens/${id}/mint`, { key: other, body: {} })).status, 404);
  const { key: writer } = await worker.mintKey({ permissions: ['CLIENT_TOKENS:WRITE', 'CLIENT_TOKENS:READ'] });
  assert.equal((await api('POST', `/v1/client-tokens/${id}/mint`, { key: writer, body: {} })).status, 403);
  const { key: minter } = await worker.mintKey({ permissions: ['CLIENT_TOKENS:MINT'] });
  assert.equal((await api('POST', `/v1/client-tokens/${id}/mint`, { key: minter, body: {} })).status, 201);
  await api('DELETE', `/v1/client-tokens/${id}`, { key });
  assert.equal((await mint(id, {})).status, 404);
});

test('201 once and the same value again under an Idempotency-Key, whatever became of the token', async () => {
  const { id } = await createToken(api, key, SETTINGS);
  const name = randomUUID();
  const body = { user: { id: 'ada' }, flowIds: ['flow_b'] };
  const first = await once(id, name, body);
  assert.equal(first.status, 201);
  const changes = [
    () => lab.advance(5_000),
    () => api('PUT', `/v1/client-tokens/${id}`, { key, body: { flowIds: ['flow_a'] } }),
    () => api('POST', `/v1/client-tokens/${id}/regenerate`, { key }),
  ];
  for (const change of changes) {
    await change();
    const again = await once(id, name, body);
    assert.equal(again.status, 201);
    assert.ok(again.text === first.text, 'another value');
    assert.equal(again.headers['idempotent-replayed'], 'true');
  }
  const other = await once(id, name, { user: { id: 'eve' } });
  assert.equal(other.status, 422);
});

test('201 with one value for ten mints at once under one key', async () => {
  const { id } = await createToken(api, key, SETTINGS);
  const name = randomUUID();
  const answers = await Promise.all(Array.from({ length: 10 }, () => once(id, name, {})));
  assert.deepEqual(answers.map(({ status }) => status), Array(10).fill(201));
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
});

test('400 and 404 leave the key free for a better request', async () => {
  const { id } = await createToken(api, key, SETTINGS);
  const [name, before] = [randomUUID(), await rows()];
  assert.equal((await once(id, name, { flowIds: ['flow_z'] })).status, 400);
  assert.equal((await once(UNKNOWN_TOKEN, name, {})).status, 404);
  assert.equal(await rows(), before);
  assert.equal((await once(id, name, { flowIds: ['flow_a'] })).status, 201);
});
