// Minted values in use (contract section 3.9): a page, its sessions and its upstream, under what the value allows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createToken, echoTargets } from '#support/contract.mjs';
import { ORIGIN, UNLIMITED, Visitor, user } from '#support/page.mjs';
import { EVENTS, OPENAI, stage } from '#support/stage.mjs';
import { begin, frame, says } from '#support/upstream.mjs';

const { worker, upstream } = await stage({ hasLab: true, targets: { flow_events: EVENTS, flow_ai: OPENAI } });
const { api, lab } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a', 'flow_b', 'agent_a');

const ECHO = { flowIds: ['flow_a', 'flow_b'], agentIds: ['agent_a'], allowedOrigins: [ORIGIN, 'https://other.example.com', 'native'] };
const MINUTE = 60_000;

/** A token with `settings`, and a visitor of a value that was minted of it with `allowed`. */
async function minted(allowed, settings = {}) {
  const token = await createToken(api, key, { ...UNLIMITED, ...ECHO, ...settings });
  return Object.assign(await again({ token }, allowed), { token });
}
async function again({ token }, allowed, options) {
  const { status, json } = await api('POST', `/v1/client-tokens/${token.id}/mint`, { key, body: allowed });
  assert.equal(status, 201);
  const one = new Visitor(worker.origin, json.token, options);
  return Object.assign(one, { expiresAt: json.expiresAt, value: json.token, of: token });
}
const visitorOf = (value, options) => new Visitor(worker.origin, value, options);
const put = ({ id }, body) => api('PUT', `/v1/client-tokens/${id}`, { key, body });
const verify = async (token, more) => (await api('POST', '/v1/client-tokens/verify', { key, body: { token, origin: ORIGIN, ...more } })).json;
const conversations = async ({ id }, query = '') =>
  (await api('GET', `/v1/client-tokens/${id}/conversations${query}`, { key })).json.conversations;

test('200 for init, chat and feedback, and no session outlives the value', async () => {
  const one = await minted({ expiresInSeconds: 120 });
  const { value } = one;
  const page = visitorOf(value);
  const opened = await page.init();
  assert.equal(opened.status, 200);
  assert.equal(opened.json.expiresAt, one.expiresAt);
  assert.ok(opened.cost.written === 0 && opened.cost.trips === 1);
  const spoken = await page.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  assert.match(spoken.text, /execution_complete/);
  assert.equal((await page.feedback({ type: 'upvote', messageId: 'a1' })).status, 201);
  await lab.advance(119_000);
  assert.equal((await page.chat('Still there?')).status, 200);
  await lab.advance(1_000);
  const late = await page.chat('And now?');
  assert.deepEqual([late.status, late.json.error], [401, 'Session not found or expired']);
  const over = await page.init();
  assert.deepEqual([over.status, over.json.error], [401, 'Invalid client token']);
  assert.deepEqual([over.json.code, over.json.hint], ['expired_value', 'This page has been open for too long. Please reload it.']);
  assert.match(over.json.details[0].message, /ended at .*mint/);
  assert.deepEqual([over.cost.trips, over.cost.calls], [0, 0]);
  assert.equal((await page.feedback({ type: 'downvote', messageId: 'a1' })).status, 401);
  const verdict = await verify(value);
  assert.deepEqual([verdict.code, verdict.expiresAt], ['expired', one.expiresAt]);
});

test('401 at once after regenerate, 403 after deactivation, 401 after deletion, for value and session', async () => {
  const ends = {
    regenerate: [(id) => api('POST', `/v1/client-tokens/${id}/regenerate`, { key }), 401, 401, 'regenerated'],
    deactivate: [(id) => put({ id }, { isActive: false }), 403, 403, 'inactive'],
    delete: [(id) => api('DELETE', `/v1/client-tokens/${id}`, { key }), 401, 401, 'deleted'],
  };
  for (const [name, [end, ofInit, ofChat, code]] of Object.entries(ends)) {
    const one = await minted({});
    const page = visitorOf(one.value);
    assert.equal((await page.init()).status, 200);
    await end(one.token.id ?? one.of.id);
    assert.equal((await page.init()).status, ofInit, name);
    assert.equal((await page.chat('Hello')).status, ofChat, name);
    assert.equal((await verify(one.value)).code, code);
  }
});

test('403 for an origin that the token admits and the value doesn\'t, in sessions too', async () => {
  const one = await minted({ allowedOrigins: [ORIGIN] });
  const page = visitorOf(one.value);
  await page.init();
  for (const from of ['https://other.example.com', null]) {
    const refused = await page.init({}, { from });
    assert.equal(refused.status, 403);
    assert.match(refused.json.hint, /minted/);
    assert.equal((await page.chat('Hello', {}, { from })).status, 403);
  }
  const verdict = await verify(one.value, { origin: 'https://other.example.com' });
  assert.equal(verdict.code, 'origin_not_allowed');
  assert.equal(verdict.reasons[0].edit, undefined);
  await put(one.of, { allowedOrigins: ['https://other.example.com'] });
  assert.equal((await page.chat('Hello')).status, 403);
  assert.equal((await page.init()).status, 403);
});

