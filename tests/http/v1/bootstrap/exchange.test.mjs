// POST /v1/bootstrap: the secret BOOTSTRAP_KEY is good for one exchange into an API key.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { KEY_FIELDS, faults } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const secret = () => randomBytes(32).toString('base64');
const NAMES = ['main', 'second', 'raced', 'refused', 'broken'];
const secrets = Object.fromEntries(NAMES.map((name) => [name, secret()]));
const { main, ...others } = secrets;
const worker = await start({
  bindings: { BOOTSTRAP_KEY: main },
  variants: {
    ...Object.fromEntries(Object.entries(others).map(([name, BOOTSTRAP_KEY]) => [name, { BOOTSTRAP_KEY }])),
    spaced: { BOOTSTRAP_KEY: ` ${main}\n` },
    unset: { BOOTSTRAP_KEY: undefined },
    empty: { BOOTSTRAP_KEY: ' ' },
    short: { BOOTSTRAP_KEY: main.slice(0, 31) },
    dull: { BOOTSTRAP_KEY: 'x'.repeat(64) },
  },
});
after(() => worker.stop());
const { api, sql, variants } = worker;

const exchange = (api, key, options) => api('POST', '/v1/bootstrap', { key, ...options });
const countKeys = async () => (await sql('select count(*) as n from api_keys'))[0].n;

test('201 with a key that may do everything, its value shown this once, and 409 from then on', async () => {
  const headers = { 'CF-Connecting-IP': '203.0.113.7' };
  const { status, json, d1 } = await exchange(api, main, { headers });
  assert.equal(status, 201);
  assert.equal(d1.trips, 1);
  assert.deepEqual(Object.keys(json), ['apiKey', 'key']);
  assert.deepEqual(Object.keys(json.apiKey), KEY_FIELDS);
  const { id, keyHint, createdAt, ...rest } = json.apiKey;
  assert.deepEqual(rest, {
    name: 'First API key', environment: 'live', permissions: ['*'], keyPrefix: 'rt_live', lastUsedAt: null,
    expiresAt: null, isActive: true, createdBy: null, previousKeyExpiresAt: null, previousKeyLastUsedAt: null,
  });
  assert.ok(json.key.startsWith('rt_live_') && json.key.endsWith(keyHint));

  const found = await api('GET', `/v1/api-keys/${id}`, { key: json.key });
  assert.deepEqual({ ...found.json.apiKey, lastUsedAt: null }, json.apiKey);
  const { json: { auditLog } } = await api('GET', '/v1/audit-log', { key: json.key });
  const [{ actor, action, objectId, address }] = auditLog;
  assert.deepEqual([actor, action, objectId, address], ['bootstrap', 'api_key.create', id, '203.0.113.7']);
  const { json: filtered } = await api('GET', '/v1/audit-log?actor=bootstrap', { key: json.key });
  assert.deepEqual(filtered.auditLog, auditLog);

  for (const variant of [api, variants.spaced]) {
    const again = await exchange(variant, main, { body: { tenant: 'another' } });
    assert.equal(again.status, 409);
    assert.ok(again.json.hint.includes(id) && again.json.hint.includes(createdAt), again.json.hint);
    assert.ok(!again.text.includes(json.key));
  }
  assert.deepEqual(await sql('select id from tenants'), [{ id: 'default' }]);
});

test('201 for another value of the secret, for the tenant and under the name asked for', async () => {
  const { json } = await exchange(variants.second, secrets.second, { body: { tenant: 'acme', name: 'Console' } });
  assert.equal(json.apiKey.name, 'Console');
  const [{ tenant_id }] = await sql('select tenant_id from api_keys where id = ?1', json.apiKey.id);
  assert.equal(tenant_id, 'acme');
  assert.equal((await api('POST', '/v1/api-keys', { key: json.key, body: { name: 'A', permissions: ['*'] } })).status, 201);
});

