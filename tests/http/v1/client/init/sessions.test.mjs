// Coming back: what init makes of the id of an earlier session (contract sections 6.1 and 8).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, echoTargets } from '#support/contract.mjs';
import { chatCounts } from '#support/ledger.mjs';
import { UNLIMITED, Visitor } from '#support/page.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, lab, sql } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a', 'flow_b');

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const FLOWS = { flowIds: ['flow_a', 'flow_b'], sessionIdleTimeoutMinutes: 10 };

async function page(settings = {}) {
  const token = await createToken(api, key, { ...UNLIMITED, ...FLOWS, ...settings });
  return Object.assign(new Visitor(worker.origin, token.tokenValue), { id: token.id });
}
/** Comes back with the session of before; gives the conversation and its revision. */
async function back(visitor, more) {
  const { status, json, cost } = await visitor.init({ sessionId: visitor.session, ...more });
  assert.equal(status, 200);
  assert.equal(cost.trips, 1);
  return [json.conversationId, json.conversationRevision];
}

test('200 with a new conversation each time without a session', async () => {
  const visitor = await page();
  const opened = [];
  for (let n = 0; n < 3; n += 1) opened.push((await visitor.init()).json.conversationId);
  assert.equal(new Set(opened).size, 3);
});

test('200 with a session that can\'t be one, is forged or another token\'s: it is not used', async () => {
  const visitor = await page();
  const other = await page();
  const { conversationId: theirs } = (await other.init()).json;
  await other.chat('Hello');
  await visitor.init();
  const own = visitor.session;
  const odd = ['', 'x', 'cs_', 'cs_abc_flow_a', `${own}x`, own.replace('flow_a', 'flow_b'), own.slice(3), other.session,
    visitor.token, 7, null, [], {}, true, 'x'.repeat(10_000)];
  const seen = new Set();
  for (const sessionId of odd) {
    const { status, json } = await visitor.init({ sessionId });
    assert.equal(status, 200, JSON.stringify(sessionId));
    assert.equal(json.conversationRevision, '0');
    seen.add(json.conversationId);
  }
  assert.equal(seen.size, odd.length, 'each is a new conversation');
  assert.ok(!seen.has(theirs));
});

test('200 with a fresh id of the same session while it lives: its count goes on', async () => {
  const visitor = await page({ maxMessagesPerSession: 3 });
  const { json } = await visitor.init();
  for (let n = 1; n <= 3; n += 1) {
    assert.equal((await visitor.chat(`Message ${n}`)).status, 200);
    const before = visitor.session;
    await lab.advance(1_000);
    assert.deepEqual(await back(visitor), [json.conversationId, `${2 * n}`]);
    assert.notEqual(visitor.session, before);
  }
  assert.deepEqual(await chatCounts(sql, json.conversationId), [3]);
  assert.equal((await visitor.chat('Message 4')).status, 429);
});

test('200 for a chat under an older id of the same session', async () => {
  const visitor = await page();
  await visitor.init();
  const first = visitor.session;
  await back(visitor);
  const { status } = await visitor.ask('chat', { ...visitor.body('Hello'), sessionId: first });
  assert.equal(status, 200);
});

test('200 with an id that slides the end: each init begins the idle time anew', async () => {
  const visitor = await page();
  const [conversation] = [(await visitor.init()).json.conversationId];
  for (let n = 0; n < 4; n += 1) {
    await lab.advance(9 * MINUTE);
    assert.deepEqual(await back(visitor), [conversation, '0']);
  }
  assert.equal((await visitor.chat('Still here')).status, 200);
  assert.deepEqual(await chatCounts(sql, conversation), [1]);
});

test('200 with a chat that slides the end, without a new id', async () => {
  const visitor = await page();
  const { json } = await visitor.init();
  for (let n = 1; n <= 4; n += 1) {
    await lab.advance(9 * MINUTE);
    assert.equal((await visitor.chat(`Message ${n}`)).status, 200);
  }
  assert.deepEqual(await chatCounts(sql, json.conversationId), [4]);
  await lab.advance(10 * MINUTE);
  assert.equal((await visitor.chat('Too late')).status, 401);
});

test('401 from the very end on', async () => {
  const visitor = await page();
  await visitor.init();
  await lab.advance(10 * MINUTE);
  const { status, json } = await visitor.chat('Hello');
  assert.equal(status, 401);
  assert.equal(json.error, 'Session not found or expired');
});

test('200 with the same conversation and a count of its own for a session that is over', async () => {
  const visitor = await page({ maxMessagesPerSession: 2 });
  const { conversationId } = (await visitor.init()).json;
  await visitor.chat('One');
  await visitor.chat('Two');
  assert.equal((await visitor.chat('Three')).status, 429);
  await lab.advance(10 * MINUTE);
  assert.deepEqual(await back(visitor), [conversationId, '4']);
  assert.equal((await visitor.chat('Four')).status, 200);
  assert.deepEqual(await chatCounts(sql, conversationId), [2, 1]);
});

