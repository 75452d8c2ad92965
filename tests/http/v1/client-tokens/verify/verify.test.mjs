// POST /v1/client-tokens/verify (contract section 3.10), held to what an init and then a chat answer.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, echoTargets, faults } from '#support/contract.mjs';
import { ADDRESS, ORIGIN, UNLIMITED, Visitor } from '#support/page.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a', 'flow_new', 'agent_new');

const make = (settings) => createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'], ...settings });
const verify = (token, body, as = key) =>
  api('POST', '/v1/client-tokens/verify', { key: as, body: { token, origin: ORIGIN, ...body } });
const put = ({ id }, body) => api('PUT', `/v1/client-tokens/${id}`, { key, body });

/** The verdict must have this code, and a reason unless it is valid; gives the whole of it. */
async function judged(code, token, body, as) {
  const { status, json } = await verify(token, body, as);
  assert.equal(status, 200);
  assert.equal(json.code, code);
  assert.equal(json.valid, code === 'valid');
  assert.equal(json.reasons.length > 0, code !== 'valid');
  return json;
}

test('200 valid with the token, its limits and one trip, and init and chat agree', async () => {
  const { id, tokenValue } = await make({ rateLimitPerMinute: 9 });
  const { json, d1 } = await verify(tokenValue);
  assert.deepEqual(json, {
    valid: true,
    code: 'valid',
    reasons: [],
    clientToken: { id, name: 'Support', environment: 'live' },
    limits: { rateLimitPerMinute: 9, rateLimitPerHour: null, maxMessagesPerSession: null },
  });
  assert.equal(d1.trips, 1);
  const page = new Visitor(worker.origin, tokenValue);
  assert.deepEqual([(await page.init()).status, (await page.chat('Hello')).status], [200, 200]);
});

test('200 malformed and forged, telling nothing of any token', async () => {
  const { tokenValue: value } = await make();
  for (const token of ['', 'x', value.slice(0, -1), `${value}x`, ` ${value}`, key]) {
    assert.deepEqual(Object.keys(await judged('malformed', token)), ['valid', 'code', 'reasons']);
  }
  const flipped = value.slice(0, 20) + (value[20] === 'A' ? 'B' : 'A') + value.slice(21);
  for (const token of [flipped, value.replace('ct_live', 'ct_test')]) {
    assert.deepEqual(Object.keys(await judged('forged', token)), ['valid', 'code', 'reasons']);
  }
});

test('200 forged for another tenant\'s value, word for word as for an unknown one', async () => {
  const { tokenValue } = await make();
  const { key: other } = await worker.mintKey({ tenant: 'other' });
  const theirs = await verify(tokenValue, {}, other);
  const unknown = await verify(tokenValue.replace('ct_live', 'ct_test'), {}, other);
  assert.equal(theirs.json.code, 'forged');
  assert.deepEqual(theirs.json, unknown.json);
  assert.equal(theirs.d1.trips, 1);
});

test('200 regenerated and deleted', async () => {
  const { id, tokenValue } = await make();
  const { json } = await api('POST', `/v1/client-tokens/${id}/regenerate`, { key });
  await judged('regenerated', tokenValue);
  await judged('valid', json.token);
  await api('DELETE', `/v1/client-tokens/${id}`, { key });
  await judged('deleted', json.token);
});

test('200 environment_mismatch for a live value and a test key, which learns nothing of the token', async () => {
  const { tokenValue } = await make();
  const { key: tester } = await worker.mintKey({ environment: 'test' });
  assert.equal('clientToken' in await judged('environment_mismatch', tokenValue, {}, tester), false);
  await judged('valid', (await make({ environment: 'test' })).tokenValue, {}, tester);
});

