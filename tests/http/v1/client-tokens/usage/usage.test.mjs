// GET /v1/client-tokens/:id/usage.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { UNKNOWN_TOKEN, createToken, echoTargets, faults } from '#support/contract.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { begin, frame, startUpstream } from '#support/upstream.mjs';
import { start } from '#support/worker.mjs';
import { REASONS, reader } from './set-up.mjs';

const worker = await start({ hasLab: true });
const upstream = await startUpstream();
after(() => worker.stop().finally(upstream.stop));
const { api, lab } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a');
const { usage, total, once, when } = reader(api, key);
await api('PUT', '/v1/targets/flow_ai', { key, body: { upstream: { kind: 'openai', baseUrl: upstream.url, model: 'model-1' } } });
await api('PUT', '/v1/targets/agent_own', { key, body: { upstream: { kind: 'events', baseUrl: upstream.url } } });

const TARGETS = { flowIds: ['flow_a', 'flow_ai'], agentIds: ['agent_own'] };
const HOUR = 3_600_000;

async function visitor(settings) {
  const token = await createToken(api, key, { ...UNLIMITED, ...TARGETS, ...settings });
  return Object.assign(new Visitor(worker.origin, token.tokenValue), { id: token.id });
}

test('200 with a row of zeros for each of the last seven days, the present one last', async () => {
  const { id } = await createToken(api, key);
  const { status, json } = await usage(id);
  assert.equal(status, 200);
  assert.equal(json.usage.length, 7);
  const today = `${new Date().toISOString().slice(0, 10)}T00:00:00.000Z`;
  assert.equal(json.usage.at(-1).at, today);
  const zeros = Object.fromEntries(REASONS.map((reason) => [reason, 0]));
  assert.deepEqual(json.usage[0], {
    at: new Date(Date.parse(today) - 6 * 24 * HOUR).toISOString(), inits: 0, chats: 0, refused: zeros, messages: 0, tokensIn: 0, tokensOut: 0,
  });
  assert.deepEqual(Object.keys(json.usage[0].refused), REASONS);
});

test('200 with what init and chat were used for, in one trip and one call', async () => {
  const one = await visitor();
  await one.init();
  await one.chat([user('Hello', 'u1')]);
  await one.chat([user('Hello', 'u1'), user('And', 'u2'), user('now?', 'u3')]);
  // Two answers and three questions.
  const counted = await when(one.id, ({ messages }) => messages >= 5);
  assert.deepEqual(counted, { requests: 3, inits: 1, chats: 2, messages: 5, tokensIn: 0, tokensOut: 0, refused: {} });
  const answer = await usage(one.id, '?by=hour');
  assert.equal(answer.d1.trips, 1);
  assert.match(answer.headers['server-timing'], /do;desc="calls=1"/);
  const [row] = answer.json.usage.slice(-2).filter(({ inits }) => inits > 0);
  assert.equal(Date.parse(row.at) % HOUR, 0);
  assert.deepEqual([row.chats, row.messages], [2, 5]);
});

test('200 with an answer that is given again as a chat and no new message', async () => {
  const one = await visitor();
  await one.init();
  for (let n = 0; n < 3; n += 1) await one.chat([user('Hello', 'u1')]);
  const { chats, messages } = await when(one.id, (counted) => counted.chats >= 3 && counted.messages >= 2);
  assert.deepEqual([chats, messages], [3, 2]);
});

test('200 with what upstreams say that they took', async () => {
  const one = await visitor();
  await one.init({ flowId: 'flow_ai' });
  upstream.play = (response) => {
    begin(response);
    response.write('data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n');
    response.end('data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3}}\n\ndata: [DONE]\n\n');
  };
  await one.chat('Hello');
  await one.init({ flowId: 'agent_own' });
  upstream.play = (response) => {
    begin(response);
    response.write(frame('text_delta', { id: 't1', delta: 'Hi' }));
    response.write(frame('turn_complete', { id: 'turn_1', tokens: { input: 100, output: 20 } }));
    response.end(frame('execution_complete', { success: true, totalTokens: { input: 500, output: 90 } }));
  };
  await one.chat('Hello');
  const counted = await when(one.id, ({ tokensIn }) => tokensIn >= 112);
  assert.deepEqual(counted, { requests: 4, inits: 2, chats: 2, messages: 4, tokensIn: 112, tokensOut: 23, refused: {} });
});