test('200 with the same conversation for weeks, and for a session that never chatted', async () => {
  const visitor = await page();
  const { conversationId } = (await visitor.init()).json;
  await lab.advance(11 * MINUTE);
  assert.deepEqual(await back(visitor), [conversationId, '0']);
  await visitor.chat('Hello');
  await lab.advance(30 * DAY - MINUTE);
  assert.deepEqual(await back(visitor), [conversationId, '2']);
  // The id is a new one: its own thirty days begin.
  await lab.advance(30 * DAY - MINUTE);
  assert.deepEqual(await back(visitor), [conversationId, '2']);
});

test('200 with a new conversation thirty days after an id was issued, and 401 and 404 for what it is used for', async () => {
  const visitor = await page({ defaultFlowId: 'flow_a' });
  const { conversationId } = (await visitor.init({ flowId: 'flow_b' })).json;
  await visitor.chat('Hello');
  await lab.advance(30 * DAY);
  const { status, json } = await visitor.chat('Hello again');
  assert.deepEqual([status, json.error], [401, 'Session not found or expired']);
  assert.equal((await visitor.feedback({ type: 'nps', rating: 5 })).status, 404);
  const { json: opened } = await visitor.init({ sessionId: visitor.session });
  assert.notEqual(opened.conversationId, conversationId);
  assert.deepEqual([opened.targetId, opened.conversationRevision], ['flow_a', '0']);
});

test('401 for a session that was never idle, once its id is thirty days old', async () => {
  const visitor = await page({ sessionIdleTimeoutMinutes: 1440 });
  await visitor.init();
  for (let day = 0; day < 30; day += 1) {
    assert.equal((await visitor.chat(`Day ${day}`)).status, 200, `day ${day}`);
    // Less than a day, though this machine is slow.
    await lab.advance(DAY - MINUTE);
  }
  assert.equal((await visitor.chat('The last hour')).status, 200);
  await lab.advance(30 * MINUTE);
  assert.equal((await visitor.chat('Too late')).status, 401);
});

test('200 with the same conversation for a session from before a regenerate', async () => {
  const visitor = await page();
  const { conversationId } = (await visitor.init()).json;
  await visitor.chat('Hello');
  const { json } = await api('POST', `/v1/client-tokens/${visitor.id}/regenerate`, { key });
  visitor.token = json.token;
  assert.deepEqual(await back(visitor), [conversationId, '2']);
  assert.equal((await visitor.chat('Hello again')).status, 200);
  assert.deepEqual(await chatCounts(sql, conversationId), [1, 1]);
});

test('200 with a new conversation for another flow, and with the old one for its own', async () => {
  const visitor = await page();
  const { conversationId } = (await visitor.init({ flowId: 'flow_b' })).json;
  await visitor.chat('Hello');
  const session = visitor.session;
  assert.deepEqual(await back(visitor, { flowId: 'flow_b' }), [conversationId, '2']);
  const [other, revision] = await back(visitor, { flowId: 'flow_a', sessionId: session });
  assert.notEqual(other, conversationId);
  assert.equal(revision, '0');
});

test('200 with the session\'s own flow when none is asked for, whatever the default is', async () => {
  const visitor = await page({ defaultFlowId: 'flow_a' });
  const { conversationId } = (await visitor.init({ flowId: 'flow_b' })).json;
  await visitor.chat('Hello');
  const { json } = await visitor.init({ sessionId: visitor.session });
  assert.deepEqual([json.targetId, json.conversationId], ['flow_b', conversationId]);
});

test('200 with a new conversation when the session\'s flow is no longer listed', async () => {
  const visitor = await page();
  const { conversationId } = (await visitor.init({ flowId: 'flow_b' })).json;
  await visitor.chat('Hello');
  await api('PUT', `/v1/client-tokens/${visitor.id}`, { key, body: { flowIds: ['flow_a'] } });
  const { status, json } = await visitor.init({ sessionId: visitor.session });
  assert.equal(status, 200);
  assert.equal(json.targetId, 'flow_a');
  assert.notEqual(json.conversationId, conversationId);
});

test('200 with the name of the flow that is left when the session\'s is no longer listed', async () => {
  const visitor = await page({ flowIds: ['flow_left', 'flow_b'] });
  await api('PUT', '/v1/targets/flow_left', { key, body: { name: 'What is left', upstream: { kind: 'echo' } } });
  await visitor.init({ flowId: 'flow_b' });
  await api('PUT', `/v1/client-tokens/${visitor.id}`, { key, body: { flowIds: ['flow_left'] } });
  const { status, json, cost } = await visitor.init({ sessionId: visitor.session });
  assert.equal(status, 200);
  assert.deepEqual([json.flow.name, cost.trips], ['What is left', 2]);
});

test('200 with a new conversation for one that was deleted, and 410 for a chat in it', async () => {
  const visitor = await page();
  const { conversationId } = (await visitor.init()).json;
  await visitor.chat('Hello');
  await sql('update conversations set deleted_at = ?1 where id = ?2', Date.now(), conversationId);
  const { status, json } = await visitor.chat('Hello again');
  assert.equal(status, 410);
  assert.equal(json.error, 'conversation_deleted');
  const [fresh, revision] = await back(visitor);
  assert.notEqual(fresh, conversationId);
  assert.equal(revision, '0');
});
