// POST /v1/api-keys (contract section 4): no key may hand out more than it has.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEY_FIELDS, faults } from '#support/contract.mjs';
import { HOUR, WISH, create, iso, made, maker, worker, works } from './set-up.mjs';

test('201 with the new key and, this once, its value', async () => {
  const permissions = ['API_KEYS:READ', 'CLIENT_TOKENS:READ', 'API_KEYS:READ'];
  const { status, json } = await create({ ...WISH, permissions });
  assert.equal(status, 201);
  assert.deepEqual(Object.keys(json), ['apiKey', 'key']);
  assert.deepEqual(Object.keys(json.apiKey), KEY_FIELDS);
  const { id, keyHint, createdAt, ...rest } = json.apiKey;
  assert.match(id, /^key_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.match(json.key, /^rt_live_[0-9A-Za-z]{40,}$/);
  assert.ok(json.key.endsWith(keyHint) && keyHint.length === 4);
  assert.deepEqual(rest, {
    name: 'CI', environment: 'live', permissions: ['API_KEYS:READ', 'CLIENT_TOKENS:READ'], keyPrefix: 'rt_live',
    lastUsedAt: null, expiresAt: null, isActive: true, createdBy: maker, previousKeyExpiresAt: null, previousKeyLastUsedAt: null,
  });
  assert.ok(await works(json.key));
});

test('201 with the environment asked for, or else the maker\'s', async () => {
  const asked = await made({ environment: 'test', permissions: ['*'] });
  assert.match(asked.key, /^rt_test_/);
  assert.equal(asked.apiKey.environment, 'test');
  assert.equal((await made({}, asked.key)).apiKey.environment, 'test');
});

test('403 when a test key asks for a live one', async () => {
  const { key: testKey } = await worker.mintKey({ environment: 'test' });
  assert.equal((await create({ ...WISH, environment: 'test' }, testKey)).status, 201);
  const { status, headers } = await create({ ...WISH, environment: 'live' }, testKey);
  assert.equal(status, 403);
  assert.match(headers['www-authenticate'], /error="insufficient_scope"/);
});

test('403 for granting more than the maker has, naming it', async () => {
  const grants = {
    'API_KEYS:WRITE,CLIENT_TOKENS:READ': {
      may: ['CLIENT_TOKENS:READ', 'API_KEYS:WRITE'],
      mayNot: ['CLIENT_TOKENS:WRITE', 'CLIENT_TOKENS:*', 'API_KEYS:READ', 'TARGETS:READ', '*'],
    },
    'API_KEYS:*,CLIENT_TOKENS:*': {
      may: ['API_KEYS:*', 'API_KEYS:READ', 'CLIENT_TOKENS:*', 'CLIENT_TOKENS:DELETE'],
      mayNot: ['TARGETS:*', '*'],
    },
    'API_KEYS:*,CLIENT_TOKENS:*,TARGETS:*': { may: ['TARGETS:WRITE'], mayNot: ['*'] },
    '*': { may: ['*', 'API_KEYS:*', 'CLIENT_TOKENS:WRITE'], mayNot: [] },
  };
  for (const [permissions, { may, mayNot }] of Object.entries(grants)) {
    const { key: maker } = await worker.mintKey({ permissions });
    for (const one of may) assert.equal((await create({ ...WISH, permissions: [one] }, maker)).status, 201, one);
    for (const one of mayNot) {
      const { status, json } = await create({ ...WISH, permissions: [may[0], one] }, maker);
      assert.equal(status, 403, one);
      assert.ok(json.details[0].message.includes(one), one);
    }
  }
});

test('201 for an expiry in the future, 400 for one in the past or of another form', async () => {
  const { apiKey } = await made({ expiresAt: '2999-12-31T23:59:59+02:00' });
  assert.equal(apiKey.expiresAt, '2999-12-31T21:59:59.000Z');
  assert.equal((await made({ expiresAt: null })).apiKey.expiresAt, null);
  const bad = {
    [iso(-1)]: 'OUT_OF_RANGE', '1970-01-01T00:00:00Z': 'OUT_OF_RANGE',
    tomorrow: 'INVALID_FORMAT', '2999-02-30T00:00:00Z': 'INVALID_FORMAT', '2999-01-01': 'INVALID_FORMAT',
  };
  for (const [expiresAt, code] of Object.entries(bad)) {
    const answer = await create({ ...WISH, expiresAt });
    assert.equal(answer.status, 400, expiresAt);
    assert.deepEqual(faults(answer), [`expiresAt ${code}`], expiresAt);
  }
});

test('201 for a key that ends with its maker or before, 400 for one that would outlive it', async () => {
  const expiresAt = iso(HOUR);
  const { key: expiring } = await made({ permissions: ['*'], expiresAt });
  for (const end of [expiresAt, iso(HOUR / 2)]) assert.equal((await create({ ...WISH, expiresAt: end }, expiring)).status, 201);
  const later = new Date(Date.parse(expiresAt) + 1).toISOString();
  for (const [wish, code] of [
    [{ expiresAt: later }, 'OUT_OF_RANGE'], [{ expiresAt: null }, 'OUT_OF_RANGE'], [{}, 'MISSING_REQUIRED_FIELD'],
  ]) {
    const answer = await create({ ...WISH, ...wish }, expiring);
    assert.equal(answer.status, 400);
    assert.deepEqual(faults(answer), [`expiresAt ${code}`]);
    assert.ok(answer.json.details[0].message.includes(expiresAt), 'the latest moment is told');
  }
});

test('400 telling every fault at once', async () => {
  assert.deepEqual(faults(await create({})), ['name MISSING_REQUIRED_FIELD', 'permissions MISSING_REQUIRED_FIELD']);
  const permissions = ['CLIENT_TOKENS:READ', 'CLIENT_TOKENS:RAED', 7];
  const answer = await create({ name: 'a\nb', environment: 'prod', permissions, expires: 1 });
  assert.equal(answer.status, 400);
  assert.deepEqual(faults(answer).sort(), [
    'environment INVALID_ENUM', 'expires UNKNOWN_FIELD', 'name INVALID_FORMAT', 'permissions.1 INVALID_ENUM',
    'permissions.2 INVALID_TYPE',
  ]);
  const suggestions = Object.fromEntries(answer.json.details.map(({ path, suggestion }) => [path, suggestion]));
  assert.equal(suggestions['permissions.1'], 'CLIENT_TOKENS:READ');
  assert.equal(suggestions.expires, 'expiresAt');
  assert.equal((await create({ ...WISH, permissions: [] })).status, 400);
});
