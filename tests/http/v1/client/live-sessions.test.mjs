// Changes of a token, as the live sessions feel them: on their next request (contract sections 6.2 and 8).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, echoTargets } from '#support/contract.mjs';
import { transcript } from '#support/ledger.mjs';
import { UNLIMITED, Visitor } from '#support/page.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, lab, sql } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a', 'flow_b');

/** A visitor in the middle of a chat. */
async function chatting(settings) {
  const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a', 'flow_b'], ...settings });
  const one = new Visitor(worker.origin, token.tokenValue);
  one.conversation = (await one.init()).json.conversationId;
  assert.equal((await one.chat('Hello')).status, 200);
  return Object.assign(one, { id: token.id });
}
const put = (one, body) => api('PUT', `/v1/client-tokens/${one.id}`, { key, body });

/** The next chat must be refused so, before the limiter is asked, and nothing of it stored; so must a resumption. */
async function refused(one, status, error, options) {
  const before = await transcript(sql, one.conversation);
  const answer = await one.chat('Hello again', {}, options);
  assert.equal(answer.status, status);
  assert.equal(answer.json.error, error);
  assert.ok(answer.json.hint);
  assert.deepEqual([answer.cost.trips, answer.cost.written, answer.cost.calls], [1, 0, 0]);
  assert.deepEqual(await transcript(sql, one.conversation), before);
  const resumed = await one.ask('resume', { sessionId: one.session, executionId: 'exec_1' }, options);
  assert.deepEqual([resumed.status, resumed.json.error], [status, error]);
  assert.equal(resumed.json.hint, answer.json.hint);
}

test('401 after a regenerate', async () => {
  const one = await chatting();
  await api('POST', `/v1/client-tokens/${one.id}/regenerate`, { key });
  await refused(one, 401, 'Session not found or expired');
});

test('401 after a delete', async () => {
  const one = await chatting();
  await api('DELETE', `/v1/client-tokens/${one.id}`, { key });
  await refused(one, 401, 'Session not found or expired');
});

test('403 after a deactivation, and 200 again after an activation', async () => {
  const one = await chatting();
  await put(one, { isActive: false });
  await refused(one, 403, 'Client token is inactive');
  await put(one, { isActive: true });
  assert.equal((await one.chat('Hello again')).status, 200);
});

test('403 after the origin was taken off the list, and from another origin than the session\'s first', async () => {
  const one = await chatting();
  await refused(one, 403, 'Origin not allowed', { from: 'https://evil.example' });
  await refused(one, 403, 'Origin not allowed', { from: null });
  await put(one, { allowedOrigins: ['https://other.example.com'] });
  await refused(one, 403, 'Origin not allowed');
  assert.equal((await one.chat('Hello', {}, { from: 'https://other.example.com' })).status, 200);
});

test('403 after the flow was taken off the token, and 200 when it is back', async () => {
  const one = await chatting();
  await put(one, { flowIds: ['flow_b'] });
  await refused(one, 403, 'flow not allowed');
  await put(one, { flowIds: ['flow_b', 'flow_a'] });
  assert.equal((await one.chat('Hello again')).status, 200);
});

test('401 after the idle time was shortened below what has passed, by the later of issue and chat', async () => {
  const one = await chatting({ sessionIdleTimeoutMinutes: 30 });
  await lab.advance(120_000);
  await put(one, { sessionIdleTimeoutMinutes: 1 });
  await refused(one, 401, 'Session not found or expired');
  await one.init({ sessionId: one.session });
  assert.equal((await one.chat('Hello again')).status, 200);
  await lab.advance(50_000);
  assert.equal((await one.chat('And again')).status, 200);
  await lab.advance(50_000);
  assert.equal((await one.chat('A minute after the issue, not after the last chat')).status, 200);
});

test('429 after a limit was lowered, and 200 after it was raised', async () => {
  const one = await chatting({ rateLimitPerMinute: 100 });
  await put(one, { rateLimitPerMinute: 1 });
  assert.equal((await one.chat('Second')).status, 429);
  await put(one, { rateLimitPerMinute: 2 });
  assert.equal((await one.chat('Second')).status, 200);
  await put(one, { rateLimitPerMinute: null, maxMessagesPerSession: 2 });
  assert.equal((await one.chat('Third')).status, 429);
  await put(one, { maxMessagesPerSession: 3 });
  assert.equal((await one.chat('Third')).status, 200);
});

test('404 after the target\'s upstream was deleted, whatever else the token has, and 200 when it is back', async () => {
  await echoTargets(api, key, 'flow_gone');
  const one = await chatting({ flowIds: ['flow_gone', 'flow_a'] });
  await api('DELETE', '/v1/targets/flow_gone', { key });
  const answer = await one.chat('Hello again');
  assert.equal(answer.status, 404);
  assert.equal(answer.cost.calls, 0);
  await echoTargets(api, key, 'flow_gone');
  assert.equal((await one.chat('Hello again')).status, 200);
});

test('401, 410, 403, 404, 429, 409: the first that is wrong answers', async () => {
  const one = await chatting({ rateLimitPerMinute: 1 });
  const wrong = [{ clientToolsFingerprint: 'unknown' }, { from: 'https://evil.example' }];
  assert.equal((await one.chat('Hello')).status, 429);
  assert.equal((await one.chat('Hello', wrong[0])).status, 429);
  await put(one, { rateLimitPerMinute: 2 });
  assert.equal((await one.chat('Another', wrong[0])).status, 409);
  await put(one, { isActive: false });
  assert.equal((await one.chat('Hello', ...wrong)).json.error, 'Origin not allowed');
  assert.equal((await one.chat('Hello', wrong[0])).json.error, 'Client token is inactive');
  await sql('update conversations set deleted_at = 1 where id = ?1', one.conversation);
  assert.equal((await one.chat('Hello', wrong[0])).status, 410);
  await api('DELETE', `/v1/client-tokens/${one.id}`, { key });
  assert.equal((await one.chat('Hello', ...wrong)).status, 401);
  assert.equal((await one.ask('chat', { sessionId: 'x', messages: [] })).status, 400);
});
