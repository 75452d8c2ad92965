// POST /v1/client/init: what it answers, which target it opens, and what it costs (contract section 6.1).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, echoTargets, faults } from '#support/contract.mjs';
import { UNLIMITED, Visitor } from '#support/page.mjs';
import { until } from '#support/until.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ variants: { withDefault: { DEFAULT_UPSTREAM: 'echo' } }, hasLab: true });
after(() => worker.stop());
const { api, lab, sql } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a', 'flow_b', 'agent_a', 'agent_b');

async function page(settings, options, origin = worker.origin) {
  const token = await createToken(api, key, { ...UNLIMITED, ...settings });
  return Object.assign(new Visitor(origin, token.tokenValue, options), { id: token.id });
}
const put = (path, body) => api('PUT', path, { key, body });

test('200 with every field in order, and null for what isn\'t configured', async () => {
  const visitor = await page({ flowIds: ['flow_a'], sessionIdleTimeoutMinutes: 45 });
  const before = Date.now();
  const { status, json } = await visitor.init();
  assert.equal(status, 200);
  const { sessionId, expiresAt, conversationId, ...rest } = json;
  assert.deepEqual(Object.keys(json), [
    'sessionId', 'expiresAt', 'flow', 'targetId', 'conversationId', 'conversationRevision', 'config',
  ]);
  assert.match(sessionId, /^cs_[0-9A-Za-z]+_flow_a$/);
  assert.match(conversationId, /^conv_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.match(expiresAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  const idle = Date.parse(expiresAt) - 45 * 60_000;
  assert.ok(before <= idle && idle <= Date.now(), 'the idle time counts from now');
  assert.deepEqual(rest, {
    flow: { id: 'flow_a', name: null, description: null },
    targetId: 'flow_a',
    conversationRevision: '0',
    config: { welcomeMessage: null, placeholder: 'Type your message...', theme: null },
  });
});

test('200 with the configured texts, and nothing of the rest of the config', async () => {
  const theme = { primary: '#0a0', nested: { radius: [1, 2] } };
  const config = { welcomeMessage: 'Hello', placeholder: 'Ask…', theme, secretNote: 'not for pages' };
  const visitor = await page({ flowIds: ['flow_a'], config });
  const { json, text } = await visitor.init();
  assert.deepEqual(json.config, { welcomeMessage: 'Hello', placeholder: 'Ask…', theme });
  assert.doesNotMatch(text, /secretNote|not for pages/);
});

test('200 with the defaults for texts and a theme of another type', async () => {
  for (const value of [null, 7, true, [], ['Hello']]) {
    const visitor = await page({ flowIds: ['flow_a'], config: { welcomeMessage: value, placeholder: value, theme: value } });
    const { json } = await visitor.init();
    assert.deepEqual(json.config, { welcomeMessage: null, placeholder: 'Type your message...', theme: null });
  }
  const odd = await page({ flowIds: ['flow_a'], config: { welcomeMessage: {}, placeholder: '', theme: 'dark' } });
  assert.deepEqual((await odd.init()).json.config, { welcomeMessage: null, placeholder: '', theme: null });
});

test('200 with a day of idle time when none is set', async () => {
  const visitor = await page({ flowIds: ['flow_a'], sessionIdleTimeoutMinutes: null });
  const { json } = await visitor.init();
  const minutes = (Date.parse(json.expiresAt) - Date.now()) / 60_000;
  assert.ok(minutes > 1439 && minutes <= 1440);
});

test('200 with the target\'s name and description', async () => {
  const body = { name: 'Support', description: 'Answers', upstream: { kind: 'echo' } };
  assert.equal((await put('/v1/targets/flow_named', body)).status, 201);
  const visitor = await page({ flowIds: ['flow_named'] });
  const { json } = await visitor.init();
  assert.deepEqual(json.flow, { id: 'flow_named', name: 'Support', description: 'Answers' });
});

test('200 with the flow asked for, else the default, else the first flow, else the first agent', async () => {
  const opened = async (settings, more) => (await (await page(settings)).init(more)).json.targetId;
  const both = { flowIds: ['flow_a', 'flow_b'], agentIds: ['agent_a', 'agent_b'] };
  assert.equal(await opened({ ...both, defaultFlowId: 'flow_b' }, { flowId: 'flow_a' }), 'flow_a');
  assert.equal(await opened(both, { flowId: 'agent_b' }), 'agent_b');
  assert.equal(await opened({ ...both, defaultFlowId: 'flow_b' }), 'flow_b');
  assert.equal(await opened(both), 'flow_a');
  assert.equal(await opened({ agentIds: ['agent_a', 'agent_b'] }), 'agent_a');
  assert.equal(await opened(both, { flowId: null }), 'flow_a');
});

test('400 for a token without targets and for a flow that isn\'t listed', async () => {
  const empty = await page({});
  const none = await empty.init();
  assert.equal(none.status, 400);
  assert.equal(none.json.error, 'flow required');
  assert.ok(none.json.hint);
  const visitor = await page({ flowIds: ['flow_a'] });
  for (const one of [visitor, empty]) {
    const answer = await one.init({ flowId: 'flow_b' });
    assert.equal(answer.status, 400);
    assert.equal(answer.json.error, 'flow not allowed');
  }
});

test('400 with every fault of the body, before the token is looked at', async () => {
  const visitor = await page({ flowIds: ['flow_a'] });
  const cases = [
    [{}, ['token MISSING_REQUIRED_FIELD']],
    [{ token: null }, ['token MISSING_REQUIRED_FIELD']],
    [{ token: 7, flowId: 8 }, ['token INVALID_TYPE', 'flowId INVALID_TYPE']],
    [{ token: 'forged', flowId: 'a b' }, ['flowId INVALID_FORMAT']],
    ['{"token":"a","token":"b"}', ['token DUPLICATE_FIELD']],
    ['[]', ['INVALID_TYPE']],
    ['', ['INVALID_JSON']],
  ];
  for (const [body, expected] of cases) {
    const answer = await visitor.ask('init', body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.deepEqual(faults(answer), expected, JSON.stringify(body));
  }
});

test('200 for a body with more than is known', async () => {
  const visitor = await page({ flowIds: ['flow_a'] });
  const more = { visitorId: 'v', page: { url: 'https://app.example.com/x' }, flags: [1] };
  assert.equal((await visitor.init(more, { headers: { 'X-Persona-Version': '4.17.0' } })).status, 200);
});

test('404 when nothing can execute the target, 200 once something can', async () => {
  const visitor = await page({ flowIds: ['flow_later'] });
  const answer = await visitor.init();
  assert.equal(answer.status, 404);
  assert.ok(answer.json.hint);
  assert.equal((await put('/v1/targets/flow_later', { upstream: { kind: 'echo' } })).status, 201);
  assert.equal((await visitor.init()).status, 200);
});

test('404 when the flow asked for has no upstream though the default flow has one', async () => {
  await put('/v1/targets/flow_set', { upstream: { kind: 'echo' } });
  const visitor = await page({ flowIds: ['flow_set', 'flow_unset'] });
  assert.equal((await visitor.init()).status, 200);
  assert.equal((await visitor.init({ flowId: 'flow_unset' })).status, 404);
});

test('200 for another tenant\'s target of the same id only by the default upstream, never by theirs', async () => {
  const other = await worker.mintKey({ tenant: 'other' });
  const body = { name: 'Theirs', upstream: { kind: 'echo' } };
  assert.equal((await api('PUT', '/v1/targets/flow_shared', { key: other.key, body })).status, 201);
  const visitor = await page({ flowIds: ['flow_shared'] }, {}, worker.origins.withDefault);
  assert.equal((await visitor.init()).json.flow.name, null);
  const without = await page({ flowIds: ['flow_shared'] });
  assert.equal((await without.init()).status, 404);
});

test('200 with one trip that writes nothing and no call of the limiter, with and without a session', async () => {
  const visitor = await page({ flowIds: ['flow_a'], rateLimitPerMinute: 1 });
  const fields = ({ headers }) => Object.keys(headers).filter((name) => /ratelimit|retry/.test(name));
  await lab.calls();
  for (const more of [{}, { sessionId: 'cs_x' }, { flowId: 'flow_a' }]) {
    const answer = await visitor.init(more);
    const { trips, read, written, calls } = answer.cost;
    assert.deepEqual([answer.status, trips, written, calls, fields(answer)], [200, 1, 0, 0, []]);
    assert.ok(read <= 6, `${read} rows`);
  }
  assert.deepEqual(await lab.limiters(), []);
  assert.equal((await visitor.chat('Hello')).status, 200);
  const answer = await visitor.init({ sessionId: visitor.session });
  assert.deepEqual([answer.status, answer.cost.trips, answer.cost.written, answer.cost.calls, fields(answer)], [200, 1, 0, 0, []]);
});

test('200 and no row of any kind until something is said', async () => {
  const visitor = await page({ flowIds: ['flow_a'] });
  const count = () => sql(`select (select count(*) from conversations) as conversations,
(select count(*) from sessions) as sessions, (select count(*) from messages) as messages`);
  const before = await count();
  for (let n = 0; n < 5; n += 1) await visitor.init({ sessionId: visitor.session });
  assert.deepEqual(await count(), before);
  assert.deepEqual((await api('GET', `/v1/client-tokens/${visitor.id}/conversations`, { key })).json.conversations, []);
});

test('200 that moves lastUsedAt, once a minute and not again', async () => {
  const visitor = await page({ flowIds: ['flow_a'] });
  const lastUsed = async () => (await api('GET', `/v1/client-tokens/${visitor.id}`, { key })).json.clientToken.lastUsedAt;
  assert.equal(await lastUsed(), null);
  await lab.calls();
  await visitor.init();
  const first = await until(lastUsed);
  await visitor.init();
  await visitor.chat('Hello');
  assert.equal((await lab.calls()).filter((call) => call === 'd1: update client_tokens').length, 1);
  await lab.advance(61_000);
  await visitor.chat('Hello again');
  await until(async () => (await lastUsed()) !== first);
  assert.equal((await lab.calls()).filter((call) => call === 'd1: update client_tokens').length, 1);
});

test('403 and 401 that leave lastUsedAt alone', async () => {
  const visitor = await page({ flowIds: ['flow_a'] });
  await lab.calls();
  assert.equal((await visitor.init({}, { from: 'https://evil.example' })).status, 403);
  assert.equal((await visitor.init({ flowId: 'flow_x' })).status, 400);
  assert.deepEqual((await lab.calls()).filter((call) => call.includes('update')), []);
});
