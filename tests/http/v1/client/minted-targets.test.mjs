// Values minted for other targets than their token's first, in a deployment without a default upstream: every target has a
// row of its own, and the one that counts is the value's (contract sections 3.9 and 6.1).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken } from '#support/contract.mjs';
import { UNLIMITED, Visitor } from '#support/page.mjs';
import { said } from '#support/stream.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api } = worker;
const { key } = await worker.mintKey();
const TARGETS = ['flow_a', 'flow_b', 'agent_c', 'agent_d'];
for (const id of TARGETS) await api('PUT', `/v1/targets/${id}`, { key, body: { upstream: { kind: 'echo' } } });
const LISTS = { flowIds: ['flow_a', 'flow_b', 'flow_none'], agentIds: ['agent_c', 'agent_d'] };
const token = await createToken(api, key, { ...UNLIMITED, ...LISTS });
const withDefault = await createToken(api, key, { ...UNLIMITED, ...LISTS, defaultFlowId: 'flow_b' });

async function mint(of, body) {
  const { status, json, text } = await api('POST', `/v1/client-tokens/${of.id}/mint`, { key, body });
  assert.equal(status, 201, text);
  return json.token;
}
const verify = async (value, more) => (await api('POST', '/v1/client-tokens/verify', { key, body: { token: value, origin: 'https://app.example.com', ...more } })).json;

const CASES = [
  [token, { flowIds: ['flow_b'] }, 'flow_b'],
  [token, { flowIds: [], agentIds: ['agent_c'] }, 'agent_c'],
  [token, { flowIds: [] }, 'agent_c'],
  [token, { flowIds: [], agentIds: ['agent_d', 'agent_c'] }, 'agent_c'],
  [token, { flowIds: ['flow_b', 'flow_a'] }, 'flow_a'],
  [token, { agentIds: [] }, 'flow_a'],
  [token, {}, 'flow_a'],
  [withDefault, { flowIds: ['flow_a'] }, 'flow_a'],
  [withDefault, { flowIds: ['flow_a', 'flow_b'] }, 'flow_b'],
  [withDefault, { flowIds: [], agentIds: ['agent_d'] }, 'agent_d'],
];

test('200 from init, chat and verify for the first target that the value allows', async () => {
  for (const [of, body, target] of CASES) {
    const value = await mint(of, body);
    const one = new Visitor(worker.origin, value);
    const { status, json, text } = await one.init();
    assert.equal(status, 200, `${JSON.stringify(body)}: ${text}`);
    assert.equal(json.targetId, target);
    assert.equal(said((await one.chat('Hello')).frames), 'Hello');
    assert.equal((await verify(value)).code, 'valid', JSON.stringify(body));
    const again = await one.init({ sessionId: one.session });
    assert.deepEqual([again.status, again.json.targetId, again.json.conversationId], [200, target, json.conversationId]);
  }
});

test('200 for the session of another target than the new value allows: a new conversation with its first', async () => {
  const one = new Visitor(worker.origin, await mint(token, { flowIds: ['flow_a'] }));
  const before = (await one.init()).json.conversationId;
  one.token = await mint(token, { flowIds: ['flow_b'] });
  const { status, json, cost } = await one.init({ sessionId: one.session });
  assert.deepEqual([status, json.targetId, json.conversationId === before], [200, 'flow_b', false]);
  assert.ok(cost.trips <= 2);
});

test('404 from init and no_upstream from verify for a first target that nothing executes, though others are set up', async () => {
  const value = await mint(token, { flowIds: ['flow_none'] });
  assert.equal((await new Visitor(worker.origin, value).init()).status, 404);
  assert.equal((await verify(value)).code, 'no_upstream');
});

test('200 in one trip, with a narrowed value as with any', async () => {
  const one = new Visitor(worker.origin, await mint(token, { flowIds: ['flow_b'], agentIds: [] }));
  const { cost } = await one.init();
  assert.equal(cost.trips, 1);
  // The entries of the lists count as rows.
  assert.ok(cost.read <= 2 + 2 * TARGETS.length, `${cost.read} rows read`);
});