test('400 and 403 for a target that the value doesn\'t list, or the token no longer does', async () => {
  const one = await minted({ flowIds: ['flow_b'], agentIds: [] });
  const page = visitorOf(one.value);
  assert.equal((await page.init()).json.targetId, 'flow_b');
  for (const flowId of ['flow_a', 'agent_a']) {
    const refused = await page.init({ flowId });
    assert.deepEqual([refused.status, refused.json.error], [400, 'flow not allowed']);
    assert.match(refused.json.hint, /minted/);
  }
  // A session of the plain value is not taken over into the minted one with its target.
  const plain = visitorOf(one.of.tokenValue);
  await plain.init({ flowId: 'flow_a' });
  const { json } = await page.init({ sessionId: plain.session });
  assert.equal(json.targetId, 'flow_b');
  await put(one.of, { flowIds: ['flow_a'] });
  assert.equal((await page.chat('Hello')).status, 403);
  assert.equal((await page.init()).status, 400);
});

test('429 by user whatever the address, and by address without a user', async () => {
  const one = await minted({ user: { id: 'ada' }, rateLimitPerMinute: 3 }, { rateLimitPerMinute: 10 });
  /** What a visitor's chat gets in a session of its own, which opens whatever was said before. */
  const chat = async (visitor) => {
    assert.equal((await visitor.init()).status, 200);
    return (await visitor.chat('Hello')).status;
  };
  const statuses = [];
  for (let n = 1; n <= 4; n += 1) statuses.push(await chat(visitorOf(one.value, { ip: `203.0.113.${n}` })));
  assert.deepEqual(statuses, [200, 200, 200, 429]);
  assert.equal((await verify(one.value, { visitor: '203.0.113.99' })).code, 'rate_limited');
  // Another value of the same user shares the count, another user's doesn't, and neither does the address.
  const same = await again(one.of ? { token: one.of } : one, { user: { id: 'ada' }, rateLimitPerMinute: 3 });
  assert.equal(await chat(same), 429);
  const eve = await again({ token: one.of }, { user: { id: 'eve' }, rateLimitPerMinute: 3 });
  assert.equal(await chat(eve), 200);
  assert.equal(await chat(visitorOf(one.of.tokenValue, { ip: '203.0.113.1' })), 200);
  // Without a user, the value's visitor is the one at the address, with the token's plain value.
  const page = await again({ token: one.of }, { rateLimitPerMinute: 2 });
  const at = (ip) => visitorOf(page.value, { ip });
  assert.equal(await chat(visitorOf(one.of.tokenValue, { ip: '198.51.100.1' })), 200);
  assert.deepEqual([await chat(at('198.51.100.1')), await chat(at('198.51.100.1'))], [200, 429]);
  assert.equal(await chat(at('198.51.100.2')), 200);
});

test('429 when the value\'s own session cap is reached, and re-init doesn\'t reset it', async () => {
  const one = await minted({ maxMessagesPerSession: 2 });
  const page = visitorOf(one.value);
  await page.init();
  assert.equal((await page.chat('One')).status, 200);
  await page.init({ sessionId: page.session });
  assert.equal((await page.chat('Two')).status, 200);
  assert.equal((await page.chat('Three')).status, 429);
  const fresh = await again({ token: one.of }, { maxMessagesPerSession: 2 });
  await fresh.init({ sessionId: page.session });
  assert.equal((await fresh.chat('Three')).status, 429);
});

test('200 in the user\'s own conversation with the user\'s next value, and in nobody else\'s', async () => {
  const one = await minted({ user: { id: 'ada', name: 'Ada' } });
  const page = visitorOf(one.value);
  const { conversationId } = (await page.init()).json;
  await page.chat([user('Mine', 'u1')]);
  const next = await again({ token: one.of }, { user: { id: 'ada' } });
  assert.equal((await next.init({ sessionId: page.session })).json.conversationId, conversationId);
  const others = [await again({ token: one.of }, { user: { id: 'eve' } }), await again({ token: one.of }, {}), visitorOf(one.of.tokenValue)];
  for (const other of others) {
    assert.notEqual((await other.init({ sessionId: page.session })).json.conversationId, conversationId);
    const feedback = await other.ask('feedback', { token: other.token, sessionId: page.session, type: 'csat', rating: 5 });
    assert.equal(feedback.status, 404);
  }
  const plain = visitorOf(one.of.tokenValue);
  const { conversationId: unknown } = (await plain.init()).json;
  await plain.chat('Who am I?');
  assert.notEqual((await next.init({ sessionId: plain.session })).json.conversationId, unknown);
  const named = await conversations(one.of);
  assert.deepEqual(new Set(named.map(({ id, userId }) => `${id} ${userId}`)), new Set([`${conversationId} ada`, `${unknown} null`]));
  assert.deepEqual((await conversations(one.of, '?userId=ada')).map(({ id }) => id), [conversationId]);
  assert.deepEqual(await conversations(one.of, '?userId=eve'), []);
});

