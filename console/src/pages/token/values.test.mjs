// What a token's form sends: no token without a target unless that was said, and what a choice does to the lists.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEW_TOKEN, bodyOf, changesOf, toggled, valuesOf } from './values.ts';

const TOKEN = {
  name: 'A', allowedOrigins: ['https://a.example'], flowIds: [], defaultFlowId: null, agentIds: [], pinToVersion: 'latest', targetAlias: null,
  targetVersionId: null, rateLimitPerMinute: 10, rateLimitPerHour: 100, maxMessagesPerSession: 100, sessionIdleTimeoutMinutes: 30, config: {},
};
const faultsOf = (values) => {
  try {
    bodyOf(values);
  } catch ({ details }) {
    return details.map(({ path }) => path);
  }
  return [];
};

test('a form that chooses nothing has a fault, one that says so has none', () => {
  assert.deepEqual(faultsOf(NEW_TOKEN), ['answers']);
  assert.deepEqual(faultsOf({ ...NEW_TOKEN, answers: 'none' }), []);
  assert.deepEqual(faultsOf({ ...NEW_TOKEN, flowIds: ['flow_a'] }), []);
  assert.deepEqual(faultsOf({ ...NEW_TOKEN, agentIds: ['agent_a'] }), []);
  assert.deepEqual(faultsOf({ ...NEW_TOKEN, config: '[' }), ['answers', 'config'], 'all at once');
});

test('what was said of it is not sent', () => {
  assert.ok(!('answers' in bodyOf({ ...NEW_TOKEN, answers: 'none' })));
});

test('a token that has no target can be edited as it is, and one that has one does not lose it unsaid', () => {
  const empty = valuesOf(TOKEN);
  assert.deepEqual(changesOf(empty, { ...empty, name: 'B' }), { name: 'B' });
  const whole = valuesOf({ ...TOKEN, agentIds: ['agent_a'] });
  assert.deepEqual(faultsOf({ ...whole, agentIds: [] }), ['answers']);
  assert.deepEqual(changesOf(whole, { ...whole, agentIds: [], answers: 'none' }), { agentIds: [] });
});

test('a choice goes into the list of its kind, and a second one takes it out, with the default that it was', () => {
  const none = { flowIds: [], agentIds: [], defaultFlowId: '' };
  assert.deepEqual(toggled(none, 'flow_a'), { ...none, flowIds: ['flow_a'] });
  assert.deepEqual(toggled(none, 'agent_a'), { ...none, agentIds: ['agent_a'] });
  const both = { flowIds: ['flow_a', '', 'flow_b'], agentIds: ['agent_a'], defaultFlowId: 'flow_b' };
  assert.deepEqual(toggled(both, 'flow_a'), { ...both, flowIds: ['flow_b'] });
  assert.deepEqual(toggled(both, 'flow_b'), { flowIds: ['flow_a'], agentIds: ['agent_a'], defaultFlowId: '' });
});
