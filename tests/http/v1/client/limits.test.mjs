// Limits of one visitor: who counts, what counts, and what the answers say of it (contract section 8).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, echoTargets } from '#support/contract.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { until } from '#support/until.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, lab } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a');
const SECOND = 1_000;

async function page(settings) {
  const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'], ...settings });
  const at = (ip) => Object.assign(new Visitor(worker.origin, token.tokenValue, { ip }), { id: token.id });
  return { ...token, at };
}
const put = ({ id }, body) => api('PUT', `/v1/client-tokens/${id}`, { key, body });
/** The same visitor with a session, which costs nothing: only what is said counts. */
async function opened(one) {
  assert.equal((await one.init()).status, 200);
  return one;
}
const statuses = async (...requests) => {
  const seen = [];
  for (const request of requests) seen.push((await request()).status);
  return seen;
};

/** The items of a structured list (RFC 9651) of the form `"name";a=1;b=2`. */
function list(field) {
  return Object.fromEntries(field.split(', ').map((item) => {
    const [, name, parameters] = /^"(\w+)"((?:;[a-z]+=\d+)*)$/.exec(item) ?? assert.fail(field);
    const pairs = parameters.split(';').slice(1).map((pair) => pair.split('='));
    return [name, Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)]))];
  }));
}

/** The names of an answer's fields that tell where a visitor stands. */
const told = ({ headers }) => Object.keys(headers).filter((name) => /ratelimit|retry/.test(name));

test('200 for any number of inits, which count nowhere: eleven pages opened in a minute, then a chat is admitted', async () => {
  const one = (await page({ rateLimitPerMinute: 1, rateLimitPerHour: 1 })).at('198.51.100.1');
  await lab.calls();
  for (let n = 0; n < 11; n += 1) {
    const answer = await one.init(n % 2 ? { sessionId: one.session } : {});
    assert.deepEqual([answer.status, answer.cost.calls, told(answer)], [200, 0, []]);
  }
  assert.deepEqual(await lab.limiters(), [], 'no limiter is asked');
  const { status, headers } = await one.chat('Hello');
  assert.equal(status, 200);
  assert.deepEqual([list(headers.ratelimit).minute.r, list(headers.ratelimit).hour.r], [0, 0]);
});

test('200 for an init of a visitor who is over the limit, and of the page that is opened anew: the chat says when', async () => {
  const one = await opened((await page({ rateLimitPerMinute: 1 })).at('198.51.100.1'));
  assert.equal((await one.chat('Hello')).status, 200);
  for (const more of [{ sessionId: one.session }, {}]) {
    const answer = await one.init(more);
    assert.deepEqual([answer.status, answer.cost.calls, told(answer)], [200, 0, []]);
    const { status, headers, json } = await one.chat('Again');
    assert.equal(status, 429);
    assert.match(headers['retry-after'], /^[1-9]\d?$/);
    assert.match(json.hint, /wait \d+ seconds?/);
  }
  await lab.advance(61 * SECOND);
  assert.deepEqual(await statuses(() => one.chat('Again'), () => one.chat('Once more')), [200, 429]);
});

test('200 and 429 with the fields of both windows', async () => {
  const one = await opened((await page({ rateLimitPerMinute: 3, rateLimitPerHour: 50 })).at('198.51.100.1'));
  const answers = [];
  for (const text of ['One', 'Two', 'Three', 'Four', 'Five']) answers.push(await one.chat(text));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 429, 429]);
  for (const [n, { status, headers, json }] of answers.entries()) {
    assert.deepEqual(list(headers['ratelimit-policy']), { minute: { q: 3, w: 60 }, hour: { q: 50, w: 3600 } });
    const { minute, hour } = list(headers.ratelimit);
    assert.deepEqual([minute.r, hour.r], [Math.max(0, 2 - n), 50 - Math.min(n + 1, 3)]);
    assert.ok(minute.t >= 1 && minute.t <= 60 && hour.t >= 1 && hour.t <= 3600, 'no wait is longer than its window');
    assert.equal('retry-after' in headers, status === 429);
    if (status === 429) {
      assert.match(headers['retry-after'], /^[1-9]\d?$/);
      assert.match(json.hint, /wait \d+ seconds?/);
    }
  }
});

test('200 for other addresses, whatever one of them has used up', async () => {
  const { at } = await page({ rateLimitPerMinute: 1 });
  const chat = (ip) => async () => (await opened(at(ip))).chat('Hello');
  assert.deepEqual(await statuses(chat('198.51.100.1'), chat('198.51.100.1'), chat('198.51.100.2'), chat('198.51.100.3')), [200, 429, 200, 200]);
});

