// POST /v1/client-tokens (contract sections 2, 3.2 and 5).
// It is here because every field's default, range and form is first met when a token is made.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FULL, MINIMAL, TOKEN_FIELDS, faults } from './support/contract.mjs';
import { start } from './support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { key } = await worker.mintKey();

const create = (body, as = key) => worker.api('POST', '/v1/client-tokens', { key: as, body });
const text = (length, character = 'x') => character.repeat(length);
const list = (length, entry) => Array.from({ length }, (_, n) => entry(n));

/** Each wish must be granted as it stands. */
async function granted(...wishes) {
  for (const wish of wishes) {
    const { status, json } = await create({ ...MINIMAL, ...wish });
    assert.equal(status, 201, JSON.stringify(json.details));
    for (const [field, value] of Object.entries(wish)) assert.deepEqual(json.clientToken[field], value);
  }
}

/** Each wish must be refused for exactly the one fault. */
async function refused(fault, ...wishes) {
  for (const wish of wishes) {
    const answer = await create({ ...MINIMAL, ...wish });
    assert.equal(answer.status, 400, JSON.stringify(wish).slice(0, 200));
    assert.deepEqual(faults(answer), [fault], JSON.stringify(wish).slice(0, 200));
  }
}

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

test('201 at both ends of every length and 400 just outside', async () => {
  await granted({ name: 'x' }, { name: text(255) }, { name: text(255, '😀') });
  await refused('name INVALID_FORMAT', { name: '' });
  await refused('name TOO_LONG', { name: text(256) }, { name: text(256, '😀') });
  for (const field of ['pinToVersion', 'productSurfaceId', 'targetAlias']) {
    await granted({ [field]: '' }, { [field]: text(128) }, { [field]: text(128, '😀') });
    await refused(`${field} TOO_LONG`, { [field]: text(129) });
  }
  await granted({ agentIds: ['a'], targetVersionId: text(128) });
  await refused('targetVersionId TOO_LONG', { agentIds: ['a'], targetVersionId: text(129) });
});

test('201 at both ends of every limit and 400 just outside', async () => {
  const limits = {
    rateLimitPerMinute: 1000,
    rateLimitPerHour: 10_000,
    maxMessagesPerSession: 1000,
    sessionIdleTimeoutMinutes: 1440,
  };
  for (const [field, most] of Object.entries(limits)) {
    await granted({ [field]: 1 }, { [field]: most });
    await refused(`${field} OUT_OF_RANGE`, { [field]: 0 }, { [field]: most + 1 }, { [field]: -1 }, { [field]: 1.5 });
  }
});

test('201 for as many flows and agents as there may be and 400 for one more', async () => {
  for (const field of ['flowIds', 'agentIds']) {
    await granted({ [field]: list(50, (n) => `id_${n}`) }, { [field]: [text(128)] });
    await refused(`${field} TOO_MANY`, { [field]: list(51, (n) => `id_${n}`) });
    await refused(`${field}.1 TOO_LONG`, { [field]: ['a', text(129)] });
    const others = ['', 'a b', 'ä', 'a/b'].map((id) => ({ [field]: [id] }));
    await refused(`${field}.0 INVALID_FORMAT`, ...others);
  }
});

test('201 with duplicates dropped from flows, agents and origins', async () => {
  const { json } = await create({
    name: 'Twice',
    flowIds: ['b', 'a', 'b'],
    agentIds: ['a', 'a'],
    allowedOrigins: ['https://a.example', ' HTTPS://A.example:443/ ', 'native', 'NATIVE'],
  });
  assert.deepEqual(json.clientToken.flowIds, ['b', 'a']);
  assert.deepEqual(json.clientToken.agentIds, ['a']);
  assert.deepEqual(json.clientToken.allowedOrigins, ['https://a.example', 'native']);
});

