// What the audit log says of each change and of each value that was revealed (contract section 3.13).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { FULL, MINIMAL, UNKNOWN_TOKEN, createToken } from '#support/contract.mjs';
import { ADDRESS, actions, actor, api, ask, key, log, logged, sql, worker } from './set-up.mjs';

const TOKENS = '/v1/client-tokens';

/** Exactly one entry comes of `act`, which must have succeeded; gives both. */
async function one(act) {
  const { result, entries } = await logged(act);
  assert.ok(result.status < 300, result.text);
  assert.equal(entries.length, 1);
  return { result, entry: entries[0] };
}

/** What led to no entry; gives the answer. */
async function none(status, act) {
  const { result, entries } = await logged(act);
  assert.equal(result.status, status);
  assert.deepEqual(entries, []);
  return result;
}

test('200 with who did what to what, in which request, from where and when', async () => {
  const before = Date.now();
  const { result, entry } = await one(() => ask('POST', TOKENS, { body: { ...MINIMAL, environment: 'test' } }));
  assert.deepEqual(Object.keys(entry), [
    'position', 'at', 'actor', 'action', 'objectKind', 'objectId', 'before', 'after', 'requestId', 'address',
  ]);
  assert.equal(entry.actor, actor);
  assert.equal(entry.action, 'client_token.create');
  assert.equal(entry.objectKind, 'client_token');
  assert.equal(entry.objectId, result.json.clientToken.id);
  assert.equal(entry.requestId, result.headers['x-request-id']);
  assert.equal(entry.address, ADDRESS);
  assert.ok(Date.parse(entry.at) >= before && Date.parse(entry.at) <= Date.now());
  assert.equal(entry.at, result.json.clientToken.createdAt);
  assert.equal(entry.before, null);
});

test('200 with null for an address that is none', async () => {
  const { entry } = await one(() =>
    api('POST', TOKENS, { key, body: MINIMAL, headers: { 'CF-Connecting-IP': "'); drop table audit_log; --" } }));
  assert.equal(entry.address, null);
});

test('200 with every field of a token that was made, as the token itself shows them', async () => {
  const { result, entry } = await one(() => ask('POST', TOKENS, { body: FULL }));
  const { clientToken } = result.json;
  assert.equal(Object.keys(entry.after).length, 16);
  for (const [name, value] of Object.entries(entry.after)) assert.deepEqual(value, clientToken[name], name);
});

test('200 with what an update changed, before and after, and nothing for what stays as it was', async () => {
  const { id } = await createToken(api, key, FULL);
  const path = `${TOKENS}/${id}`;
  const change = { name: 'Other', flowIds: ['flow_b'], config: { a: [1, null] }, rateLimitPerHour: 7, isActive: false };
  const { entry } = await one(() => ask('PUT', path, { body: { ...FULL, ...change } }));
  assert.equal(entry.action, 'client_token.update');
  assert.deepEqual(entry.after, change);
  const { name, flowIds, config, rateLimitPerHour } = FULL;
  assert.deepEqual(entry.before, { name, flowIds, config, rateLimitPerHour, isActive: true });
  await none(200, () => ask('PUT', path, { body: change }));
  await none(200, () => ask('PUT', path, { body: {} }));
  await none(400, () => ask('PUT', path, { body: { name: 'Refused', defaultFlowId: 'flow_x' } }));
  await none(400, () => ask('PUT', path, { body: { name: '' } }));
});

test('200 for regenerate, reveal and delete, each with its entry; 404 without one', async () => {
  const { id } = await createToken(api, key);
  const path = `${TOKENS}/${id}`;
  const { entry: regenerated } = await one(() => ask('POST', `${path}/regenerate`));
  assert.equal(regenerated.action, 'client_token.regenerate');
  assert.deepEqual([regenerated.before, regenerated.after], [{ generation: 0 }, { generation: 1 }]);
  const { result, entry: revealed } = await one(() => ask('GET', `${path}/token`));
  assert.deepEqual([revealed.action, revealed.objectId], ['client_token.reveal', id]);
  assert.deepEqual([revealed.before, revealed.after], [null, null]);
  assert.equal(result.d1.trips, 1);
  const { entry: deleted } = await one(() => ask('DELETE', path));
  assert.deepEqual([deleted.action, deleted.before.name, deleted.after], ['client_token.delete', MINIMAL.name, null]);
  await none(404, () => ask('DELETE', path));
  await none(404, () => ask('GET', `${path}/token`));
  await none(404, () => ask('POST', `${path}/regenerate`));
  await none(404, () => ask('GET', `${TOKENS}/${UNKNOWN_TOKEN}/token`));
});