test('429 for an IPv6 neighbour in the same /64, 200 in another, and IPv4 is itself however it is written', async () => {
  const { at } = await page({ rateLimitPerMinute: 1 });
  const chat = (ip) => async () => (await opened(at(ip))).chat('Hello');
  assert.deepEqual(await statuses(
    chat('2001:db8:1:2::1'), chat('2001:db8:1:2:ffff::9'), chat('2001:DB8:1:2::1'), chat('2001:db8:1:3::1'),
    chat('192.0.2.5'), chat('::ffff:192.0.2.5'), chat('::ffff:c000:205'), chat('::ffff:192.0.2.6'),
  ), [200, 429, 429, 200, 200, 429, 429, 200]);
});

test('200 for another token from the same address', async () => {
  const [one, other] = [await page({ rateLimitPerMinute: 1 }), await page({ rateLimitPerMinute: 1 })];
  const visits = [one, one, other].map(({ at }) => async () => (await opened(at('198.51.100.1'))).chat('Hello'));
  assert.deepEqual(await statuses(...visits), [200, 429, 200]);
});

test('200 again as soon as Retry-After says, and not before', async () => {
  const one = await opened((await page({ rateLimitPerMinute: 2 })).at('198.51.100.1'));
  await one.chat('Hello');
  await lab.advance(20 * SECOND);
  await one.chat('Hello again');
  const { status, headers } = await one.chat('Again');
  assert.equal(status, 429);
  const wait = Number(headers['retry-after']);
  assert.ok(wait > 35 && wait <= 41, `${wait} s`);
  await lab.advance((wait - 2) * SECOND);
  assert.equal((await one.chat('Again')).status, 429);
  await lab.advance(2 * SECOND);
  assert.deepEqual(await statuses(() => one.chat('Again'), () => one.chat('Once more')), [200, 429]);
});

test('429 by the hour though every minute has room', async () => {
  const one = await opened((await page({ rateLimitPerMinute: 2, rateLimitPerHour: 4 })).at('198.51.100.1'));
  for (let n = 0; n < 4; n += 1) {
    await lab.advance(120 * SECOND);
    assert.equal((await one.chat(`Message ${n}`)).status, 200);
  }
  await lab.advance(120 * SECOND);
  const { status, headers, json } = await one.chat('Too much');
  assert.equal(status, 429);
  assert.ok(Number(headers['retry-after']) > 2_900);
  assert.match(json.hint, /\d+ minutes/);
  await lab.advance(Number(headers['retry-after']) * SECOND);
  await one.init({ sessionId: one.session });
  assert.deepEqual(await statuses(() => one.chat('Now'), () => one.chat('And now')), [200, 429], 'one request has left the hour, not two');
});

test('429s count nowhere: not in the hour, not in the minute, not in the session', async () => {
  const one = await opened((await page({ rateLimitPerMinute: 2, rateLimitPerHour: 4, maxMessagesPerSession: 3 })).at('198.51.100.1'));
  assert.deepEqual(await statuses(() => one.chat('One'), () => one.chat('Two')), [200, 200]);
  for (let n = 0; n < 10; n += 1) assert.equal((await one.chat('Refused')).status, 429);
  await lab.advance(61 * SECOND);
  assert.equal((await one.chat('Three')).status, 200);
  for (let n = 0; n < 5; n += 1) assert.equal((await one.chat('Over the cap')).status, 429);
  await opened(one);
  assert.equal((await one.chat('The second of this minute, the fourth of the hour')).status, 200);
  await lab.advance(61 * SECOND);
  assert.match((await one.chat('The fifth of the hour')).json.hint, /\d+ minutes/);
});

test('400, 401, 403 and 409 count nowhere', async () => {
  const one = await opened((await page({ rateLimitPerMinute: 1 })).at('198.51.100.1'));
  for (let n = 0; n < 3; n += 1) {
    const refusals = await statuses(
      () => one.chat([]), () => one.ask('chat', { sessionId: 'x', messages: [user('x')] }),
      () => one.chat('x', {}, { from: 'https://evil.example' }), () => one.init({ flowId: 'flow_x' }),
      () => one.chat('x', { clientToolsFingerprint: 'f' }),
    );
    assert.deepEqual(refusals, [400, 401, 403, 400, 409]);
  }
  assert.deepEqual(await statuses(() => one.chat('Hello'), () => one.chat('Again')), [200, 429]);
});

test('413 for a message that is too large for storage counts nowhere', async () => {
  const one = await opened((await page({ rateLimitPerMinute: 1 })).at('198.51.100.1'));
  const body = `{"sessionId":"${one.session}","messages":[{"role":"user","content":"${'x'.repeat(1_950_000)}"}]}`;
  for (let n = 0; n < 3; n += 1) assert.equal((await one.ask('chat', body)).status, 413);
  assert.deepEqual(await statuses(() => one.chat('Hello'), () => one.chat('Again')), [200, 429]);
});