test('200 with refusals by their reason, and nothing of a value that isn\'t the token\'s', async () => {
  const one = await visitor({ maxMessagesPerSession: 1 });
  const put = (body) => api('PUT', `/v1/client-tokens/${one.id}`, { key, body });
  const refused = async (status, answer) => assert.equal((await answer).status, status);

  await one.init();
  await one.chat([user('Hello', 'u1')]);
  await refused(429, one.chat([user('Hello', 'u1'), user('Again', 'u2')]));
  await refused(403, one.init({}, { from: 'https://elsewhere.example' }));
  await refused(403, one.init({}, { from: 'not an origin' }));
  await refused(400, one.init({ flowId: 'flow_z' }));
  await refused(403, one.init({ visitorHistory: true }));
  await put({ isActive: false });
  await refused(403, one.chat('Hello'));
  await put({ isActive: true });
  await put({ rateLimitPerMinute: 1 });
  await one.init();
  await one.init();
  await one.init();
  await refused(429, one.chat('Hello'));
  upstream.play = (response) => response.writeHead(500).end();
  await put({ rateLimitPerMinute: null });
  await one.init({ flowId: 'flow_ai' });
  await refused(502, one.chat('Hello'));
  await put({ flowIds: ['flow_a'], agentIds: [] });
  await refused(403, one.chat('Hello'));
  await lab.fault({ match: 'limiter', mode: 'before' });
  await one.init();
  await refused(500, one.chat('Hello'));
  await lab.calls();
  const { json } = await api('POST', `/v1/client-tokens/${one.id}/regenerate`, { key });
  await refused(401, one.chat('Hello'));
  await refused(401, one.init());
  await refused(401, one.ask('init', { token: `${json.token}x` }));
  await refused(400, one.ask('init', { token: 7 }));

  const { refused: reasons, inits, chats } = await once(18, one.id);
  assert.deepEqual(reasons, {
    origin: 2, inactive: 1, target: 2, upstream: 1, limit: 1, sessionLimit: 1, session: 1, request: 1, error: 1,
  });
  assert.deepEqual([inits, chats], [6, 1]);
  // What the visitor said is stored, though it got no answer.
  assert.equal((await total(one.id)).messages, 3);
});

test('200 with a stretch in whole hours or days, and 400 for one that can\'t be', async () => {
  const one = await visitor();
  await one.init();
  await once(1, one.id);
  const now = Date.now();
  const at = (millis) => new Date(millis).toISOString();
  const rows = async (query) => (await usage(one.id, query)).json.usage;
  assert.equal((await rows(`?by=hour&from=${at(now - HOUR)}`)).length, 2);
  assert.equal((await rows('?from=2000-01-01T00:00:00Z')).length, 401);
  assert.deepEqual(await rows('?from=2000-01-01T00:00:00Z&to=2000-02-01T00:00:00Z'), []);
  // Unescaped, as it is typed.
  assert.equal((await rows('?from=2000-01-01T02:00:00+02:00&to=9999-01-01T00:00:00+00:00')).length, 401);
  assert.deepEqual(await rows(`?from=${at(now + 48 * HOUR)}&to=${at(now + 96 * HOUR)}`), []);
  for (const [query, fault] of [
    ['?from=yesterday', 'from INVALID_FORMAT'],
    ['?to=2026-01-01', 'to INVALID_FORMAT'],
    ['?by=minute', 'by INVALID_ENUM'],
    [`?from=${at(now)}&to=${at(now)}`, 'from OUT_OF_RANGE'],
    [`?from=${at(now + HOUR)}`, 'from OUT_OF_RANGE'],
    [`?by=hour&from=${at(now - 32 * 24 * HOUR)}`, 'from OUT_OF_RANGE'],
    ['?limit=1', 'limit UNKNOWN_FIELD'],
  ]) {
    const answer = await usage(one.id, query);
    assert.deepEqual([answer.status, faults(answer)], [400, [fault]], query);
  }
});

test('404 for a token that is unknown, deleted, another tenant\'s or out of a test key\'s reach', async () => {
  const { id } = await createToken(api, key);
  const other = (await worker.mintKey({ tenant: 'other' })).key;
  const testKey = (await worker.mintKey({ environment: 'test' })).key;
  const { origins } = reader(api, key);
  const statuses = async (...asked) => [(await usage(...asked)).status, (await origins(...asked)).status];
  assert.deepEqual(await statuses(id), [200, 200]);
  assert.deepEqual(await statuses(id, '', other), [404, 404]);
  assert.deepEqual(await statuses(id, '', testKey), [404, 404]);
  assert.deepEqual(await statuses(UNKNOWN_TOKEN), [404, 404]);
  await api('DELETE', `/v1/client-tokens/${id}`, { key });
  assert.deepEqual(await statuses(id), [404, 404]);
});
