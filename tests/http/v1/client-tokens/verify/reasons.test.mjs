// The reasons of a verdict: all that stand in the way, and edits that take away what they stand beside (contract
// section 3.10).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken } from '#support/contract.mjs';
import { ADDRESS, ORIGIN, UNLIMITED, Visitor } from '#support/page.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api } = worker;
const { key } = await worker.mintKey();
await api('PUT', '/v1/targets/flow_a', { key, body: { upstream: { kind: 'echo' } } });

const make = (settings) => createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'], ...settings });
const put = ({ id }, body) => api('PUT', `/v1/client-tokens/${id}`, { key, body });
const mint = async ({ id }, body) => (await api('POST', `/v1/client-tokens/${id}/mint`, { key, body })).json.token;
const verify = async (token, body) =>
  (await api('POST', '/v1/client-tokens/verify', { key, body: { token, origin: ORIGIN, ...body } })).json;
/** Of each reason the field that its edit sets, or none. */
const fields = ({ reasons }) => reasons.map(({ edit }) => (edit ? Object.keys(edit).join() : null));
const init = (token, from, flowId) => new Visitor(worker.origin, token, { from }).init({ flowId });

/** Origins that no entry can name. */
const UNLISTABLE = ['null', 'file://', 'capacitor://localhost', 'tauri://localhost', 'chrome-extension://abcdefghijklmnop', 'ionic://localhost:8100'];

test('200 with all reasons, the one of init first, and each edit takes its own away', async () => {
  const made = await make();
  await put(made, { isActive: false });
  const wish = { origin: 'https://new.example.net', targetId: 'agent_new' };
  const wanted = ['allowedOrigins', 'isActive', 'agentIds', null];
  for (let at = 0; at < 3; at += 1) {
    const verdict = await verify(made.tokenValue, wish);
    assert.deepEqual(fields(verdict), wanted.slice(at));
    assert.ok((await init(made.tokenValue, wish.origin, wish.targetId)).status >= 400);
    assert.equal((await put(made, verdict.reasons[0].edit)).status, 200);
  }
  const { code, reasons: [{ message }] } = await verify(made.tokenValue, wish);
  assert.equal(code, 'no_upstream');
  assert.match(message, /upstream/);
  await api('PUT', '/v1/targets/agent_new', { key, body: { upstream: { kind: 'echo' } } });
  assert.deepEqual((await verify(made.tokenValue, wish)).reasons, []);
  assert.equal((await init(made.tokenValue, wish.origin, wish.targetId)).status, 200);
});

test('200 with the edits in any order, each of which is taken', async () => {
  const made = await make();
  await put(made, { isActive: false });
  const wish = { origin: 'https://new.example.net', targetId: 'flow_a' };
  const { reasons } = await verify(made.tokenValue, wish);
  for (const { edit } of reasons.toReversed()) assert.equal((await put(made, edit)).status, 200);
  assert.equal((await verify(made.tokenValue, wish)).code, 'valid');
});

test('200 with a reason without an edit for an origin that can\'t be listed, and valid with *', async () => {
  const made = await make();
  for (const origin of UNLISTABLE) {
    const { code, reasons } = await verify(made.tokenValue, { origin });
    assert.equal(code, 'origin_not_allowed');
    assert.equal(reasons.length, 1);
    assert.deepEqual(Object.keys(reasons[0]), ['message'], origin);
    for (const words of [origin, '"*"', '"native"']) assert.ok(reasons[0].message.includes(words), reasons[0].message);
    // What isn't advised would be refused.
    assert.equal((await put(made, { allowedOrigins: [origin] })).status, 400);
  }
  await put(made, { allowedOrigins: ['*'] });
  for (const origin of UNLISTABLE) assert.equal((await verify(made.tokenValue, { origin })).code, 'valid', origin);
});

test('200 with the other reasons beside an origin that can\'t be listed', async () => {
  const made = await make();
  await put(made, { isActive: false });
  assert.deepEqual(fields(await verify(made.tokenValue, { origin: 'null' })), [null, 'isActive']);
  assert.deepEqual(fields(await verify(made.tokenValue, { origin: 'https://a.example/x' })), [null, 'isActive']);
});

test('200 with the edit native for a request without an Origin', async () => {
  const made = await make();
  const { reasons: [{ edit }] } = await verify(made.tokenValue, { origin: undefined });
  assert.deepEqual(edit, { allowedOrigins: ['https://app.example.com', 'native'] });
});

test('200 without an edit where the list is full, which the message says', async () => {
  const made = await make({ allowedOrigins: Array.from({ length: 100 }, (_, n) => `https://a${n}.example`) });
  const { reasons } = await verify(made.tokenValue, { origin: 'https://new.example.net' });
  assert.deepEqual(reasons.map(({ edit }) => edit), [undefined]);
  assert.match(reasons[0].message, /100 entries/);
});

test('200 with what the token refuses and what the minted value refuses, and an edit for the former alone', async () => {
  const made = await make({ flowIds: ['flow_a', 'flow_b'] });
  const value = await mint(made, { allowedOrigins: [ORIGIN], flowIds: ['flow_a'], agentIds: [] });
  const wish = { origin: 'https://new.example.net', targetId: 'agent_other' };
  assert.deepEqual(fields(await verify(value, wish)), ['allowedOrigins', null, 'agentIds', null, null]);
  const { reasons } = await verify(value, wish);
  for (const { edit } of reasons.filter((reason) => reason.edit)) assert.equal((await put(made, edit)).status, 200);
  assert.deepEqual(fields(await verify(value, wish)), [null, null, null]);
});

test('200 regenerated with what would refuse the present value, too; a deleted token says no more', async () => {
  const made = await make();
  const { json } = await api('POST', `/v1/client-tokens/${made.id}/regenerate`, { key });
  const wish = { origin: 'https://new.example.net' };
  const verdict = await verify(made.tokenValue, wish);
  assert.equal(verdict.code, 'regenerated');
  assert.deepEqual(fields(verdict), [null, 'allowedOrigins']);
  await put(made, verdict.reasons[1].edit);
  assert.equal((await verify(json.token, wish)).code, 'valid');
  await api('DELETE', `/v1/client-tokens/${made.id}`, { key });
  const deleted = await verify(json.token, { origin: 'null', visitor: ADDRESS });
  assert.deepEqual([deleted.code, deleted.reasons.length], ['deleted', 1]);
});

test('200 with a limit that is reached behind what refuses before it, and nothing counted', async () => {
  const made = await make({ rateLimitPerMinute: 1 });
  const counted = { visitor: ADDRESS, consume: true };
  // Refused for its origin: it doesn't count.
  assert.deepEqual((await verify(made.tokenValue, { ...counted, origin: 'null' })).reasons.length, 1);
  assert.equal((await verify(made.tokenValue, counted)).code, 'valid');
  const verdict = await verify(made.tokenValue, { visitor: ADDRESS, origin: 'null' });
  assert.equal(verdict.code, 'origin_not_allowed');
  assert.match(verdict.reasons[1].message, /rateLimitPerMinute/);
  assert.equal((await verify(made.tokenValue, { visitor: ADDRESS })).code, 'rate_limited');
});