test('200 for reading: no entry, though a token shows its value', async () => {
  const { id } = await createToken(api, key);
  for (const path of [TOKENS, `${TOKENS}/${id}`, '/v1/api-keys', '/v1/targets', '/v1/audit-log']) {
    const { d1 } = await none(200, () => ask('GET', path));
    assert.equal(d1.written, 0, path);
  }
});

test('400 for a value that is dead with its signing key, and no entry', async () => {
  const { id } = await createToken(api, key);
  await sql('update client_tokens set signing_key_id = 9 where id = ?1', id);
  await none(400, () => ask('GET', `${TOKENS}/${id}/token`));
});

test('401 and 403 without an entry', async () => {
  const { id } = await createToken(api, key);
  const { key: reader } = await worker.mintKey({ tenant: 'acme', permissions: 'API_KEYS:READ' });
  const { key: dead, id: deadId } = await worker.mintKey({ tenant: 'acme' });
  await sql('update api_keys set revoked_at = 1 where id = ?1', deadId);
  for (const [status, as] of [[403, reader], [401, dead]]) {
    await none(status, () => ask('GET', `${TOKENS}/${id}/token`, { as }));
    await none(status, () => ask('POST', TOKENS, { as, body: MINIMAL }));
    await none(status, () => ask('DELETE', `${TOKENS}/${id}`, { as }));
    await none(status, () => ask('PUT', '/v1/targets/flow_a', { as, body: { upstream: { kind: 'echo' } } }));
  }
});

test('200 with one entry for each key that a cascade revokes, and a digest in none', async () => {
  const make = async (as, name) => {
    const body = { name, permissions: ['*'], expiresAt: '2999-01-31T12:00:00Z' };
    const { result, entry } = await one(() => ask('POST', '/v1/api-keys', { as, body }));
    assert.deepEqual(entry.after, {
      name, environment: 'live', permissions: ['*'], keyHint: result.json.apiKey.keyHint,
      expiresAt: '2999-01-31T12:00:00.000Z', createdBy: result.json.apiKey.createdBy,
    });
    return result.json;
  };
  const first = await make(key, 'First');
  const second = await make(first.key, 'Second');
  const third = await make(second.key, 'Third');
  const { entry } = await one(() => ask('POST', `/v1/api-keys/${third.apiKey.id}/regenerate`));
  assert.deepEqual(Object.keys(entry.after), ['keyHint']);
  const { result, entries } = await logged(() => ask('DELETE', `/v1/api-keys/${first.apiKey.id}?cascade=true`, { as: second.key }));
  assert.equal(result.status, 200);
  assert.deepEqual(actions(entries), Array(3).fill('api_key.revoke'));
  const ids = [first, second, third].map(({ apiKey }) => apiKey.id).sort();
  assert.deepEqual(entries.map(({ objectId }) => objectId).sort(), ids);
  for (const { actor: by, requestId } of entries) {
    assert.deepEqual([by, requestId], [second.apiKey.id, result.headers['x-request-id']]);
  }
  const [{ rows }] = await sql(`select count(*) as rows from audit_log, api_keys
    where instr(coalesce(fields_before, '') || coalesce(fields_after, ''), digest) > 0`);
  assert.equal(rows, 0);
});

test('200 for targets: made, replaced, left as it was, deleted', async () => {
  const path = '/v1/targets/flow_logged';
  const put = (name) => () => ask('PUT', path, { body: { name, upstream: { kind: 'echo' } } });
  const { entry: made } = await one(put('A'));
  assert.deepEqual([made.action, made.before, made.after['upstream.kind']], ['target.put', null, 'echo']);
  const { entry: replaced } = await one(put('B'));
  assert.deepEqual([replaced.before, replaced.after], [{ name: 'A' }, { name: 'B' }]);
  await none(200, put('B'));
  const { entry: deleted } = await one(() => ask('DELETE', path));
  assert.deepEqual([deleted.action, deleted.before.name, deleted.after], ['target.delete', 'B', null]);
  await none(404, () => ask('DELETE', path));
});

const sha256 = (value) => createHash('sha256').update(typeof value === 'string' ? value : JSON.stringify(value)).digest('hex');
const digestOf = (value) => ({ sha256: sha256(value), bytes: Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value)) });
const configOf = (bytes, letter) => ({ a: letter.repeat(bytes - '{"a":""}'.length) });

