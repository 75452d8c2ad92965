// POST /v1/client-tokens: the answer, the defaults, and faults of the body as a whole (contract sections 2 and 3.2).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FULL, MINIMAL, TOKEN_FIELDS, faults } from '#support/contract.mjs';
import { create, granted, refused, text, worker } from './set-up.mjs';

test('201 with the default of everything left out', async () => {
  const before = Date.now();
  const { status, json } = await create(MINIMAL);
  assert.equal(status, 201);
  assert.deepEqual(Object.keys(json), ['clientToken', 'token', 'warnings']);
  const { id, tokenValue, tokenHint, createdAt, updatedAt, ...settings } = json.clientToken;
  assert.match(id, /^ct_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Date.parse(createdAt) >= before && Date.parse(createdAt) <= Date.now());
  assert.equal(updatedAt, createdAt);
  assert.ok(tokenValue.endsWith(tokenHint) && tokenHint.length === 4);
  assert.deepEqual(settings, {
    ...MINIMAL,
    flowIds: [],
    defaultFlowId: null,
    agentIds: [],
    environment: 'live',
    pinToVersion: 'latest',
    productSurfaceId: null,
    targetAlias: null,
    targetVersionId: null,
    rateLimitPerMinute: 10,
    rateLimitPerHour: 100,
    maxMessagesPerSession: 100,
    sessionIdleTimeoutMinutes: 30,
    config: {},
    isActive: true,
    tokenPrefix: 'ct_live',
    lastUsedAt: null,
  });
});

test('201 with the keys in the order of the contract', async () => {
  const { json } = await create({ ...MINIMAL, ...FULL });
  assert.deepEqual(Object.keys(json.clientToken), TOKEN_FIELDS);
});

test('201 with the value beside the resource and in it', async () => {
  for (const environment of ['live', 'test']) {
    const { json } = await create({ ...MINIMAL, environment });
    assert.match(json.token, new RegExp(`^ct_${environment}_[0-9A-Za-z]{40,}$`));
    assert.ok(json.token === json.clientToken.tokenValue);
  }
});

test('201 for the published example', async () => {
  await granted({
    name: 'Customer Support Token',
    flowIds: ['flow_abc123def456'],
    defaultFlowId: 'flow_abc123def456',
    agentIds: ['agent_789xyz456uvw'],
    allowedOrigins: ['https://app.example.com', 'https://dashboard.example.com'],
    environment: 'test',
    pinToVersion: 'v1.2.3',
    rateLimitPerMinute: 60,
    rateLimitPerHour: 1000,
    maxMessagesPerSession: 500,
    sessionIdleTimeoutMinutes: 30,
    config: { enableLogging: true, maxRetries: 3 },
  });
});

test('201 with every field as it was sent', async () => {
  await granted({ ...FULL, environment: 'test', productSurfaceId: 'surface/1' });
});

test('201 for null where null has a meaning', async () => {
  await granted({
    defaultFlowId: null, pinToVersion: null, productSurfaceId: null, targetAlias: null, targetVersionId: null,
    rateLimitPerMinute: null, rateLimitPerHour: null, maxMessagesPerSession: null, sessionIdleTimeoutMinutes: null,
  });
});

test('400 for null everywhere else', async () => {
  for (const field of ['name', 'allowedOrigins', 'flowIds', 'agentIds', 'environment', 'config']) {
    await refused(`${field} INVALID_TYPE`, { [field]: null });
  }
});

test('400 for a missing required field', async () => {
  const answer = await create({});
  assert.equal(answer.status, 400);
  assert.deepEqual(faults(answer), ['name MISSING_REQUIRED_FIELD', 'allowedOrigins MISSING_REQUIRED_FIELD']);
});

test('400 for an unknown field, with the name that was probably meant', async () => {
  const answer = await create({ ...MINIMAL, allowedOrigin: [], rate_limit_per_minute: 1, colour: 'red' });
  assert.equal(answer.status, 400);
  assert.deepEqual(
    answer.json.details.map(({ path, code, suggestion }) => [path, code, suggestion]),
    [
      ['allowedOrigin', 'UNKNOWN_FIELD', 'allowedOrigins'],
      ['rate_limit_per_minute', 'UNKNOWN_FIELD', 'rateLimitPerMinute'],
      ['colour', 'UNKNOWN_FIELD', undefined],
    ],
  );
});

test('400 for a field that the server sets or only update knows', async () => {
  const notForCreate = [
    'id', 'isActive', 'tokenPrefix', 'tokenHint', 'tokenValue', 'lastUsedAt', 'createdAt', 'updatedAt',
    'conversationCount',
  ];
  for (const field of notForCreate) await refused(`${field} UNKNOWN_FIELD`, { [field]: true });
});

test('400 telling every fault at once', async () => {
  const answer = await create({
    name: '', allowedOrigins: ['https://good.example', 'ftp://bad.example', 7], flowIds: 'flow_a', environment: 'prod',
    rateLimitPerMinute: '10', rateLimitPerHour: 0, config: [], pinToVersion: text(129), colour: 'red',
  });
  assert.equal(answer.status, 400);
  assert.deepEqual(faults(answer).sort(), [
    'allowedOrigins.1 INVALID_ORIGIN', 'allowedOrigins.2 INVALID_TYPE', 'colour UNKNOWN_FIELD', 'config INVALID_TYPE',
    'environment INVALID_ENUM', 'flowIds INVALID_TYPE', 'name INVALID_FORMAT', 'pinToVersion TOO_LONG',
    'rateLimitPerHour OUT_OF_RANGE', 'rateLimitPerMinute INVALID_TYPE',
  ]);
});

test('201 with test for a test key that names no environment, and 403 when it names live', async () => {
  const { key: testKey } = await worker.mintKey({ environment: 'test' });
  const { status, json } = await create(MINIMAL, testKey);
  assert.equal(status, 201);
  assert.equal(json.clientToken.environment, 'test');
  assert.equal(json.clientToken.tokenPrefix, 'ct_test');
  assert.equal((await create({ ...MINIMAL, environment: 'live' }, testKey)).status, 403);
});
