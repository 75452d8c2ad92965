// DELETE /v1/client-tokens/:id and the scheduled purge that ends what it hid (contract section 3.5).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { UNKNOWN_TOKEN, createToken, ofToken } from '#support/contract.mjs';
import { seedConversations, seedMessages, seededId } from '#support/seed.mjs';
import { until } from '#support/until.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;
const { key } = await worker.mintKey();

const DAY = 86_400_000;
const CRON = '*/10 * * * *';
const remove = (id) => api('DELETE', `/v1/client-tokens/${id}`, { key });
const exists = async (table, id) => (await sql(`select id from ${table} where id = ?1`, id)).length === 1;

/** A token deleted `age` milliseconds ago, with `count` conversations. */
async function deletedToken(age, count, series) {
  const { id } = await createToken(api, key);
  if (count > 0) await seedConversations(sql, { token: id, count, series });
  await remove(id);
  await sql('update client_tokens set deleted_at = ?1 where id = ?2', Date.now() - age, id);
  return id;
}

async function purge() {
  assert.equal((await worker.scheduled(CRON)).outcome, 'ok');
}

test('200 with success and a message', async () => {
  const { id } = await createToken(api, key);
  const { status, json } = await remove(id);
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ['success', 'message']);
  assert.equal(json.success, true);
});

test('404 from every endpoint of a deleted token, a second DELETE included', async () => {
  const { id } = await createToken(api, key);
  await remove(id);
  const before = await sql('select * from client_tokens where id = ?1', id);
  for (const { method, path, body } of ofToken(id)) {
    const { status, json } = await api(method, path, { key, body });
    assert.equal(status, 404, `${method} ${path}`);
    assert.equal(json.error, 'Client token not found');
  }
  assert.deepEqual(await sql('select * from client_tokens where id = ?1', id), before);
});

test('404 for a well-formed id that nothing has, 400 for a malformed one', async () => {
  assert.equal((await remove(UNKNOWN_TOKEN)).status, 404);
  assert.equal((await remove('ct_1')).status, 400);
});

test('200 once and 404 for the rest, when deleted many times at once', async () => {
  const { id } = await createToken(api, key);
  const answers = await Promise.all(Array.from({ length: 5 }, () => remove(id)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 404, 404, 404, 404]);
});

test('purge keeps a token that was never deleted', async () => {
  const { id } = await createToken(api, key);
  await seedConversations(sql, { token: id, count: 2, series: 1 });
  await sql('update client_tokens set created_at = 1, updated_at = 1 where id = ?1', id);
  await purge();
  const { json } = await api('GET', `/v1/client-tokens/${id}`, { key });
  assert.equal(json.clientToken.conversationCount, 2);
});

test('purge removes a token deleted over 30 days ago with its conversations, and keeps a younger one', async () => {
  const old = await deletedToken(30 * DAY + 60_000, 3, 2);
  const young = await deletedToken(30 * DAY - 60_000, 3, 3);
  await purge();
  assert.equal(await exists('client_tokens', old), false);
  assert.equal(await exists('client_tokens', young), true);
  const left = async (id) => (await sql('select id from conversations where client_token_id = ?1', id)).length;
  assert.equal(await left(old), 0);
  assert.equal(await left(young), 3);
});

test('purge removes more rows than one round takes, and logs how many', async () => {
  const old = await deletedToken(31 * DAY, 1_201, 4);
  await purge();
  assert.equal(await exists('client_tokens', old), false);
  assert.deepEqual(await sql('select id from conversations where client_token_id = ?1', old), []);
  const line = await worker.logs.find((entry) => entry.purgedRows > 1_000);
  assert.equal(line.purgedRows, 1_202);
});

test('purge goes on in the runs after it when there is more than one can take, and says what is left', async () => {
  const old = await deletedToken(31 * DAY, 1, 5);
  await seedMessages(sql, { conversation: seededId('conv', 5, 1), count: 60_000 });
  const left = async () => (await sql('select count(*) as count from messages'))[0].count;
  const seen = [];
  for (let run = 0; run < 3; run += 1) {
    await purge();
    seen.push(await left());
  }
  assert.deepEqual(seen, [35_000, 10_000, 0]);
  assert.equal(await exists('client_tokens', old), false);
  const lines = await until(() => {
    const found = worker.logs.entries().filter(({ purgedRows }) => purgedRows >= 10_000);
    return found.length === 3 && found;
  });
  assert.deepEqual(lines.map(({ purgedRows }) => purgedRows), [25_000, 25_000, 10_002]);
  assert.deepEqual(lines.map((line) => line.left), [
    'at least 10000 messages, 1 conversations, 1 client tokens', 'at least 10000 messages, 1 conversations, 1 client tokens', undefined,
  ]);
});

test('purge says nothing when there is nothing to do', async () => {
  const said = () => worker.logs.entries().filter(({ purgedRows }) => purgedRows !== undefined).length;
  const before = said();
  await purge();
  // A line that is logged after it has arrived.
  await worker.logs.of(await api('GET', '/v1/client-tokens', { key }));
  assert.equal(said(), before);
});

test('purge removes an API key revoked over 30 days ago, and keeps a younger one', async () => {
  const [old, young, alive] = await Promise.all([1, 2, 3].map(() => worker.mintKey()));
  await sql('update api_keys set revoked_at = ?1 where id = ?2', Date.now() - 30 * DAY - 60_000, old.id);
  await sql('update api_keys set revoked_at = ?1 where id = ?2', Date.now() - 30 * DAY + 60_000, young.id);
  await purge();
  assert.equal(await exists('api_keys', old.id), false);
  assert.equal(await exists('api_keys', young.id), true);
  assert.equal((await api('GET', `/v1/api-keys/${alive.id}`, { key })).status, 200);
});

test('what is left of a deleted conversation, a bare row, goes after 30 days, and its token stays', async () => {
  const { id } = await createToken(api, key);
  await seedConversations(sql, { token: id, count: 2, series: 900 });
  const conversation = seededId('conv', 900, 1);
  assert.equal((await api('DELETE', `/v1/client-tokens/${id}/conversations/${conversation}`, { key })).status, 200);
  for (const [age, isThere] of [[29 * DAY, true], [31 * DAY, false]]) {
    await sql('update conversations set deleted_at = ?1 where id = ?2', Date.now() - age, conversation);
    await purge();
    assert.equal(await exists('conversations', conversation), isThere);
  }
  assert.equal((await api('GET', `/v1/client-tokens/${id}`, { key })).json.clientToken.conversationCount, 1);
});
