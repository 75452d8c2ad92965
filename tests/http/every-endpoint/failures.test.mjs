// What a caller is told, and the log is told, when something breaks inside (contract section 9).
// Each 500 is provoked truly, by a table that is missing or a row that is corrupt.
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { COLLECTIONS, UNKNOWN_KEY, UNKNOWN_TOKEN, createToken, ofKey, ofTarget, ofToken } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const PRIVATE = /D1|SQL|no such table|conversations|api_keys|corrupt|column|client_tokens|TOKEN_KEYS/i;

let worker;
let key;
beforeEach(async () => {
  await worker?.stop();
  worker = await start();
  ({ key } = await worker.mintKey());
});
after(() => worker.stop());

/** The answer must be the fixed text, and its one line in the log must name the cause. */
async function breaks({ method, path, body }, cause) {
  const answer = await worker.api(method, path, { key, body });
  assert.equal(answer.status, 500, `${method} ${path}`);
  assert.equal(answer.json.error, 'Internal server error');
  assert.doesNotMatch(answer.text, PRIVATE);
  const line = await worker.logs.of(answer);
  assert.equal(line.level, 'error');
  assert.equal(line.status, 500);
  assert.match(line.cause, cause);
  return answer.text;
}

test('500 with the same text at every endpoint when the keys\' table is gone', async () => {
  await worker.sql('drop table api_keys');
  const texts = new Set();
  const endpoints = [...COLLECTIONS, ...ofToken(UNKNOWN_TOKEN), ...ofKey(UNKNOWN_KEY), ...ofTarget('flow_unknown')];
  for (const endpoint of endpoints) {
    texts.add(await breaks(endpoint, /no such table: api_keys/));
  }
  assert.equal(texts.size, 1);
  assert.deepEqual(Object.keys(JSON.parse([...texts][0])), ['error', 'hint']);
});

test('500 where conversations are listed when their table is gone, 200 where they aren\'t', async () => {
  const { id } = await createToken(worker.api, key);
  await worker.sql('drop table conversations');
  await breaks({ method: 'GET', path: `/v1/client-tokens/${id}/conversations` }, /no such table: conversations/);
  assert.equal((await worker.api('GET', `/v1/client-tokens/${id}`, { key })).status, 200);
});

test('500 on writing when the tokens\' table is gone', async () => {
  const { id } = await createToken(worker.api, key);
  await worker.sql('drop table feedback');
  await worker.sql('drop table conversations');
  await worker.sql('drop table client_tokens');
  for (const endpoint of [COLLECTIONS[1], ...ofToken(id)]) await breaks(endpoint, /no such table/);
});

test('500 for a row that no statement of the Worker wrote, naming its column in the log', async () => {
  const { id } = await createToken(worker.api, key);
  await worker.sql('update client_tokens set name = ?1 where id = ?2', '', id);
  await breaks({ method: 'GET', path: `/v1/client-tokens/${id}` }, /a stored row is corrupt: TokenRow\.name$/);
});

test('401 and 404 still, without the database, for what never asks it', async () => {
  await worker.sql('drop table api_keys');
  assert.equal((await worker.api('GET', '/v1/client-tokens')).status, 401);
  assert.equal((await worker.api('GET', '/v1/client-tokens', { key: `${key}x` })).status, 401);
  assert.equal((await worker.api('GET', '/nowhere', { key })).status, 404);
});

test('200 again when the table is back', async () => {
  await worker.sql('alter table api_keys rename to away');
  await breaks({ method: 'GET', path: '/v1/client-tokens' }, /no such table/);
  await worker.sql('alter table away rename to api_keys');
  assert.equal((await worker.api('GET', '/v1/client-tokens', { key })).status, 200);
});

test('a purge that fails says so in the log', async () => {
  await worker.sql('drop table conversations');
  await worker.scheduled('*/10 * * * *');
  const line = await worker.logs.find(({ level, cause }) => level === 'error' && /purge/.test(cause));
  assert.match(line.cause, /no such table/);
});