test('200 without any field when nothing is limited, and counted all the same', async () => {
  const tokens = await page();
  const one = await opened(tokens.at('198.51.100.1'));
  for (let n = 0; n < 12; n += 1) {
    const answer = await one.chat(`Message ${n}`);
    assert.deepEqual([answer.status, answer.cost.calls, told(answer)], [200, 1, []]);
  }
  await put(tokens, { rateLimitPerHour: 13 });
  assert.deepEqual(await statuses(() => one.chat('Message 12'), () => one.chat('Message 13')), [200, 429]);
});

test('200 with one field when one window is limited', async () => {
  const one = await opened((await page({ rateLimitPerHour: 9 })).at('198.51.100.1'));
  const { headers } = await one.chat('Hello');
  assert.deepEqual(list(headers['ratelimit-policy']), { hour: { q: 9, w: 3600 } });
  assert.equal(list(headers.ratelimit).hour.r, 8);
});

test('429 at once after a limit was lowered', async () => {
  const tokens = await page({ rateLimitPerMinute: 100 });
  const one = await opened(tokens.at('198.51.100.1'));
  for (let n = 0; n < 5; n += 1) assert.equal((await one.chat(`Message ${n}`)).status, 200);
  await put(tokens, { rateLimitPerMinute: 5 });
  const { status, headers } = await one.chat('Message 5');
  assert.equal(status, 429);
  assert.deepEqual(list(headers.ratelimit).minute.r, 0);
  await put(tokens, { rateLimitPerMinute: 6 });
  assert.deepEqual(await statuses(() => one.chat('Message 5'), () => one.chat('Message 6')), [200, 429]);
});

test('429 still after a regenerate', async () => {
  const tokens = await page({ rateLimitPerMinute: 1 });
  const one = await opened(tokens.at('198.51.100.1'));
  assert.equal((await one.chat('Hello')).status, 200);
  one.token = (await api('POST', `/v1/client-tokens/${tokens.id}/regenerate`, { key })).json.token;
  await opened(one);
  assert.equal((await one.chat('Hello again')).status, 429);
});

test('429 at the cap of a session, with what is left of its idle time', async () => {
  const one = (await page({ maxMessagesPerSession: 2, sessionIdleTimeoutMinutes: 5 })).at('198.51.100.1');
  await one.init();
  await one.chat('One');
  await one.chat('Two');
  await lab.advance(60 * SECOND);
  const { status, headers, json } = await one.chat('Three');
  assert.equal(status, 429);
  const wait = Number(headers['retry-after']);
  assert.ok(wait > 230 && wait <= 240, `${wait} s`);
  assert.match(json.hint, /limit of 2 messages/);
  await lab.advance(wait * SECOND);
  assert.equal((await one.chat('Three')).status, 401, 'the session is over');
  await one.init({ sessionId: one.session });
  assert.equal((await one.chat('Three')).status, 200);
});

test('429 at the cap from whatever address its chats come', async () => {
  const { at } = await page({ maxMessagesPerSession: 2 });
  const one = at('198.51.100.1');
  await one.init();
  const from = (n, text) => () => one.chat(text, {}, { ip: `198.51.100.${n}` });
  assert.deepEqual(await statuses(from(2, 'One'), from(3, 'Two'), from(4, 'Three'), from(2, 'Four')), [200, 200, 429, 429]);
});

test('200 for two sessions of one visitor, each with a count of its own', async () => {
  const { at } = await page({ maxMessagesPerSession: 1 });
  const [one, other] = [at('198.51.100.1'), at('198.51.100.1')];
  await one.init();
  await other.init();
  assert.deepEqual(await statuses(() => one.chat('A'), () => one.chat('B'), () => other.chat('A')), [200, 429, 200]);
});

test('200 again for a limiter that has forgotten, which it does when nothing counts any more and not before', async () => {
  const one = await opened((await page({ rateLimitPerMinute: 2, rateLimitPerHour: 3 })).at('198.51.100.1'));
  const chat = () => one.chat('Hello');
  await lab.alarmIn(100);
  await chat();
  await until(async () => (await lab.alarmIn(100)).alarms > 0);
  assert.deepEqual(await statuses(chat, chat), [200, 429]);

  await lab.advance(61 * SECOND);
  await lab.alarmIn(100);
  assert.equal((await chat()).status, 200);
  assert.equal((await chat()).status, 429, 'by the hour');
  await lab.advance(2 * 3_600 * SECOND);
  await until(async () => (await lab.alarmIn(100)).alarms > 0);
  await opened(one);
  assert.deepEqual(await statuses(chat, chat, chat), [200, 200, 429]);
});
