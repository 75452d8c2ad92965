// Many requests about one token at once (contract sections 3.4 and 3.7).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api } = worker;
const { key } = await worker.mintKey();

const ROUNDS = 10;
const get = async (id) => (await api('GET', `/v1/client-tokens/${id}`, { key })).json.clientToken;
const put = (id, body) => api('PUT', `/v1/client-tokens/${id}`, { key, body });
const times = (count, what) => Promise.all(Array.from({ length: count }, (_, n) => what(n)));

/** Updates that are each valid, at once and again and again; after each round the token must be whole. */
async function race(stored, bodies, isWhole) {
  const { id } = await createToken(api, key, stored);
  for (let round = 0; round < ROUNDS; round += 1) {
    const answers = await Promise.all(bodies.map((body) => put(id, body)));
    for (const { status } of answers) assert.ok([200, 400].includes(status), `status ${status}`);
    const granted = answers.filter(({ status }) => status === 200);
    assert.ok(granted.length > 0, 'the first to arrive must win');
    for (const { json } of granted) assert.ok(isWhole(json.clientToken), 'an answer broke the rule');
    assert.ok(isWhole(await get(id)), 'the stored token broke the rule');
    assert.equal((await put(id, stored)).status, 200);
  }
}

test('200 for updates of every field at once, which all take effect', async () => {
  const { id } = await createToken(api, key, { flowIds: ['flow_a', 'flow_b'], agentIds: ['agent_a'] });
  const changes = {
    name: 'Renamed', allowedOrigins: ['https://new.example.com'], flowIds: ['flow_b', 'flow_a', 'flow_c'],
    defaultFlowId: 'flow_b', agentIds: ['agent_b', 'agent_c'], pinToVersion: 'v9', targetAlias: 'stable',
    rateLimitPerMinute: 11, rateLimitPerHour: 111, maxMessagesPerSession: 222, sessionIdleTimeoutMinutes: 33,
    config: { welcomeMessage: 'Hi' }, isActive: false,
  };
  const bodies = Object.entries(changes).map(([field, value]) => ({ [field]: value }));
  const answers = await Promise.all([...bodies, ...Array(20 - bodies.length).fill({})].map((body) => put(id, body)));
  assert.deepEqual(answers.map(({ status }) => status), Array(20).fill(200));
  const token = await get(id);
  for (const [field, value] of Object.entries(changes)) assert.deepEqual(token[field], value, field);
});

test('200 for updates of the same fields at once, one of which is left whole', async () => {
  const { id } = await createToken(api, key);
  for (let round = 0; round < ROUNDS; round += 1) {
    const mark = (by) => ({ name: `Writer ${by}`, rateLimitPerHour: by, config: { by } });
    const answers = await times(10, (n) => put(id, mark(round * 10 + n + 1)));
    assert.ok(answers.every(({ status }) => status === 200));
    const { name, rateLimitPerHour, config } = await get(id);
    assert.equal(name, `Writer ${rateLimitPerHour}`);
    assert.deepEqual(config, { by: rateLimitPerHour });
    assert.ok(rateLimitPerHour > round * 10, 'an older round is left');
  }
});

test('200 for ten regenerates at once, each with a value of its own, one of which lives', async () => {
  const made = await createToken(api, key);
  const answers = await times(10, () => api('POST', `/v1/client-tokens/${made.id}/regenerate`, { key }));
  assert.ok(answers.every(({ status }) => status === 200));
  const values = new Set(answers.map(({ json }) => json.token));
  assert.equal(values.size, 10);
  assert.ok(!values.has(made.tokenValue));

  const moments = answers.map(({ json }) => json.clientToken.updatedAt);
  assert.equal(new Set(moments).size, 10, 'updatedAt must strictly rise');
  assert.ok(moments.every((moment) => moment > made.updatedAt));
  const living = (await api('GET', `/v1/client-tokens/${made.id}/token`, { key })).json.token;
  const last = moments.toSorted().at(-1);
  const matching = answers.filter(({ json }) => json.token === living);
  assert.deepEqual(matching.map(({ json }) => json.clientToken.updatedAt), [last]);
});

test('200 or 400, and never a default flow outside the flows', async () => {
  const stored = { flowIds: ['a', 'b'], defaultFlowId: 'a' };
  const isWhole = ({ flowIds, defaultFlowId }) => flowIds.includes(defaultFlowId);
  await race(stored, [{ defaultFlowId: 'b' }, { flowIds: ['a'] }], isWhole);
  const four = [{ flowIds: ['a'] }, { defaultFlowId: 'b' }, { flowIds: ['b', 'a'] }, { defaultFlowId: 'b' }];
  await race(stored, four, isWhole);
});

test('200 or 400, and never an alias beside a version', async () => {
  const stored = { agentIds: ['agent_a'], targetAlias: null, targetVersionId: null };
  const isWhole = ({ targetAlias, targetVersionId }) => targetAlias === null || targetVersionId === null;
  await race(stored, [{ targetAlias: 'stable' }, { targetVersionId: 'v1' }], isWhole);
});

test('200 or 400, and never a version without exactly one agent', async () => {
  const stored = { agentIds: ['agent_a'], targetVersionId: null };
  const isWhole = ({ agentIds, targetVersionId }) => targetVersionId === null || agentIds.length === 1;
  await race(stored, [{ targetVersionId: 'v1' }, { agentIds: [] }, { agentIds: ['agent_a', 'agent_b'] }], isWhole);
});

test('200 or 404 for updates while the token is deleted, and 404 afterwards', async () => {
  const { id } = await createToken(api, key);
  const path = `/v1/client-tokens/${id}`;
  const [deleted, ...updates] = await Promise.all([
    api('DELETE', path, { key }), ...Array.from({ length: 5 }, (_, n) => put(id, { name: `Late ${n}` })),
  ]);
  assert.equal(deleted.status, 200);
  for (const { status } of updates) assert.ok([200, 404].includes(status));
  assert.equal((await api('GET', path, { key })).status, 404);
});

test('201 for twenty creates at once, each with an id and a value of its own', async () => {
  const made = await times(20, (n) => createToken(api, key, { name: `Twin ${n}` }));
  assert.equal(new Set(made.map(({ id }) => id)).size, 20);
  assert.equal(new Set(made.map(({ tokenValue }) => tokenValue)).size, 20);
});

test('200 for API keys regenerated at once, one of whose values lives', async () => {
  const { id } = await worker.mintKey();
  const answers = await times(5, () => api('POST', `/v1/api-keys/${id}/regenerate`, { key }));
  assert.ok(answers.every(({ status }) => status === 200));
  const uses = await Promise.all(answers.map(({ json }) => api('GET', '/v1/client-tokens', { key: json.key })));
  assert.deepEqual(uses.map(({ status }) => status).sort(), [200, 401, 401, 401, 401]);
});
