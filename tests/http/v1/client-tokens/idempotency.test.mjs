// Idempotency-Key on POST /v1/client-tokens and POST /v1/client-tokens/:id/regenerate (contract section 3, HTTP's own
// safety nets; draft-ietf-httpapi-idempotency-key-header-07).
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { MINIMAL, createToken } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;
const { key, tenant } = await worker.mintKey();

const create = (name, body = MINIMAL, as = key) =>
  api('POST', '/v1/client-tokens', { key: as, body, headers: { 'Idempotency-Key': name } });
const regenerate = (id, name, more) =>
  api('POST', `/v1/client-tokens/${id}/regenerate`, { key, headers: { 'Idempotency-Key': name, ...more } });
const count = async (of = tenant) => (await sql('select count(*) as n from client_tokens where tenant_id = ?1', of))[0].n;
const generation = async (id) => (await sql('select generation from client_tokens where id = ?1', id))[0].generation;
/** The parts of an answer that are to be the same when it is given again, as a digest would have them. */
const same = (one, other) => {
  assert.equal(other.status, one.status);
  assert.ok(other.text === one.text, 'another answer');
  assert.equal(other.headers.etag, one.headers.etag);
};

test('201 once and the same answer again, whatever became of the token, in one trip and in two', async () => {
  const name = randomUUID();
  await api('PUT', '/v1/targets/flow_idem', { key, body: { upstream: { kind: 'echo' } } });
  const body = { ...MINIMAL, flowIds: ['flow_idem'], config: { a: 1 } };
  const first = await create(name, body);
  assert.equal(first.status, 201);
  assert.equal(first.headers['idempotent-replayed'], undefined);
  assert.equal(first.d1.trips, 1);
  const { id } = first.json.clientToken;
  const changes = [
    () => {},
    () => api('PUT', `/v1/client-tokens/${id}`, { key, body: { name: 'Renamed', flowIds: [] } }),
    () => api('POST', `/v1/client-tokens/${id}/regenerate`, { key }),
    () => api('DELETE', `/v1/client-tokens/${id}`, { key }),
  ];
  const before = await count();
  for (const change of changes) {
    await change();
    const again = await create(name, body);
    same(first, again);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    assert.ok(again.d1.trips <= 2);
  }
  assert.equal(await count(), before);
});

test('201 in one trip without a key, and one token more each time', async () => {
  const before = await count();
  for (let times = 0; times < 2; times += 1) {
    const answer = await create(null);
    assert.equal(answer.status, 201);
    assert.equal(answer.d1.trips, 1);
  }
  assert.equal(await count(), before + 2);
});

test('201 ten times with one token for ten identical creates at once', async () => {
  const before = await count();
  const name = randomUUID();
  const answers = await Promise.all(Array.from({ length: 10 }, () => create(name)));
  for (const answer of answers) same(answers[0], answer);
  assert.equal(answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined).length, 1);
  assert.equal(await count(), before + 1);
});

test('200 ten times with one new value for ten identical regenerates at once, If-Match included', async () => {
  const { id } = await createToken(api, key);
  const { etag } = (await api('GET', `/v1/client-tokens/${id}`, { key })).headers;
  const name = randomUUID();
  const answers = await Promise.all(Array.from({ length: 10 }, () => regenerate(id, name, { 'If-Match': etag })));
  for (const answer of answers) same(answers[0], answer);
  assert.equal(answers[0].status, 200);
  assert.equal(await generation(id), 1);
  const value = await api('GET', `/v1/client-tokens/${id}/token`, { key });
  assert.ok(value.json.token === answers[0].json.token);
  await api('POST', `/v1/client-tokens/${id}/regenerate`, { key });
  same(answers[0], await regenerate(id, name));
  assert.equal(await generation(id), 2);
});

test('412 leaves the key unused', async () => {
  const { id } = await createToken(api, key);
  const name = randomUUID();
  assert.equal((await regenerate(id, name, { 'If-Match': '"1-0123456789abcdef01234567"' })).status, 412);
  const { status, headers } = await regenerate(id, name);
  assert.equal(status, 200);
  assert.equal(headers['idempotent-replayed'], undefined);
});

