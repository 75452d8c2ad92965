// Idempotency-Key on POST /v1/api-keys and POST /v1/api-keys/:id/regenerate: nothing is made twice, and a value, which
// nobody keeps, isn't shown twice (contract section 3, HTTP's own safety nets).
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, sql, lab } = worker;
const { key, tenant } = await worker.mintKey();
const WISH = { name: 'CI', permissions: ['CLIENT_TOKENS:READ'] };

const ask = (path, name, body, as = key) => api('POST', path, { key: as, body, headers: { 'Idempotency-Key': name } });
const create = (name, body = WISH, as = key) => ask('/v1/api-keys', name, body, as);
const regenerate = (id, name) => ask(`/v1/api-keys/${id}/regenerate`, name);
const count = async () => (await sql('select count(*) as n from api_keys where tenant_id = ?1', tenant))[0].n;
const works = async (value) => (await api('GET', '/v1/client-tokens', { key: value })).status === 200;

function shownOnce({ status, json }, id) {
  assert.equal(status, 409);
  assert.equal(json.error, 'Request was carried out before');
  assert.ok(json.hint.includes(id) && json.hint.includes('regenerate'));
}

test('201 once, then 409 with the id of what was made', async () => {
  const name = randomUUID();
  const before = await count();
  const { status, json } = await create(name);
  assert.equal(status, 201);
  for (let times = 0; times < 2; times += 1) shownOnce(await create(name), json.apiKey.id);
  assert.equal(await count(), before + 1);
  assert.ok(await works(json.key));
});

test('one 201 and nine 409 for ten identical creates at once', async () => {
  const name = randomUUID();
  const before = await count();
  const answers = await Promise.all(Array.from({ length: 10 }, () => create(name)));
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, ...Array(9).fill(409)]);
  assert.equal(await count(), before + 1);
});

test('one 200 and nine 409 for ten identical regenerates at once, and the value that was shown works', async () => {
  const { apiKey, key: old } = (await create(null)).json;
  const name = randomUUID();
  const answers = await Promise.all(Array.from({ length: 10 }, () => regenerate(apiKey.id, name)));
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, ...Array(9).fill(409)]);
  const { json } = answers.find(({ status }) => status === 200);
  assert.deepEqual([await works(old), await works(json.key)], [false, true]);
  shownOnce(answers.find(({ status }) => status === 409), apiKey.id);
});

test('422 for another body under the same key', async () => {
  const name = randomUUID();
  await create(name);
  const before = await count();
  assert.equal((await create(name, { ...WISH, name: 'Other' })).status, 422);
  assert.equal(await count(), before);
});

test('400 and 403 leave the key unused, and another tenant has keys of its own', async () => {
  const name = randomUUID();
  assert.equal((await create(name, { ...WISH, name: '' })).status, 400);
  const { key: small } = await worker.mintKey({ tenant, permissions: 'API_KEYS:WRITE' });
  assert.equal((await create(name, WISH, small)).status, 403);
  assert.equal((await create(name)).status, 201);
  const { key: stranger } = await worker.mintKey({ tenant: 'stranger' });
  assert.equal((await create(name, WISH, stranger)).status, 201);
});

test('400 for a malformed key, after 401 and 403', async () => {
  const { key: reader } = await worker.mintKey({ tenant, permissions: 'API_KEYS:READ' });
  const { apiKey, key: value } = (await create(null)).json;
  const before = await count();
  for (const name of ['', 'k'.repeat(256), 'a b', '"a']) {
    for (const answer of [await create(name), await regenerate(apiKey.id, name)]) {
      assert.equal(answer.status, 400);
      assert.equal(answer.json.error, 'Invalid Idempotency-Key header');
    }
    assert.equal((await create(name, WISH, reader)).status, 403);
    assert.equal((await create(name, WISH, 'rt_live_made_up')).status, 401);
  }
  assert.equal(await count(), before);
  assert.ok(await works(value));
});

test('500 and one key when the database breaks before or after the write and the client asks again', async () => {
  for (const [mode, next] of [['before', 201], ['after', 409]]) {
    const before = await count();
    const name = randomUUID();
    await lab.fault({ nth: 2, mode });
    assert.equal((await create(name)).status, 500);
    assert.equal(await count(), before + (mode === 'after' ? 1 : 0));
    assert.equal((await create(name)).status, next);
    assert.equal(await count(), before + 1);
  }
});

test('no value and no digest stands in the record', async () => {
  const { json } = await create(randomUUID());
  const [{ digest }] = await sql('select digest from api_keys where id = ?1', json.apiKey.id);
  const dump = JSON.stringify(await sql('select * from idempotency_keys'));
  for (const secret of [json.key.slice(8, 30), digest]) assert.ok(!dump.includes(secret));
});