test('200 with an edit that, sent as an update, turns the verdict of verify and init', async () => {
  const cases = [
    ['inactive', { isActive: false }, {}],
    ['origin_not_allowed', {}, { origin: 'https://new.example.net' }],
    ['target_not_allowed', {}, { targetId: 'flow_new' }],
    ['target_not_allowed', {}, { targetId: 'agent_new' }],
  ];
  for (const [code, change, wish] of cases) {
    const made = await make();
    await put(made, change);
    const page = new Visitor(worker.origin, made.tokenValue, { from: wish.origin ?? ORIGIN });
    const init = async () => (await page.init({ flowId: wish.targetId })).status;
    assert.ok((await init()) >= 400);
    const { reasons: [{ edit }] } = await judged(code, made.tokenValue, wish);
    assert.equal((await put(made, edit)).status, 200);
    await judged('valid', made.tokenValue, wish);
    assert.equal(await init(), 200);
  }
});

test('200 refused without an edit where no update helps', async () => {
  const { tokenValue } = await make();
  const { reasons: [reason] } = await judged('origin_not_allowed', tokenValue, { origin: 'https://x.example/path' });
  assert.deepEqual(Object.keys(reason), ['message']);
  await judged('origin_not_allowed', tokenValue, { origin: 'null' });
  await judged('target_not_allowed', (await make({ flowIds: [] })).tokenValue);
});

test('200 rate_limited as a chat would be, which counts; an init neither counts nor is refused', async () => {
  const { tokenValue } = await make({ rateLimitPerMinute: 2 });
  const page = new Visitor(worker.origin, tokenValue);
  for (let times = 0; times < 4; times += 1) {
    assert.equal((await page.init()).status, 200);
    await judged('valid', tokenValue, { visitor: ADDRESS });
  }
  for (const text of ['One', 'Two']) {
    await judged('valid', tokenValue, { visitor: ADDRESS });
    assert.equal((await page.chat(text)).status, 200);
  }
  for (const consume of [false, true]) await judged('rate_limited', tokenValue, { visitor: ADDRESS, consume });
  assert.equal((await page.init()).status, 200);
  assert.equal((await page.chat('Three')).status, 429);
  await judged('valid', tokenValue, { visitor: '203.0.113.99' });
  await judged('valid', tokenValue);
});

test('200 that counts as a chat with consume, and not without', async () => {
  const { tokenValue } = await make({ rateLimitPerMinute: 2 });
  const page = new Visitor(worker.origin, tokenValue);
  await page.init();
  for (let times = 0; times < 4; times += 1) await judged('valid', tokenValue, { visitor: ADDRESS });
  await judged('valid', tokenValue, { visitor: ADDRESS, consume: true });
  assert.deepEqual([(await page.chat('One')).status, (await page.chat('Two')).status], [200, 429]);
  await judged('rate_limited', tokenValue, { visitor: ADDRESS, consume: true });
});

test('200 without a mark on the token unless it counts', async () => {
  const { id, tokenValue } = await make();
  await judged('valid', tokenValue, { visitor: ADDRESS });
  const { json } = await api('GET', `/v1/client-tokens/${id}`, { key });
  assert.equal(json.clientToken.lastUsedAt, null);
});

test('400 with every fault at once', async () => {
  const answer = await api('POST', '/v1/client-tokens/verify', { key, body: { visitor: 'here', consume: 1, tokn: 'x' } });
  assert.equal(answer.status, 400);
  assert.deepEqual(faults(answer).toSorted(), [
    'consume INVALID_TYPE', 'token MISSING_REQUIRED_FIELD', 'tokn UNKNOWN_FIELD', 'visitor INVALID_FORMAT',
  ]);
  assert.deepEqual(faults(await verify('x', { consume: true })), ['visitor MISSING_REQUIRED_FIELD']);
});

test('401 without a trip for a key that is none, and 405 for another method', async () => {
  const { status } = await verify('x', {}, 'rt_live_none');
  assert.equal(status, 401);
  const { status: other, headers } = await api('GET', '/v1/client-tokens/verify', { key });
  assert.deepEqual([other, headers.allow], [405, 'POST']);
});
