// Whom init turns away, and in which order it looks (contract section 6 and 6.1).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, echoTargets } from '#support/contract.mjs';
import { UNLIMITED, Visitor } from '#support/page.mjs';
import { signingKey, start } from '#support/worker.mjs';

const stranger = signingKey(1);
const worker = await start({ variants: { stranger: { TOKEN_KEYS: stranger } } });
after(() => worker.stop());
const { api, origin } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a');

const make = (settings) => createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'], ...settings });
const init = (token, options, more) => new Visitor(origin, token, options).init(more);
const EVIL = { from: 'https://evil.example' };

/** Refused like every unknown token, whatever makes it one. */
function isUnknown({ status, json }) {
  assert.equal(status, 401);
  assert.deepEqual([json.error, json.code], ['Invalid client token', 'invalid_token']);
  assert.match(json.hint, /^Please reload the page\. .*the site's owner/);
  assert.match(json.details[0].message, /regenerated or deleted/);
}

test('401 without a trip for a forged token, whatever is wrong with it', async () => {
  const { tokenValue: value } = await make();
  const flipped = [...value].map((c, n) => (n === 20 ? (c === 'A' ? 'B' : 'A') : c)).join('');
  const forged = ['x', 'ct_live_', 'ct_live_abc', `${value}x`, value.slice(0, -1), ` ${value}`, flipped,
    value.replace('ct_live', 'ct_test'), value.toUpperCase(), 'ct_'.padEnd(5000, 'x'), '💥'];
  for (const token of forged) {
    const answer = await init(token);
    isUnknown(answer);
    assert.deepEqual([answer.cost.trips, answer.cost.calls], [0, 0], 'a forged token must cost nothing');
  }
});

test('401 without a trip for an API key, a session id and another deployment\'s token', async () => {
  const { tokenValue } = await make();
  const visitor = new Visitor(origin, tokenValue);
  await visitor.init();
  const answers = [await init(key), await init(visitor.session)];
  answers.push(await new Visitor(worker.origins.stranger, tokenValue).init());
  for (const answer of answers) {
    isUnknown(answer);
    assert.equal(answer.cost.trips, 0);
  }
});

test('401 for a value that was regenerated, and 200 for the new one', async () => {
  const { id, tokenValue } = await make();
  const { json } = await api('POST', `/v1/client-tokens/${id}/regenerate`, { key });
  isUnknown(await init(tokenValue));
  assert.equal((await init(json.token)).status, 200);
});

test('401 for a token that was deleted', async () => {
  const { id, tokenValue } = await make();
  await api('DELETE', `/v1/client-tokens/${id}`, { key });
  isUnknown(await init(tokenValue));
});

test('403 with the origin that was seen and where to add it', async () => {
  const { tokenValue } = await make({ allowedOrigins: ['https://*.example.com', 'http://localhost:3000'] });
  for (const from of ['https://example.com', 'https://evil-example.com', 'https://a.example.com.evil.io',
    'http://a.example.com', 'https://a.example.com:8443', 'http://localhost:3001', 'null', 'capacitor://localhost']) {
    const { status, json } = await init(tokenValue, { from });
    assert.equal(status, 403, from);
    assert.equal(json.error, 'Origin not allowed');
    assert.ok(json.hint.includes(from), `${json.hint} doesn't name ${from}`);
    assert.match(json.hint, /allowedOrigins/);
  }
  assert.equal((await init(tokenValue, { from: 'https://a.b.example.com' })).status, 200);
});

test('403 without an Origin, with the entry that would admit it', async () => {
  const { tokenValue } = await make();
  const { status, json } = await init(tokenValue, { from: null });
  assert.equal(status, 403);
  assert.match(json.hint, /native/);
});

test('403 for an inactive token, with a hint that names the cause by itself, and 200 when it is active again', async () => {
  const { id, tokenValue } = await make();
  const activate = (isActive) => api('PUT', `/v1/client-tokens/${id}`, { key, body: { isActive } });
  await activate(false);
  const { status, json } = await init(tokenValue);
  assert.equal(status, 403);
  assert.equal(json.error, 'Client token is inactive');
  assert.match(json.hint, /switched off|inactive/);
  await activate(true);
  assert.equal((await init(tokenValue)).status, 200);
});

test('body, token, origin, activity, target: the first that is wrong answers, and limits that are used up are none of it', async () => {
  const { id, tokenValue } = await make({ rateLimitPerMinute: 1 });
  const page = new Visitor(origin, tokenValue);
  await page.init();
  assert.deepEqual([(await page.chat('One')).status, (await page.chat('Two')).status], [200, 429]);
  await api('PUT', `/v1/client-tokens/${id}`, { key, body: { isActive: false } });
  const wrong = { flowId: 'flow_x', visitorHistory: true };
  assert.equal((await init('forged', EVIL, { flowId: 7 })).status, 400);
  assert.equal((await init('forged', EVIL, wrong)).status, 401);
  assert.equal((await init(tokenValue, EVIL, wrong)).json.error, 'Origin not allowed');
  assert.equal((await init(tokenValue, {}, wrong)).json.error, 'Client token is inactive');
  await api('PUT', `/v1/client-tokens/${id}`, { key, body: { isActive: true } });
  assert.equal((await init(tokenValue, {}, wrong)).json.error, 'visitor_history_disabled');
  assert.equal((await init(tokenValue, {}, { flowId: 'flow_x' })).json.error, 'flow not allowed');
  assert.equal((await init(tokenValue)).status, 200);
  assert.equal((await page.chat('Three')).status, 429);
});

test('403 for a page that wants the visitor\'s history, and 200 for the same page without', async () => {
  const { tokenValue } = await make();
  const more = { visitorToken: 'cvt_x', identityProof: 'proof', conversationId: 'conv_x' };
  const answer = await init(tokenValue, {}, { ...more, visitorHistory: true });
  assert.deepEqual([answer.status, answer.json.error], [403, 'visitor_history_disabled']);
  assert.match(answer.json.hint, /visitorHistory/);
  assert.deepEqual([answer.cost.trips, answer.cost.written, answer.cost.calls], [1, 0, 0], 'it counts nowhere');
  for (const visitorHistory of [false, null, 'true']) {
    const { status, json } = await init(tokenValue, {}, { ...more, visitorHistory });
    assert.deepEqual([status, json.visitor], [200, undefined], `${visitorHistory}`);
  }
});

test('404 before 429: a target without an upstream counts in no limit', async () => {
  const { tokenValue } = await make({ flowIds: ['flow_gone'], rateLimitPerMinute: 1 });
  await echoTargets(api, key, 'flow_gone');
  const visitor = new Visitor(origin, tokenValue);
  await visitor.init();
  const notFound = async () => {
    await api('DELETE', '/v1/targets/flow_gone', { key });
    for (const ask of [() => visitor.init(), () => visitor.chat('Hello')]) {
      const answer = await ask();
      assert.deepEqual([answer.status, answer.cost.calls], [404, 0]);
    }
  };
  for (let n = 0; n < 3; n += 1) await notFound();
  await echoTargets(api, key, 'flow_gone');
  assert.deepEqual([(await visitor.chat('Hello')).status, (await visitor.chat('Again')).status], [200, 429]);
  await notFound();
});

test('401, 403 and 400 without a call of the limiter, and one trip at the most', async () => {
  const { id, tokenValue } = await make();
  const answers = [await init(tokenValue, EVIL), await init(tokenValue, {}, { flowId: 'flow_x' })];
  await api('DELETE', `/v1/client-tokens/${id}`, { key });
  answers.push(await init(tokenValue));
  assert.deepEqual(answers.map(({ status }) => status), [403, 400, 401]);
  for (const { cost } of answers) assert.deepEqual([cost.trips, cost.written, cost.calls], [1, 0, 0]);
});
