// What a token lacks, told from what is set up. That it is what the API warns of is held in the browser tests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_IDS, canBeSetUp, lackOf, lackToldBy, said } from './lack.ts';

const token = (lists) => ({ flowIds: [], defaultFlowId: null, agentIds: [], ...lists });
const known = (ids, kind) => ({ targets: ids.map((id) => ({ id })), defaultUpstream: kind ? { kind } : null });

test('a token without a target lacks one, whatever is set up and whoever asks', () => {
  for (const one of [known([]), known(['flow_a'], 'echo'), undefined]) {
    assert.deepEqual(lackOf(token(), one), { type: 'no_target', ids: [], isWhole: true });
  }
});

test('a target lacks an answer unless it is set up or there is a default', () => {
  const listed = token({ flowIds: ['flow_a', 'flow_b'], agentIds: ['agent_c'] });
  assert.equal(lackOf(listed, known(['flow_a', 'flow_b', 'agent_c'])), undefined);
  for (const kind of ['echo', 'openai', 'events']) assert.equal(lackOf(listed, known([], kind)), undefined);
  assert.deepEqual(lackOf(listed, known(['flow_b'])).ids, ['flow_a', 'agent_c']);
  assert.equal(lackOf(listed, undefined), undefined, 'it can not be told');
});

test('the token is of no use when what a page gets by default lacks an answer', () => {
  const isWhole = (lists, ids) => lackOf(token(lists), known(ids)).isWhole;
  const both = { flowIds: ['flow_a', 'flow_b'] };
  assert.equal(isWhole(both, ['flow_b']), true);
  assert.equal(isWhole(both, ['flow_a']), false);
  assert.equal(isWhole({ ...both, defaultFlowId: 'flow_b' }, ['flow_a']), true);
  assert.equal(isWhole({ flowIds: ['flow_a'], agentIds: ['agent_c'] }, ['flow_a']), false);
  assert.equal(isWhole({ agentIds: ['agent_c', 'agent_d'] }, ['agent_d']), true);
});

test('what the API warned of counts, also for who can read no targets', () => {
  const warning = (type) => [{ type: 'wildcard_origin', message: '' }, { type, message: '' }];
  assert.equal(lackToldBy(warning('no_rate_limit'), token(), known([])), undefined);
  assert.equal(lackToldBy(warning('no_target'), token(), undefined).type, 'no_target');
  const unread = lackToldBy(warning('unknown_target'), token({ flowIds: ['flow_a'] }), undefined);
  assert.deepEqual(unread, { type: 'unknown_target', ids: [], isWhole: true });
  assert.deepEqual(lackToldBy(warning('unknown_target'), token({ flowIds: ['flow_a'] }), known([])).ids, ['flow_a']);
});

test('every lack is said with what comes of it', () => {
  assert.match(said({ type: 'no_target', ids: [], isWhole: true }).join(' '), /no target.*refused/);
  assert.match(said({ type: 'unknown_target', ids: ['flow_a', 'agent_b'], isWhole: true }).join(' '), /flow_a, agent_b.*refused/);
  assert.match(said({ type: 'unknown_target', ids: ['flow_a'], isWhole: false }).join(' '), /flow_a.*the others chat/);
});

test('only ids of a kind can be set up, those of the default among them', () => {
  for (const id of ['flow_a', 'agent_b-c', ...Object.values(DEFAULT_IDS)]) assert.ok(canBeSetUp(id), id);
  for (const id of ['support', 'flow_', 'Flow_a', 'flow_a b', '']) assert.ok(!canBeSetUp(id), id);
});
