// GET /v1/client-tokens/:id/token and POST /v1/client-tokens/:id/regenerate (contract sections 2, 3.6 and 3.7).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FULL, REDUCED_FIELDS, UNKNOWN_TOKEN, createToken, settled } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;
const { key } = await worker.mintKey();

const value = (id) => api('GET', `/v1/client-tokens/${id}/token`, { key });
const regenerate = (id, extra) => api('POST', `/v1/client-tokens/${id}/regenerate`, { key, ...extra });
const get = async (id) => (await api('GET', `/v1/client-tokens/${id}`, { key })).json.clientToken;

test('200 with the value that create answered, and nothing else', async () => {
  const made = await createToken(api, key);
  const { status, json } = await value(made.id);
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ['token']);
  assert.ok(json.token === made.tokenValue);
});

test('200 with the reduced resource, the new value and a message', async () => {
  const made = await createToken(api, key, { ...FULL, environment: 'test' });
  const { status, json } = await regenerate(made.id);
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ['clientToken', 'token', 'message']);
  assert.deepEqual(Object.keys(json.clientToken), REDUCED_FIELDS);
  assert.match(json.message, /Old tokens stop working immediately/);
  assert.ok(json.token === json.clientToken.tokenValue);
  assert.match(json.token, /^ct_test_[0-9A-Za-z]{40,}$/);
  assert.ok(json.token.endsWith(json.clientToken.tokenHint));
});

test('200 with a value of its own for every regenerate', async () => {
  const made = await createToken(api, key);
  const seen = new Set([made.tokenValue]);
  for (let times = 1; times <= 5; times += 1) {
    const { token } = (await regenerate(made.id)).json;
    assert.ok(!seen.has(token), 'a value came twice');
    seen.add(token);
    assert.ok((await value(made.id)).json.token === token);
    assert.ok((await get(made.id)).tokenValue === token);
  }
});

test('200 changing nothing but the value and updatedAt', async () => {
  const made = await createToken(api, key, FULL);
  const before = await get(made.id);
  await regenerate(made.id);
  const after = await get(made.id);
  assert.ok(after.updatedAt > before.updatedAt);
  assert.deepEqual(settled(after), { ...settled(before), tokenHint: after.tokenHint });
});

test('200 for an inactive token, which stays inactive', async () => {
  const made = await createToken(api, key);
  await api('PUT', `/v1/client-tokens/${made.id}`, { key, body: { isActive: false } });
  assert.equal((await regenerate(made.id)).json.clientToken.isActive, false);
  assert.equal((await value(made.id)).status, 200);
});

test('200 with or without a body, which nobody reads', async () => {
  const { id } = await createToken(api, key);
  for (const body of [undefined, {}, '', 'not JSON']) assert.equal((await regenerate(id, { body })).status, 200);
});

test('404 for a well-formed id that nothing has, 400 for a malformed one', async () => {
  for (const ask of [value, regenerate]) {
    assert.equal((await ask(UNKNOWN_TOKEN)).status, 404);
    const { status, json } = await ask('ct_1');
    assert.equal(status, 400);
    assert.equal(json.error, 'Invalid client token ID');
  }
});

test('no value and no key stands in the database', async () => {
  const made = await createToken(api, key);
  const current = (await regenerate(made.id)).json.token;
  const rows = [...(await sql('select * from client_tokens')), ...(await sql('select * from api_keys'))];
  const dump = JSON.stringify(rows);
  for (const secret of [made.tokenValue, current, key]) {
    // Neither whole nor the part behind the prefix.
    assert.ok(!dump.includes(secret.slice(8, 30)), 'a credential is stored');
  }
});
