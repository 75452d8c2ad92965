// /v1/api-keys (contract section 4).
// It is here because keys make keys: what one may hand out, and when each stops working.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { KEY_FIELDS, MINIMAL, UNKNOWN_KEY, faults } from './support/contract.mjs';
import { until } from './support/until.mjs';
import { start } from './support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;
const { key, id: maker } = await worker.mintKey();

const HOUR = 3_600_000;
const WISH = { name: 'CI', permissions: ['CLIENT_TOKENS:READ'] };
const iso = (fromNow) => new Date(Date.now() + fromNow).toISOString();
const create = (body, as = key) => api('POST', '/v1/api-keys', { key: as, body });
const made = async (wish, as) => (await create({ ...WISH, ...wish }, as)).json;
const revoke = (id, as = key, query = '') => api('DELETE', `/v1/api-keys/${id}${query}`, { key: as });
const regenerate = (id, as = key) => api('POST', `/v1/api-keys/${id}/regenerate`, { key: as });
const works = async (value) => (await api('GET', '/v1/client-tokens', { key: value })).status === 200;

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
    lastUsedAt: null, expiresAt: null, isActive: true, createdBy: maker,
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
  for (const [method, end] of [['GET', ''], ['DELETE', ''], ['POST', '/regenerate']]) {
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

test('200 with createdBy: the maker, or null for a key that was minted', async () => {
  const child = await made({ permissions: ['*'] });
  const grandchild = await made({}, child.key);
  const shown = async (id) => (await api('GET', `/v1/api-keys/${id}`, { key })).json.apiKey.createdBy;
  assert.deepEqual(await Promise.all([maker, child.apiKey.id, grandchild.apiKey.id].map(shown)), [null, maker, child.apiKey.id]);
  const { json } = await regenerate(grandchild.apiKey.id);
  assert.equal(json.apiKey.createdBy, child.apiKey.id);
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
