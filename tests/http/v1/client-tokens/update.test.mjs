// PUT /v1/client-tokens/:id (contract section 3.4).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FULL, MINIMAL, TOKEN_FIELDS, UNKNOWN_TOKEN, createToken, faults, settled } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api } = worker;
const { key } = await worker.mintKey();

const get = async (id) => (await api('GET', `/v1/client-tokens/${id}`, { key })).json.clientToken;
const put = (id, body) => api('PUT', `/v1/client-tokens/${id}`, { key, body });
const row = async (id) => (await worker.sql('select * from client_tokens where id = ?1', id))[0];

/** The update must be refused for exactly these faults, and change nothing. */
async function refused(id, body, ...expected) {
  const before = await row(id);
  const answer = await put(id, body);
  assert.equal(answer.status, 400, JSON.stringify(body));
  assert.deepEqual(faults(answer), expected, JSON.stringify(body));
  assert.deepEqual(await row(id), before);
}

test('200 changing each field alone and nothing else', async () => {
  const { id } = await createToken(api, key, FULL);
  const changes = {
    name: 'Renamed', flowIds: ['flow_b', 'flow_c'], defaultFlowId: 'flow_c', agentIds: ['agent_b'],
    allowedOrigins: ['https://new.example.com'], pinToVersion: 'v3', targetVersionId: null, targetAlias: 'stable',
    rateLimitPerMinute: 8, rateLimitPerHour: 80, maxMessagesPerSession: 800, sessionIdleTimeoutMinutes: 8,
    config: { placeholder: 'Ask' }, isActive: false,
  };
  for (const [field, value] of Object.entries(changes)) {
    const before = await get(id);
    const { status, json } = await put(id, { [field]: value });
    assert.equal(status, 200, field);
    assert.deepEqual(Object.keys(json), ['clientToken', 'warnings']);
    assert.deepEqual(Object.keys(json.clientToken), TOKEN_FIELDS);
    const after = await get(id);
    assert.ok(after.updatedAt > before.updatedAt, 'updatedAt must rise');
    assert.deepEqual(settled(after), { ...settled(before), [field]: value }, field);
  }
});

test('200 changing everything at once', async () => {
  const { id } = await createToken(api, key);
  const { status, json } = await put(id, { ...FULL, isActive: false });
  assert.equal(status, 200);
  for (const [field, value] of Object.entries(FULL)) assert.deepEqual(json.clientToken[field], value, field);
});

test('200 for {} without any change', async () => {
  const { id } = await createToken(api, key, FULL);
  const before = await row(id);
  const { status, json } = await put(id, {});
  assert.equal(status, 200);
  assert.deepEqual(json.warnings.map(({ type }) => type), ['insecure_origin', 'unknown_target']);
  assert.deepEqual(await row(id), before);
});

test('200 for the whole body of GET, sent back with one change', async () => {
  const placed = { ...FULL, environment: 'test', productSurfaceId: 'surface_1' };
  for (const settings of [{}, placed, { agentIds: ['agent_a'] }]) {
    const { id } = await createToken(api, key, settings);
    const before = await get(id);
    const { status } = await put(id, { ...before, name: 'Read, modified, written' });
    assert.equal(status, 200);
    assert.deepEqual(settled(await get(id)), { ...settled(before), name: 'Read, modified, written' });
  }
});

test('200 with read-only fields ignored, whatever they hold', async () => {
  const made = await createToken(api, key);
  const before = await row(made.id);
  const readOnly = {
    id: UNKNOWN_TOKEN, tokenPrefix: 7, tokenHint: null, tokenValue: ['x'], lastUsedAt: 'never', createdAt: false,
    updatedAt: {}, conversationCount: -1,
  };
  assert.equal((await put(made.id, readOnly)).status, 200);
  assert.deepEqual(await row(made.id), before);
});

test('200 for environment and productSurfaceId as stored, 400 IMMUTABLE_FIELD for any other', async () => {
  const plain = await createToken(api, key);
  const placed = await createToken(api, key, { environment: 'test', productSurfaceId: 'surface_1' });
  assert.equal((await put(plain.id, { environment: 'live', productSurfaceId: null })).status, 200);
  assert.equal((await put(placed.id, { environment: 'test', productSurfaceId: 'surface_1' })).status, 200);
  await refused(plain.id, { environment: 'test' }, 'environment IMMUTABLE_FIELD');
  await refused(plain.id, { productSurfaceId: 'surface_1' }, 'productSurfaceId IMMUTABLE_FIELD');
  await refused(placed.id, { environment: 'live' }, 'environment IMMUTABLE_FIELD');
  await refused(placed.id, { productSurfaceId: null }, 'productSurfaceId IMMUTABLE_FIELD');
  const both = ['environment IMMUTABLE_FIELD', 'productSurfaceId IMMUTABLE_FIELD'];
  await refused(placed.id, { productSurfaceId: 'Surface_1', environment: 7 }, ...both);
});

test('200 with an updatedAt that rises even when the stored one is ahead of the clock', async () => {
  const { id } = await createToken(api, key);
  const ahead = Date.now() + 3_600_000;
  await worker.sql('update client_tokens set updated_at = ?1 where id = ?2', ahead, id);
  await put(id, { name: 'Renamed' });
  assert.equal((await get(id)).updatedAt, new Date(ahead + 1).toISOString());
  await api('POST', `/v1/client-tokens/${id}/regenerate`, { key });
  assert.equal((await get(id)).updatedAt, new Date(ahead + 2).toISOString());
});