test('200 with digest and length of what has over 1,024 bytes, before and after, in one trip', async () => {
  const { id } = await createToken(api, key, { config: configOf(1024, 'a') });
  const path = `${TOKENS}/${id}`;
  const long = { config: configOf(1025, 'b'), allowedOrigins: Array.from({ length: 100 }, (_, n) => `https://${'o'.repeat(60)}.${n}.example`) };
  const longer = { config: configOf(16_384, 'é'.normalize('NFD')[0]), flowIds: Array.from({ length: 50 }, (_, n) => `flow_${n}_${'f'.repeat(100)}`) };
  const { entry: first, result } = await one(() => ask('PUT', path, { body: long }));
  assert.equal(result.d1.trips, 1);
  assert.deepEqual(first.before, { config: configOf(1024, 'a'), allowedOrigins: MINIMAL.allowedOrigins });
  assert.deepEqual(first.after, { config: digestOf(long.config), allowedOrigins: digestOf(long.allowedOrigins) });
  const { entry: second } = await one(() => ask('PUT', path, { body: longer }));
  assert.deepEqual(second.before, { config: digestOf(long.config), flowIds: [] });
  assert.deepEqual(second.after, { config: digestOf(longer.config), flowIds: digestOf(longer.flowIds) });
  const { entry: third } = await one(() => ask('PUT', path, { body: { config: {} } }));
  assert.deepEqual([third.before, third.after], [{ config: digestOf(longer.config) }, { config: {} }]);
  const { entry: deleted } = await one(() => ask('DELETE', path));
  assert.deepEqual(deleted.before.allowedOrigins, digestOf(long.allowedOrigins));
});

test('200 with the digest of an object that could be taken for one', async () => {
  const config = { sha256: 'f'.repeat(64), bytes: 5 };
  const { entry } = await one(() => ask('POST', TOKENS, { body: { ...MINIMAL, config } }));
  assert.deepEqual(entry.after.config, digestOf(config));
});

test('200 for a target with digests of its prompt, its description and its settings', async () => {
  const path = '/v1/targets/flow_large';
  const said = { description: '🦀'.repeat(300), prompt: 'é'.repeat(8192) };
  const upstream = { kind: 'openai', baseUrl: 'https://api.example.com/v1', model: 'm', systemPrompt: said.prompt, extra: { a: 'x'.repeat(4000) } };
  const { entry } = await one(() => ask('PUT', path, { body: { description: said.description, upstream } }));
  assert.deepEqual(entry.after.description, digestOf(said.description));
  assert.deepEqual(entry.after['upstream.systemPrompt'], digestOf(said.prompt));
  assert.equal(entry.after['upstream.settings'].bytes > 4000, true);
  assert.match(entry.after['upstream.settings'].sha256, /^[0-9a-f]{64}$/);
  const { entry: next } = await one(() => ask('PUT', path, { body: { description: said.description, upstream: { ...upstream, systemPrompt: 'Short.' } } }));
  assert.deepEqual(next.before, { 'upstream.systemPrompt': digestOf(said.prompt) });
  assert.deepEqual(next.after, { 'upstream.systemPrompt': 'Short.' });
  await none(200, () => ask('PUT', path, { body: { description: said.description, upstream: { ...upstream, systemPrompt: 'Short.' } } }));
});

test('200 for the largest PUT with an entry of at most 2 KiB', async () => {
  const largest = (letter) => ({
    config: configOf(16_384, letter),
    flowIds: Array.from({ length: 50 }, (_, n) => `${letter}${n}`.padEnd(128, letter)),
    allowedOrigins: Array.from({ length: 100 }, (_, n) => `https://${[60, 60, 60, 60].map((of) => letter.repeat(of)).join('.')}.${n}`.replace(/\.(\d+)$/, '.n$1')),
  });
  const { id } = await createToken(api, key, largest('a'));
  await one(() => ask('PUT', `${TOKENS}/${id}`, { body: largest('b') }));
  const [{ bytes }] = await sql(`select length(fields_before) + length(fields_after) as bytes from audit_log
    where object_id = ?1 order by position desc limit 1`, id);
  assert.ok(bytes <= 2048, `${bytes} bytes`);
});

test('200 for a key from the command line, whose making has no actor', async () => {
  const { id } = await worker.mintKey({ tenant: 'acme' });
  const [entry] = await log(`?objectId=${id}`);
  assert.deepEqual([entry.action, entry.actor, entry.requestId, entry.address], ['api_key.create', null, null, null]);
});

test('no value of a token or a key is in any entry', async () => {
  const token = (await ask('POST', TOKENS, { body: MINIMAL })).json;
  const made = (await ask('POST', '/v1/api-keys', { body: { name: 'K', permissions: ['*'] } })).json;
  const again = (await ask('POST', `/v1/api-keys/${made.apiKey.id}/regenerate`, { body: { gracePeriodSeconds: 60 } })).json;
  const value = (await ask('POST', `${TOKENS}/${token.clientToken.id}/regenerate`)).json.token;
  const { text } = await api('GET', '/v1/audit-log?limit=200', { key });
  for (const secret of [token.token, value, made.key, again.key]) assert.ok(!text.includes(secret));
  assert.doesNotMatch(text, /(rt|ct)_(live|test)_/);
});
