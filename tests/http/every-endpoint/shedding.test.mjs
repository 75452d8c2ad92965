// Crowds are turned away before the database or a limiter is asked, and everybody else is let in.
// The platform counts by the minute of the clock, so a test may begin in one minute and end in the next: it sends as
// many as are refused in either case.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, test } from 'node:test';
import { createToken, echoTargets } from '#support/contract.mjs';
import { ORIGIN, UNLIMITED, send, user } from '#support/page.mjs';
import { start } from '#support/worker.mjs';

const CEILING = 20;
const BOOTSTRAP_KEY = randomBytes(32).toString('hex');
const worker = await start({
  hasShedding: true,
  bindings: { TOKEN_CEILING_PER_MINUTE: `${CEILING}`, BOOTSTRAP_KEY },
  variants: { without: { SHEDDING: 'off' }, mistaken: { TOKEN_CEILING_PER_MINUTE: 'many' } },
});
after(() => worker.stop());
const { api, origin, origins } = worker;
const { key } = await worker.mintKey();
const { key: other } = await worker.mintKey();
await echoTargets(api, other, 'flow_a');
const settings = { flowIds: ['flow_a'], allowedOrigins: [ORIGIN], ...UNLIMITED };
const newToken = () => createToken(api, other, settings);

/** Sends requests one after the other until one is answered 429, at most `most`; gives that answer. */
async function until429(most, ask) {
  for (let sent = 1; sent <= most; sent++) {
    const answer = await ask();
    if (answer.status === 429) return { answer, sent };
  }
  return { sent: most };
}

const init = (token, ip, at = origin) => send(at, '/v1/client/init', { token: token.tokenValue }, { ip });

function isShed({ status, headers, json }, words) {
  assert.equal(status, 429);
  assert.equal(headers['retry-after'], '60');
  assert.equal(json.error, 'Rate limit exceeded');
  assert.match(json.hint, words);
}

test('429 for an API key that sends more than 600 a minute, without a trip, and 200 for another', async () => {
  const { answer, sent } = await until429(1_202, () => api('GET', '/v1/targets', { key }));
  assert.ok(sent > 600);
  isShed(answer, /API key sends more than 600 requests a minute/);
  assert.equal(answer.d1.trips, 0);
  assert.equal((await api('GET', '/v1/targets', { key: other })).status, 200);
  assert.equal((await api('GET', '/v1/targets', { key: `${key}x` })).status, 401, 'a forged key costs arithmetic only');
});

test('429 for whoever exchanges BOOTSTRAP_KEY more than 600 times a minute, without a trip', async () => {
  const { answer, sent } = await until429(1_202, () => api('POST', '/v1/bootstrap', { key: BOOTSTRAP_KEY }));
  assert.ok(sent > 600);
  assert.equal(answer.d1.trips, 0);
  assert.equal((await api('POST', '/v1/bootstrap', { key: `${BOOTSTRAP_KEY}x` })).status, 401);
});

test('429 for a large chat in a crowd as soon as its session has come, and nothing more of it is waited for', async () => {
  const token = await newToken();
  const { sessionId } = (await init(token, '203.0.113.41', origins.without)).json;
  for (const sent of [{ 'Content-Length': 20_000_000 }, { 'Transfer-Encoding': 'chunked' }]) {
    await until429(2 * CEILING + 2, () => init(token, '203.0.113.40'));
    const { hostname, port } = new URL(origin);
    const headers = { 'Content-Type': 'application/json', Origin: ORIGIN, 'CF-Connecting-IP': '203.0.113.42', ...sent };
    const outgoing = request({ agent: false, hostname, port, method: 'POST', path: '/v1/client/chat', headers });
    outgoing.on('error', () => {});
    outgoing.write(`{"sessionId":"${sessionId}","messages":[{"role":"user","content":"${'x'.repeat(100_000)}`);
    const [refused] = await once(outgoing, 'response');
    assert.equal(refused.statusCode, 429);
    assert.equal(JSON.parse((await refused.setEncoding('utf8').toArray()).join('')).code, 'shed');
    outgoing.destroy();
  }
});

test('429 for a token beyond its ceiling, whatever the addresses, and 200 for another token', async () => {
  const [token, another] = [await newToken(), await newToken()];
  let visitor = 0;
  const { answer, sent } = await until429(2 * CEILING + 1, () => init(token, `198.51.100.${++visitor}`));
  assert.ok(sent > CEILING);
  isShed(answer, /More than 20 requests a minute come to this chat/);
  assert.deepEqual([answer.cost.trips, answer.cost.calls], [0, 0]);
  assert.equal((await init(another, '198.51.100.1')).status, 200);
});

test('429 for a chat, a resumption and feedback of a token beyond its ceiling, without a trip', async () => {
  const token = await newToken();
  const { json } = await init(token, '198.51.100.1');
  const { sessionId } = json;
  let visitor = 0;
  await until429(2 * CEILING + 1, () => init(token, `198.51.100.${++visitor}`));
  for (const [endpoint, body] of [
    ['chat', { sessionId, messages: [user('Hello')] }],
    ['resume', { sessionId, executionId: 'exec_1' }],
    ['feedback', { sessionId, token: token.tokenValue, type: 'nps', rating: 9 }],
  ]) {
    const ask = () => send(origin, `/v1/client/${endpoint}`, body, { ip: '198.51.100.1' });
    const { answer } = await until429(CEILING + 1, ask);
    isShed(answer, /come to this chat/);
    assert.deepEqual([answer.cost.trips, answer.cost.calls], [0, 0], endpoint);
  }
});

test('429 for an IPv6 /48 that sends more than 300 a minute, without a trip, and 200 for its neighbour', async () => {
  let visitor = 0;
  const token = await newToken();
  const ask = (ip) => init(token, ip, origins.mistaken);
  const { answer, sent } = await until429(602, () => ask(`2001:db8:7:${(++visitor).toString(16)}::1`));
  assert.ok(sent > 300);
  isShed(answer, /More than 300 requests a minute come from your network/);
  assert.deepEqual([answer.cost.trips, answer.cost.calls], [0, 0]);
  assert.equal((await ask('2001:db8:8::1')).status, 200);
  const forged = await send(origins.mistaken, '/v1/client/init', { token: 'ct_live_x' }, { ip: '2001:db8:7::1' });
  assert.equal(forged.status, 401, 'a forged token costs arithmetic only');
});

test('200 for everybody where the variable SHEDDING is off', async () => {
  const token = await newToken();
  const { answer } = await until429(2 * CEILING + 1, () => init(token, '203.0.113.9', origins.without));
  assert.equal(answer, undefined);
});

test('200 where the platform can not count, which the log says', async (t) => {
  const broken = await start({ bindings: { SHED_API_KEYS: 'no limiter' } });
  t.after(() => broken.stop());
  const { key } = await broken.mintKey();
  assert.equal((await broken.api('GET', '/v1/targets', { key })).status, 200);
  await broken.logs.find(({ cause }) => cause?.startsWith('shedding: '));
});

test('the log says that a ceiling is no number, and names no address', async () => {
  await init(await newToken(), '203.0.113.10', origins.mistaken);
  await worker.logs.find(({ cause }) => cause?.startsWith('TOKEN_CEILING_PER_MINUTE must be a whole number'));
  assert.deepEqual(worker.logs.lines.filter((line) => line.includes('2001:db8')), []);
});