test('400 and 403 leave the key unused', async () => {
  const name = randomUUID();
  assert.equal((await create(name, { ...MINIMAL, name: '' })).status, 400);
  const { key: reader } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:READ' });
  assert.equal((await create(name, MINIMAL, reader)).status, 403);
  const { status, headers } = await create(name);
  assert.deepEqual([status, headers['idempotent-replayed']], [201, undefined]);
});

test('422 for another body under the same key, whatever its difference', async () => {
  const name = randomUUID();
  assert.equal((await create(name)).status, 201);
  const before = await count();
  for (const body of [{ ...MINIMAL, name: 'Other' }, `${JSON.stringify(MINIMAL)} `, { ...MINIMAL, flowIds: [] }]) {
    const { status, json } = await create(name, body);
    assert.equal(status, 422);
    assert.equal(json.error, 'Idempotency-Key was used for another request');
    assert.ok(json.hint);
  }
  assert.equal(await count(), before);
});

test('201 and 200 for the same key elsewhere: another API key, another tenant, another path', async () => {
  const name = randomUUID();
  const { key: colleague } = await worker.mintKey({ tenant });
  const { key: stranger } = await worker.mintKey({ tenant: 'stranger' });
  const answers = [await create(name), await create(name, MINIMAL, colleague), await create(name, MINIMAL, stranger)];
  const ids = answers.map(({ json }) => json.clientToken.id);
  assert.equal(new Set(ids).size, 3);
  assert.deepEqual(answers.map(({ status }) => status), [201, 201, 201]);
  const one = await createToken(api, key);
  for (const id of [ids[0], one.id]) {
    const answer = await regenerate(id, name);
    assert.deepEqual([answer.status, answer.headers['idempotent-replayed']], [200, undefined]);
  }
});

test('201 for one key with and without quotes', async () => {
  const name = randomUUID();
  same(await create(name), await create(`"${name}"`));
});

test('400 for a malformed key, which nothing is made under, after 401 and 403', async () => {
  const { id } = await createToken(api, key);
  const before = await count();
  const malformed = ['', ' ', '""', 'k'.repeat(256), 'a b', 'a, b', '"a', '"a\tb"', 'caf\u00e9', '"a", "b"'];
  for (const name of malformed) {
    for (const { status, json } of [await create(name), await regenerate(id, name)]) {
      assert.equal(status, 400, name);
      assert.equal(json.error, 'Invalid Idempotency-Key header');
      assert.ok(json.hint && json.details[0].message.startsWith('Idempotency-Key '));
    }
  }
  const { key: reader } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:READ' });
  assert.equal((await create('', MINIMAL, reader)).status, 403);
  assert.equal((await create('', MINIMAL, 'rt_live_made_up')).status, 401);
  assert.equal((await create('k'.repeat(255))).status, 201);
  assert.equal((await create(`"${'k'.repeat(255)}"`)).status, 201);
  assert.equal(await count(), before + 1);
  assert.equal(await generation(id), 0);
});

test('401 and 403 for a key that was revoked or lost its right since', async () => {
  const name = randomUUID();
  const { key: own, id } = await worker.mintKey({ tenant });
  assert.equal((await create(name, MINIMAL, own)).status, 201);
  await sql("update api_keys set permissions = 'CLIENT_TOKENS:READ' where id = ?1", id);
  assert.equal((await create(name, MINIMAL, own)).status, 403);
  await sql('update api_keys set revoked_at = 1 where id = ?1', id);
  assert.equal((await create(name, MINIMAL, own)).status, 401);
});

test('no credential and no key stands in the record', async () => {
  const name = `secret-${randomUUID()}`;
  const { json } = await create(name);
  const dump = JSON.stringify(await sql('select * from idempotency_keys'));
  for (const secret of [json.token.slice(8, 30), key.slice(8, 30), name]) assert.ok(!dump.includes(secret));
});

test('201 with a new token after a day, and the cron removes what is older', async () => {
  const name = randomUUID();
  const first = await create(name);
  const age = (millis) => sql('update idempotency_keys set created_at = ?1', Date.now() - millis);
  await age(86_400_000 - 60_000);
  await worker.scheduled('*/10 * * * *');
  same(first, await create(name));
  await age(86_400_000);
  const next = await create(name);
  assert.equal(next.status, 201);
  assert.notEqual(next.json.clientToken.id, first.json.clientToken.id);
  await age(86_400_000);
  await worker.scheduled('*/10 * * * *');
  assert.deepEqual(await sql('select * from idempotency_keys'), []);
});