test('201 for every form of origin, normalised', async () => {
  const forms = {
    'https://App.Example.com': 'https://app.example.com',
    'http://localhost:3000': 'http://localhost:3000',
    'https://pay.example.com:443': 'https://pay.example.com',
    'http://app.example.com:80/': 'http://app.example.com',
    'https://*.example.com:8443': 'https://*.example.com:8443',
    'Example.com': 'example.com',
    'localhost:3000': 'localhost:3000',
    '*.example.com': '*.example.com',
    '*': '*',
    ' native ': 'native',
    'https://xn--bcher-kva.example': 'https://xn--bcher-kva.example',
  };
  const { json } = await create({ name: 'Forms', allowedOrigins: Object.keys(forms) });
  assert.deepEqual(json.clientToken.allowedOrigins, Object.values(forms));
});

test('201 for as many origins as there may be and 400 for one more or none', async () => {
  await granted({ allowedOrigins: list(100, (n) => `https://${n}.example.com`) });
  await refused('allowedOrigins TOO_MANY', { allowedOrigins: list(101, (n) => `https://${n}.example.com`) });
  await refused('allowedOrigins OUT_OF_RANGE', { allowedOrigins: [] });
});

test('400 for an entry that is no origin, naming it and why', async () => {
  const bad = [
    'https://user:password@example.com', 'https://example.com/app', 'https://example.com?a', 'https://example.com#a',
    'ftp://example.com', 'https://', 'https:example.com', `https://${text(254)}`, 'https://a.*.example.com',
    'https://a*.example.com', 'https://*.com', 'https://*.10.0.0.1', 'https://ex%61mple.com', 'http://127.1',
    'https://example.com:', 'https://example.com:0', 'https://example.com:65536', 'https://example.com.',
    'https://exa mple.com', 'https://example.com\u0000', 'https://bücher.example', 'null', '', '  ',
  ];
  const answer = await create({ name: 'Origins', allowedOrigins: ['https://good.example', ...bad] });
  assert.equal(answer.status, 400);
  assert.deepEqual(faults(answer), bad.map((_, n) => `allowedOrigins.${n + 1} INVALID_ORIGIN`));
  assert.match(answer.json.details[1].message, /"https:\/\/example\.com\/app": .+path/);
  assert.match(answer.json.details[bad.indexOf('https://bücher.example')].message, /xn--/);
});

test('201 for a config of 16 KiB and 400 for one byte more', async () => {
  const config = (bytes) => ({ a: text(bytes - '{"a":""}'.length) });
  await granted({ config: config(16 * 1024) });
  await refused('config TOO_LONG', { config: config(16 * 1024 + 1) });
});

test('201 with the numbers, order and characters of config kept', async () => {
  const config = '{"z":9007199254740993,"a":[1.5,-0,"\\u0000","é😀"],"__proto__":{},"empty":null}';
  const { status, text: answer } = await create(`{"name":"Kept","allowedOrigins":["*"],"config":${config}}`);
  assert.equal(status, 201);
  const kept = /"config":(.*),"isActive"/.exec(answer)[1];
  assert.match(kept, /^\{"z":9007199254740993,"a":/);
  assert.deepEqual(JSON.parse(kept), JSON.parse(config));
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

test('400 for an environment that is neither test nor live', async () => {
  await refused('environment INVALID_ENUM', { environment: 'production' }, { environment: 'LIVE' });
});

test('400 for a default flow that is not among the flows', async () => {
  await granted({ flowIds: ['a', 'b'], defaultFlowId: 'b' });
  const answer = await create({ ...MINIMAL, flowIds: ['a', 'b'], defaultFlowId: 'c' });
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.json.details.map(({ path }) => path), ['defaultFlowId']);
});

test('400 for an alias together with a version, or a version without exactly one agent', async () => {
  const agentIds = ['agent_a'];
  await granted({ targetAlias: 'stable' }, { agentIds, targetVersionId: 'v1' });
  await refused('targetAlias INVALID_FORMAT', { agentIds, targetAlias: 'stable', targetVersionId: 'v1' });
  const noneOrTwo = [{ targetVersionId: 'v1' }, { agentIds: ['a', 'b'], targetVersionId: 'v1' }];
  await refused('targetVersionId INVALID_FORMAT', ...noneOrTwo);
});

test('400 for an agent version in pinToVersion', async () => {
  await refused('pinToVersion INVALID_FORMAT', { pinToVersion: 'agentver_1' });
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
