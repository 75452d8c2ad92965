// DELETE /v1/client-tokens/:id/conversations?userId=: a person is erased (contract section 3.11).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { UNKNOWN_TOKEN, createToken, echoTargets, faults } from '#support/contract.mjs';
import { holdTogether } from '#support/ledger.mjs';
import { UNLIMITED, Visitor } from '#support/page.mjs';
import { seedConversations, seedFeedback, seedMessages, seededId } from '#support/seed.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, lab, sql } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a');

const erase = (token, user, as = key) => api('DELETE', `/v1/client-tokens/${token}/conversations?userId=${user}`, { key: as });
const left = async (token) => (await api('GET', `/v1/client-tokens/${token}/conversations?limit=100`, { key })).json.conversations;
let series = 100;

/** A token with so many conversations of a user, and as many of another. */
async function users(count, ...names) {
  const { id } = await createToken(api, key);
  for (const name of names) {
    series += 1;
    await seedConversations(sql, { token: id, count, series });
    await sql(`update conversations set user_id = ?1, message_count = 0 where id like 'conv_${series.toString(16).padStart(8, '0')}-%'`, name);
    await seedMessages(sql, { conversation: seededId('conv', series, 1), count: 2 });
  }
  return id;
}

test('200 with how many went, and 0 for the same again; others stay', async () => {
  const token = await users(3, 'user_1', 'user_2');
  const other = await users(1, 'user_1');
  const first = await erase(token, 'user_1');
  assert.equal(first.status, 200);
  assert.deepEqual(Object.entries(first.json), Object.entries({ success: true, deleted: 3, deletedFeedback: 0, hasMore: false }));
  assert.deepEqual((await erase(token, 'user_1')).json, { success: true, deleted: 0, deletedFeedback: 0, hasMore: false });
  assert.deepEqual((await left(token)).map(({ userId }) => userId), Array(3).fill('user_2'));
  assert.equal((await left(other)).length, 1);
  assert.deepEqual(await sql("select id from conversations where user_id = 'user_1' and client_token_id = ?1", token), []);
  const [{ n }] = await sql('select count(*) as n from messages join conversations on conversation_id = conversations.id where deleted_at is not null');
  assert.equal(n, 0);
  assert.equal(first.d1.trips, 1);
});

test('200 with an entry for each in the audit log, and the person in none', async () => {
  const token = await users(2, 'user_logged');
  const { headers } = await erase(token, 'user_logged');
  const { auditLog } = (await api('GET', '/v1/audit-log?action=conversation.delete', { key })).json;
  const own = auditLog.filter(({ requestId }) => requestId === headers['x-request-id']);
  assert.equal(own.length, 2);
  assert.doesNotMatch(JSON.stringify(own), /user_logged|Question|Text/);
});

test('200 for whoever a server named, whose open pages begin anew', async () => {
  const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'] });
  const visitorOf = async (user) => {
    const { json } = await api('POST', `/v1/client-tokens/${token.id}/mint`, { key, body: { user: { id: user } } });
    const one = new Visitor(worker.origin, json.token);
    one.conversation = (await one.init()).json.conversationId;
    assert.equal((await one.chat(`I am ${user}`)).status, 200);
    return one;
  };
  const [ada, alan] = [await visitorOf('ada'), await visitorOf('alan')];
  assert.equal((await erase(token.id, 'ada')).json.deleted, 1);
  assert.deepEqual((await left(token.id)).map(({ id }) => id), [alan.conversation]);
  const { status, json } = await ada.chat('Still here');
  assert.deepEqual([status, json.error], [410, 'conversation_deleted']);
  assert.equal((await alan.chat('Still here')).status, 200);
  assert.notEqual((await ada.init({ sessionId: ada.session })).json.conversationId, ada.conversation);
  assert.equal((await ada.chat('Hello again')).status, 200);
  assert.equal((await erase(token.id, 'ada')).json.deleted, 1);
});

const feedback = async (token, query = '', as = key) =>
  (await api('GET', `/v1/client-tokens/${token}/feedback${query}`, { key: as })).json.feedback;
const whose = (list) => list.map(({ userId, rating }) => `${userId} ${rating}`);

