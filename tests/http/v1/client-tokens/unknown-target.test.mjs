// The warning of a token whose targets nothing executes (contract sections 2 and 10).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINIMAL, createToken } from '#support/contract.mjs';
import { api, get, key, put, upstream, worker } from '../targets/set-up.mjs';

test('201 and 200 with unknown_target until the target is there, without a default upstream', async () => {
  const flows = { ...MINIMAL, flowIds: ['flow_w1', 'flow_w2'], agentIds: ['agent_w3'] };
  await put('flow_w1', upstream({ kind: 'echo' }));
  const made = await api('POST', '/v1/client-tokens', { key, body: flows });
  const [warning, ...others] = made.json.warnings;
  assert.deepEqual([warning.type, others], ['unknown_target', []]);
  assert.match(warning.message, /flow_w2, agent_w3/);
  assert.doesNotMatch(warning.message, /flow_w1/);
  const path = `/v1/client-tokens/${made.json.clientToken.id}`;
  const update = async (body) => (await api('PUT', path, { key, body })).json.warnings;
  assert.deepEqual(await update({}), [warning]);
  assert.deepEqual((await update({ flowIds: ['flow_w1'] })).map(({ message }) => /flow_/.test(message)), [false]);
  await put('agent_w3', upstream({ kind: 'echo' }));
  assert.deepEqual(await update({}), []);
  assert.deepEqual(await update({ name: 'Renamed' }), []);
});

test('200 with no unknown_target when a default upstream executes all, and with it when that one is faulty', async () => {
  const { id } = await createToken(api, key, { flowIds: ['flow_nowhere'] });
  const types = async (as) => {
    const { json } = await as('PUT', `/v1/client-tokens/${id}`, { key, body: {} });
    return json.warnings.map(({ type }) => type);
  };
  assert.deepEqual(await types(worker.variants.withDefault), []);
  for (const bad of ['faulty', 'private']) assert.deepEqual(await types(worker.variants[bad]), ['unknown_target'], bad);
});

test('201 with unknown_target for a target that only another tenant has', async () => {
  const { key: other } = await worker.mintKey({ tenant: 'another' });
  await put('flow_theirs', upstream({ kind: 'echo' }), other);
  const body = { ...MINIMAL, flowIds: ['flow_theirs'] };
  const { json } = await api('POST', '/v1/client-tokens', { key, body });
  assert.deepEqual(json.warnings.map(({ type }) => type), ['unknown_target']);
  assert.equal((await get('flow_theirs')).status, 404);
});