test('201 for one of ten at once, and 409 for the others, which name it', async () => {
  const before = await countKeys();
  const answers = await Promise.all(Array.from({ length: 10 }, () => exchange(variants.raced, secrets.raced)));
  const [won, ...lost] = answers.sort((one, two) => one.status - two.status);
  assert.equal(won.status, 201);
  for (const { status, json } of lost) {
    assert.equal(status, 409);
    assert.ok(json.hint.includes(won.json.apiKey.id));
  }
  assert.equal(await countKeys(), before + 1);
});

test('401 with a hint and no trip for every other credential', async () => {
  const value = secrets.refused;
  const { key } = await worker.mintKey();
  const wrong = [value.slice(1), `${value}x`, value.toLowerCase(), secrets.raced, key, `${value}, Bearer ${value}`];
  for (const offered of wrong) {
    const answer = await exchange(variants.refused, offered, { body: 'no JSON' });
    assert.equal(answer.status, 401);
    assert.match(answer.json.hint, /not the BOOTSTRAP_KEY/);
    assert.match(answer.headers['www-authenticate'], /error="invalid_token"/);
    assert.equal(answer.d1.trips, 0);
  }
  for (const Authorization of [null, '', 'Bearer ', value, `Basic ${value}`]) {
    const answer = await exchange(variants.refused, undefined, { headers: { Authorization } });
    assert.equal(answer.status, 401);
    assert.match(answer.json.hint, /Send the value/);
    assert.equal(answer.headers['www-authenticate'], 'Bearer');
  }
  assert.equal((await api('GET', '/v1/client-tokens', { key: value })).status, 401, 'it is no API key');
});

test('401 where the secret is unset or can be guessed, whatever comes', async () => {
  for (const [name, value, words] of [
    ['unset', main, /no secret BOOTSTRAP_KEY/], ['empty', ' ', /no secret BOOTSTRAP_KEY/],
    ['short', main.slice(0, 31), /32 to 512/], ['dull', 'x'.repeat(64), /8 different/],
  ]) {
    const answer = await exchange(variants[name], value);
    assert.equal(answer.status, 401, name);
    assert.match(answer.json.hint, words);
    assert.equal(answer.d1.trips, 0);
  }
});

test('400 with every fault of body and query, 413 and 415, and the value stays good', async () => {
  const { refused } = variants;
  const ask = (options, path = '/v1/bootstrap') => refused('POST', path, { key: secrets.refused, ...options });
  const answer = await ask({ body: { tenant: 'a b', nme: 'x', name: '' } });
  assert.equal(answer.status, 400);
  assert.deepEqual(faults(answer).sort(), ['name INVALID_FORMAT', 'nme UNKNOWN_FIELD', 'tenant INVALID_FORMAT']);
  assert.equal((await ask({ body: 'null' })).status, 400);
  assert.equal((await ask({}, '/v1/bootstrap?tenant=acme')).status, 400);
  assert.equal((await ask({ body: JSON.stringify({ name: 'x'.repeat(70_000) }) })).status, 413);
  assert.equal((await ask({ body: '{}', headers: { 'Content-Type': 'text/plain' } })).status, 415);
  assert.equal((await ask({})).status, 201);
});

test('405 for other methods, and 404 below the path', async () => {
  const { status, headers } = await api('GET', '/v1/bootstrap', { key: main });
  assert.equal(status, 405);
  assert.equal(headers.allow, 'POST');
  assert.equal((await api('POST', '/v1/bootstrap/', { key: main })).status, 404);
});

test('500 when the database breaks off in between, which leaves the value good', async () => {
  const before = await countKeys();
  await sql(`create trigger broken before insert on api_keys begin select raise(abort, 'broken'); end`);
  const answer = await exchange(variants.broken, secrets.broken, { body: { tenant: 'never' } });
  assert.equal(answer.status, 500);
  await sql('drop trigger broken');
  assert.equal(await countKeys(), before);
  assert.deepEqual(await sql(`select id from tenants where id = 'never'`), []);
  assert.equal((await exchange(variants.broken, secrets.broken)).status, 201);
});

test('the log shows no value of the secret', async () => {
  await worker.logs.find(({ route, status }) => route === '/v1/bootstrap' && status === 201);
  for (const value of Object.values(secrets)) {
    assert.ok(!worker.logs.lines.some((line) => line.includes(value.slice(0, 12))));
  }
});
