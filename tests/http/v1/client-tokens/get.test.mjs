// GET /v1/client-tokens/:id (contract sections 2 and 3.3), and what it shows as lists do.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FULL, TOKEN_FIELDS, UNKNOWN_TOKEN, createToken, settled } from '#support/contract.mjs';
import { seedConversations, seededId } from '#support/seed.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;
const { key } = await worker.mintKey();
const get = (id) => api('GET', `/v1/client-tokens/${id}`, { key });

test('200 with what create answered, and the number of conversations', async () => {
  const made = await createToken(api, key, { ...FULL, environment: 'test', productSurfaceId: 'surface_1' });
  const { status, json } = await get(made.id);
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ['clientToken']);
  assert.ok(json.clientToken.tokenValue === made.tokenValue);
  assert.deepEqual(settled(json.clientToken), { ...settled(made), conversationCount: 0 });
});

test('200 with the keys in the order of the contract, in get and list', async () => {
  const made = await createToken(api, key);
  const listed = await api('GET', '/v1/client-tokens?limit=1', { key });
  for (const token of [(await get(made.id)).json.clientToken, listed.json.clientTokens[0]]) {
    assert.deepEqual(Object.keys(token), [...TOKEN_FIELDS, 'conversationCount']);
  }
});

test('200 with an exact number of conversations, in get and list', async () => {
  const { id } = await createToken(api, key);
  const other = await createToken(api, key);
  const counts = async () => {
    const { json } = await api('GET', '/v1/client-tokens?limit=200', { key });
    const listed = json.clientTokens.find((token) => token.id === id).conversationCount;
    return [listed, (await get(id)).json.clientToken.conversationCount];
  };
  await seedConversations(sql, { token: id, count: 5, series: 1 });
  await seedConversations(sql, { token: other.id, count: 3, series: 2 });
  assert.deepEqual(await counts(), [5, 5]);
  await sql('delete from conversations where id in (?1, ?2)', seededId('conv', 1, 2), seededId('conv', 1, 4));
  assert.deepEqual(await counts(), [3, 3]);
  await sql('delete from conversations where client_token_id = ?1', id);
  assert.deepEqual(await counts(), [0, 0]);
});

test('404 for a well-formed id that nothing has', async () => {
  const { status, json } = await get(UNKNOWN_TOKEN);
  assert.equal(status, 404);
  assert.equal(json.error, 'Client token not found');
});

test('400 for a malformed id', async () => {
  const { id, tokenValue } = await createToken(api, key);
  const uuid = id.slice(3);
  const malformed = [
    'x', 'ct_', uuid, `key_${uuid}`, `CT_${uuid}`, `ct_${uuid.replaceAll('-', '')}`, `ct_{${uuid}}`, `ct_${uuid}0`,
    `ct_${uuid.slice(1)}`, `ct_${uuid.toUpperCase()}`, `${id}%20`, `${id}%00`, '..%2fapi-keys', '%2e%2e', tokenValue,
  ];
  for (const text of malformed) {
    const { status, json } = await get(text);
    assert.equal(status, 400, text.slice(0, 12));
    assert.equal(json.error, 'Invalid client token ID');
  }
});