test('200 with the feedback that a person gave without a conversation, in any session; others\' stays', async () => {
  const tokens = [await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'] }), await createToken(api, key, { flowIds: ['flow_a'] })];
  const visitorOf = async (user, { id } = tokens[0]) => {
    const { json } = await api('POST', `/v1/client-tokens/${id}/mint`, { key, body: { ...(user && { user: { id: user } }) } });
    const one = new Visitor(worker.origin, json.token);
    await one.init();
    return one;
  };
  const rate = async (one, rating) => assert.equal((await one.feedback({ type: 'nps', rating, comment: 'A secret' })).status, 201);
  const ada = await visitorOf('ada');
  await rate(ada, 1);
  await ada.init();
  await ada.chat('Hello');
  await rate(ada, 2);
  const elsewhere = await visitorOf('ada');
  await rate(elsewhere, 3);
  await rate(await visitorOf('alan'), 4);
  await rate(await visitorOf(null), 5);
  await rate(await visitorOf('ada', tokens[1]), 6);
  const { id } = tokens[0];
  assert.deepEqual(whose(await feedback(id)), ['null 5', 'alan 4', 'ada 3', 'ada 2', 'ada 1']);
  assert.deepEqual(whose(await feedback(id, '?userId=ada')), ['ada 3', 'ada 2', 'ada 1']);
  assert.deepEqual(whose(await feedback(id, '?userId=ada&limit=1&offset=1')), ['ada 2']);
  assert.deepEqual(await feedback(id, '?userId=nobody'), []);

  const answer = await erase(id, 'ada');
  // The second went with its conversation.
  assert.deepEqual(answer.json, { success: true, deleted: 1, deletedFeedback: 2, hasMore: false });
  assert.deepEqual((await erase(id, 'ada')).json, { success: true, deleted: 0, deletedFeedback: 0, hasMore: false });
  assert.deepEqual(whose(await feedback(id)), ['null 5', 'alan 4']);
  assert.deepEqual(whose(await feedback(tokens[1].id)), ['ada 6']);
  assert.deepEqual(await sql("select id from feedback where client_token_id = ?1 and user_id = 'ada'", id), []);
  const { auditLog } = (await api('GET', '/v1/audit-log?action=feedback.delete', { key })).json;
  const own = auditLog.filter(({ requestId }) => requestId === answer.headers['x-request-id']);
  assert.equal(own.length, 2);
  assert.doesNotMatch(JSON.stringify(own), /"ada"|secret/);
  // A page that is still open.
  assert.equal((await ada.feedback({ type: 'nps', rating: 7 })).status, 410);
});

test('200 in parts for more feedback than one transaction ends, the conversations before it', async () => {
  const token = await users(150, 'user_rates');
  series += 1;
  await seedFeedback(sql, { token, count: 1_200, series });
  await sql("update feedback set user_id = 'user_rates' where client_token_id = ?1", token);
  await lab.fault({ nth: 3, mode: 'before' });
  assert.equal((await erase(token, 'user_rates')).status, 500);
  await lab.calls();
  assert.deepEqual(await left(token), []);
  const [{ n }] = await sql('select count(*) as n from feedback where client_token_id = ?1', token);
  assert.equal(n, 700);
  const { json, d1 } = await erase(token, 'user_rates');
  assert.deepEqual(json, { success: true, deleted: 0, deletedFeedback: 700, hasMore: false });
  assert.equal(d1.trips, 2);
});

test('404 and 403 leave feedback as it was, too', async () => {
  const { id: token } = await createToken(api, key);
  series += 1;
  await seedFeedback(sql, { token, count: 1, series });
  await sql("update feedback set user_id = 'user_1' where client_token_id = ?1", token);
  const { key: writer } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:READ,CLIENT_TOKENS:WRITE' });
  assert.equal((await erase(token, 'user_1', writer)).status, 403);
  for (const wish of [{ tenant: 'stranger' }, { environment: 'test' }]) {
    const stranger = await worker.mintKey(wish);
    assert.equal((await erase(token, 'user_1', stranger.key)).status, 404);
    assert.equal(await feedback(token, '?userId=user_1', stranger.key), undefined);
  }
  assert.equal((await feedback(token, '?userId=user_1')).length, 1);
  const { key: eraser } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:DELETE' });
  assert.equal((await erase(token, 'user_1', eraser)).json.deletedFeedback, 1);
});

test('200 for any name that a person may have', async () => {
  for (const name of ['user 42 é', 'a&b=c%', "'; drop table conversations; --", '💥'.repeat(128)]) {
    const token = await users(1, name);
    assert.equal((await erase(token, encodeURIComponent(name))).json.deleted, 1, name);
  }
});

test('200 for more than one transaction may take; 500 in the middle, and the rest when asked again', async () => {
  const token = await users(250, 'user_many', 'user_other');
  await lab.fault({ nth: 2, mode: 'before' });
  assert.equal((await erase(token, 'user_many')).status, 500);
  await lab.calls();
  const [{ n }] = await sql("select count(*) as n from conversations where client_token_id = ?1 and user_id = 'user_many'", token);
  assert.equal(n, 150);
  const { json, d1 } = await erase(token, 'user_many');
  assert.deepEqual(json, { success: true, deleted: 150, deletedFeedback: 0, hasMore: false });
  assert.equal(d1.trips, 2);
  assert.equal((await api('GET', `/v1/client-tokens/${token}`, { key })).json.clientToken.conversationCount, 250);
});

test('400 without a name: nobody is erased by mistake', async () => {
  const token = await users(1, 'user_1');
  const at = (query) => api('DELETE', `/v1/client-tokens/${token}/conversations${query}`, { key });
  for (const query of ['', '?', '?userId=', '?userId']) {
    const answer = await at(query);
    assert.deepEqual([answer.status, faults(answer)], [400, ['userId MISSING_REQUIRED_FIELD']], query);
  }
  assert.deepEqual(faults(await at('?userid=user_1')), ['userId MISSING_REQUIRED_FIELD', 'userid UNKNOWN_FIELD']);
  assert.deepEqual(faults(await at('?userId=user_1&userId=user_2')), ['userId DUPLICATE_FIELD']);
  assert.deepEqual(faults(await at(`?userId=${'x'.repeat(129)}`)), ['userId TOO_LONG']);
  assert.equal((await left(token)).length, 1);
});

test('403 and 404 leave everything as it was', async () => {
  const token = await users(1, 'user_1');
  const { key: writer } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:READ,CLIENT_TOKENS:WRITE' });
  assert.equal((await erase(token, 'user_1', writer)).status, 403);
  for (const wish of [{ tenant: 'stranger' }, { environment: 'test' }]) {
    const stranger = await worker.mintKey(wish);
    assert.equal((await erase(token, 'user_1', stranger.key)).json.error, 'Client token not found');
  }
  assert.equal((await erase(UNKNOWN_TOKEN, 'user_1')).status, 404);
  assert.equal((await left(token)).length, 1);
});

test('what was stored holds together', () => holdTogether(sql));