test('200 with the user and the metadata told to the upstream, and what a page claims set apart', async () => {
  const targets = { flowIds: ['flow_events', 'flow_ai'] };
  const one = await minted({ user: { id: 'ada', name: 'Ada' }, metadata: { plan: 'pro' } }, targets);
  upstream.play = (response) => {
    begin(response);
    response.end(frame('execution_complete', { executionId: 'e', seq: 1, kind: 'flow', success: true }));
  };
  const page = visitorOf(one.value);
  await page.init({ flowId: 'flow_events' });
  await page.chat('Hello', { context: { url: '/x', user: { id: 'root' } }, metadata: { plan: 'free' } });
  const { context, metadata } = upstream.last.body;
  const unverified = { user: { id: 'root' }, metadata: { plan: 'free' } };
  assert.deepEqual(context, { url: '/x', unverified, user: { id: 'ada', name: 'Ada' }, metadata: { plan: 'pro' } });
  assert.deepEqual(metadata, { plan: 'pro' });
  const plain = visitorOf(one.of.tokenValue);
  await plain.init({ flowId: 'flow_events' });
  await plain.chat('Hello', { context: { user: { id: 'root' }, metadata: { plan: 'pro' } } });
  assert.deepEqual(upstream.last.body.context, { unverified: { user: { id: 'root' }, metadata: { plan: 'pro' } } });
  upstream.play = says('Hi');
  const asked = visitorOf(one.value);
  await asked.init({ flowId: 'flow_ai' });
  await asked.chat('Hello', { context: { user: { id: 'root' } }, metadata: { plan: 'free' } });
  const [verified, question] = upstream.last.body.messages;
  assert.equal(verified.role, 'system');
  assert.match(verified.content, /"user":\{"id":"ada","name":"Ada"\},"metadata":\{"plan":"pro"\}/);
  assert.deepEqual([question.role, /root/.test(question.content), /ada|pro/.test(question.content)], ['user', true, false]);
});

test('200 from verify with the user, the end and the limits of a minted value', async () => {
  const one = await minted({ user: { id: 'ada', name: 'Ada' }, rateLimitPerMinute: 2 }, { rateLimitPerMinute: 5 });
  const said = await verify(one.value, { visitor: '203.0.113.1', consume: true });
  assert.equal(said.code, 'valid');
  assert.deepEqual(said.user, { id: 'ada', name: 'Ada' });
  assert.equal(said.expiresAt, one.expiresAt);
  assert.equal(said.limits.rateLimitPerMinute, 2);
  await verify(one.value, { visitor: '203.0.113.2', consume: true });
  assert.equal((await verify(one.value, { visitor: '203.0.113.3', consume: true })).code, 'rate_limited');
});

test('401 for a value whose claims were changed, before any trip', async () => {
  const one = await minted({ user: { id: 'ada' }, flowIds: ['flow_a'] });
  const [head, claims] = one.value.split('.');
  const wide = JSON.parse(Buffer.from(claims, 'base64url'));
  const forge = (grant) => `${head}.${Buffer.from(JSON.stringify(grant)).toString('base64url')}`;
  const { flowIds, ...without } = wide;
  const forged = [
    forge({ ...wide, user: { id: 'eve' } }), forge(without), forge({ ...wide, expiresAt: '2099-01-01T00:00:00.000Z' }), head, `${head}.`,
    `${one.of.tokenValue}.${claims}`, `${one.value}A`, one.value.replace('ct_live', 'ct_test'), `${one.value}.${claims}`,
  ];
  for (const token of forged) {
    const { status, cost } = await visitorOf(token).init();
    assert.deepEqual([status, cost.trips, cost.calls], [401, 0, 0]);
    assert.ok(['forged', 'malformed'].includes((await verify(token)).code));
  }
  const page = visitorOf(one.value);
  await page.init();
  page.session = page.session.replace(/\.[^.]*$/, '');
  assert.deepEqual([(await page.chat('Hello')).status], [401]);
});

test('200 for a chat of more than 1 MiB behind a minted session', async () => {
  const one = await minted({ metadata: { m: 'm'.repeat(900) } });
  const page = visitorOf(one.value);
  await page.init();
  const image = `data:image/png;base64,${'A'.repeat(1_200_000)}`;
  const { status } = await page.chat([user([{ type: 'text', text: 'See' }, { type: 'image', image }], 'u1')]);
  assert.equal(status, 200);
});