test('200 with config replaced and not merged', async () => {
  const { id } = await createToken(api, key, { config: { theme: { a: 1, b: 2 }, welcomeMessage: 'Hello' } });
  await put(id, { config: { theme: { a: 3 } } });
  assert.deepEqual((await get(id)).config, { theme: { a: 3 } });
});

test('200 for null where null has a meaning', async () => {
  const { id } = await createToken(api, key, FULL);
  const nulls = {
    defaultFlowId: null, pinToVersion: null, targetAlias: null, targetVersionId: null, rateLimitPerMinute: null,
    rateLimitPerHour: null, maxMessagesPerSession: null, sessionIdleTimeoutMinutes: null,
  };
  const { status } = await put(id, nulls);
  assert.equal(status, 200);
  const after = await get(id);
  for (const field of Object.keys(nulls)) assert.equal(after[field], null, field);
});

test('400 for null everywhere else', async () => {
  const { id } = await createToken(api, key, FULL);
  for (const field of ['name', 'allowedOrigins', 'flowIds', 'agentIds', 'config', 'isActive']) {
    await refused(id, { [field]: null }, `${field} INVALID_TYPE`);
  }
});

test('200 for empty lists of flows and agents, 400 for an empty list of origins', async () => {
  const { id } = await createToken(api, key, { flowIds: ['flow_a'], agentIds: ['agent_a'] });
  const { status, json } = await put(id, { flowIds: [], agentIds: [] });
  assert.equal(status, 200);
  assert.ok(json.warnings.some(({ type }) => type === 'no_target'));
  await refused(id, { allowedOrigins: [] }, 'allowedOrigins OUT_OF_RANGE');
});

test('400 for a value that create would refuse, too', async () => {
  const { id } = await createToken(api, key, FULL);
  await refused(id, { name: 'x'.repeat(256) }, 'name TOO_LONG');
  await refused(id, { name: ' \t ' }, 'name INVALID_FORMAT');
  await refused(id, { allowedOrigins: ['*', 'https://a.example/path'] }, 'allowedOrigins.1 INVALID_ORIGIN');
  await refused(id, { pinToVersion: 'agentver_1' }, 'pinToVersion INVALID_FORMAT');
  await refused(id, { rateLimitPerMinute: 1001 }, 'rateLimitPerMinute OUT_OF_RANGE');
  await refused(id, { isActive: 'true' }, 'isActive INVALID_TYPE');
  await refused(id, { config: { a: 'x'.repeat(16 * 1024) } }, 'config TOO_LONG');
});

test('400 for an unknown field, with the name that was probably meant', async () => {
  const { id } = await createToken(api, key);
  await refused(id, { is_active: false }, 'is_active UNKNOWN_FIELD');
  const { json } = await put(id, { is_active: false });
  assert.equal(json.details[0].suggestion, 'isActive');
});

test('400 telling every fault at once, what is stored included', async () => {
  const { id } = await createToken(api, key, FULL);
  await refused(
    id,
    { name: '', environment: 'test', flowIds: ['flow_x'], rateLimitPerHour: 'many', colour: 'red' },
    'name INVALID_FORMAT', 'rateLimitPerHour INVALID_TYPE', 'colour UNKNOWN_FIELD', 'environment IMMUTABLE_FIELD',
    'defaultFlowId INVALID_ENUM',
  );
});

test('400 for a default flow outside the flows that result, 200 when both change together', async () => {
  const { id } = await createToken(api, key, { flowIds: ['a', 'b'], defaultFlowId: 'a' });
  await refused(id, { flowIds: ['b'] }, 'defaultFlowId INVALID_ENUM');
  await refused(id, { flowIds: [] }, 'defaultFlowId INVALID_ENUM');
  await refused(id, { defaultFlowId: 'c' }, 'defaultFlowId INVALID_ENUM');
  assert.equal((await put(id, { flowIds: ['b'], defaultFlowId: 'b' })).status, 200);
  assert.equal((await put(id, { flowIds: [], defaultFlowId: null })).status, 200);
});

test('400 for an alias beside the version that is stored, 200 when one replaces the other', async () => {
  const { id } = await createToken(api, key, { agentIds: ['agent_a'], targetVersionId: 'v1' });
  await refused(id, { targetAlias: 'stable' }, 'targetAlias INVALID_FORMAT');
  assert.equal((await put(id, { targetAlias: 'stable', targetVersionId: null })).status, 200);
  await refused(id, { targetVersionId: 'v1' }, 'targetAlias INVALID_FORMAT');
});

test('400 for agents that no longer fit the version that is stored', async () => {
  const { id } = await createToken(api, key, { agentIds: ['agent_a'], targetVersionId: 'v1' });
  await refused(id, { agentIds: [] }, 'targetVersionId INVALID_FORMAT');
  await refused(id, { agentIds: ['agent_a', 'agent_b'] }, 'targetVersionId INVALID_FORMAT');
  assert.equal((await put(id, { agentIds: ['agent_b'] })).status, 200);
});

test('404 for a well-formed id that nothing has', async () => {
  const { status, json } = await put(UNKNOWN_TOKEN, { name: 'Nobody' });
  assert.equal(status, 404);
  assert.equal(json.error, 'Client token not found');
});

test('400 for a malformed id', async () => {
  const { id } = await createToken(api, key, MINIMAL);
  assert.equal((await put(id.toUpperCase(), {})).status, 400);
  assert.equal((await put(id.replace('ct_', 'key_'), {})).status, 400);
});
