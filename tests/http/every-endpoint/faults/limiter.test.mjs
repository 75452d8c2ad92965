// A limiter that can't be reached, or whose storage fails at every statement in turn (contract section 8).
// A limiter that fails must refuse, not admit, and must never forget what it admitted. An init never asks it, and works.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, echoTargets } from '#support/contract.mjs';
import { holdTogether } from '#support/ledger.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { until } from '#support/until.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, lab, logs, sql } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a');
const LIMIT = 6;

async function visitor(settings) {
  const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'], ...settings });
  const one = new Visitor(worker.origin, token.tokenValue);
  assert.equal((await one.init()).status, 200);
  return one;
}
let said = 0;
const chat = (one) => one.chat([user('Hello', `u${(said += 1)}`)]);

/** A clear 500, which names its cause in the log only. */
async function breaks(answer) {
  assert.deepEqual([answer.status, answer.json.error], [500, 'Internal server error']);
  assert.doesNotMatch(answer.text, /inject|limiter|history|storage/i);
  assert.match((await logs.of(answer)).cause, /^limiter: /);
}

/** Of what is still asked, not more is admitted than the limit has left; gives how much was. */
async function admits(one, atMost) {
  let admitted = 0;
  for (let n = 0; n <= LIMIT; n += 1) {
    const { status } = await chat(one);
    assert.ok([200, 429].includes(status), `${status}`);
    admitted += status === 200;
  }
  assert.ok(admitted <= atMost, `${admitted} admitted, ${atMost} were left`);
  return admitted;
}

test('500 while the limiter can\'t be reached: nothing is admitted, nothing stored, nothing counted', async () => {
  const one = await visitor({ rateLimitPerMinute: LIMIT });
  await lab.fault({ match: 'limiter', mode: 'before', times: 99 });
  for (let n = 0; n < 3; n += 1) {
    await breaks(await chat(one));
    await breaks(await one.feedback({ type: 'nps', rating: 5 }));
    assert.equal((await one.init({ sessionId: one.session })).status, 200);
  }
  await lab.calls();
  assert.equal(await admits(one, LIMIT), LIMIT);
});

test('500 when the limiter\'s answer is lost, which counts as admitted: the limit is never exceeded', async () => {
  const one = await visitor({ rateLimitPerMinute: LIMIT, maxMessagesPerSession: LIMIT });
  await lab.fault({ match: 'limiter', mode: 'after', times: 2 });
  await breaks(await chat(one));
  await breaks(await chat(one));
  assert.equal(await admits(one, LIMIT - 2), LIMIT - 2);
});

test('500 at every statement of the limiter\'s storage, in a limiter that is new', async () => {
  for (const mode of ['before', 'after']) {
    for (let at = 1; at <= 20; at += 1) {
      const one = await visitor({ rateLimitPerMinute: LIMIT, maxMessagesPerSession: LIMIT });
      await lab.fault({ list: 'statements', nth: at, mode });
      const answer = await chat(one);
      await lab.calls();
      // What it reads first isn't there and fails by itself: then it makes its tables.
      if (mode === 'after' && at === 1) continue;
      if (answer.status === 200) {
        assert.ok(at > 4, 'a new limiter reads, makes its tables and writes');
        break;
      }
      await breaks(answer);
      assert.equal((await chat(one)).status, 200, `the next one works, ${mode} ${at}`);
      await admits(one, LIMIT - 1);
    }
  }
});

test('500 at every statement of the limiter\'s storage, in the middle of a session', async () => {
  const probe = await visitor({ rateLimitPerMinute: LIMIT, maxMessagesPerSession: LIMIT });
  await chat(probe);
  await lab.calls();
  await chat(probe);
  const statements = await lab.statements();
  assert.ok(statements.includes('insert into sessions'));
  for (const mode of ['before', 'after']) {
    for (const statement of new Set(statements)) {
      const one = await visitor({ rateLimitPerMinute: LIMIT - 1, maxMessagesPerSession: LIMIT - 1 });
      assert.equal((await chat(one)).status, 200);
      await lab.fault({ list: 'statements', match: statement, mode });
      await breaks(await chat(one));
      await lab.calls();
      const admitted = await admits(one, LIMIT - 2);
      assert.ok(admitted >= LIMIT - 3, `${statement}, ${mode}: at the most the broken one is lost`);
    }
  }
});

test('429 still for a limiter whose history can\'t be read when its alarm rings, which it does again until it can', async () => {
  const unreadable = { list: 'statements', match: 'select', mode: 'before', times: 999, alarmIn: 50 };
  const rings = (order) => until(async () => (await order()).alarms > 0);
  await lab.alarmIn(50);
  const one = await visitor({ rateLimitPerMinute: LIMIT });
  assert.equal((await chat(one)).status, 200);
  await rings(() => lab.alarmIn(50));
  await lab.fault(unreadable);
  await rings(() => lab.fault(unreadable));
  await rings(() => lab.fault(unreadable));
  await rings(() => lab.fault(unreadable));
  await logs.find(({ cause }) => /^limiter: .*injected/.test(cause ?? ''));
  await lab.calls();
  assert.equal(await admits(one, LIMIT - 1), LIMIT - 1);
});

test('200 after a first request that broke, and the alarm that it left unset is set', async () => {
  const one = await visitor({ rateLimitPerMinute: LIMIT });
  await lab.fault({ list: 'statements', match: 'insert into buckets', mode: 'after', alarmIn: 50 });
  await breaks(await chat(one));
  await lab.alarmIn(50);
  assert.equal((await chat(one)).status, 200);
  await until(async () => (await lab.alarmIn(50)).alarms > 0);
  await lab.calls();
});

test('200 in time for a limiter that is slow', async () => {
  const one = await visitor({ rateLimitPerMinute: LIMIT });
  await lab.fault({ match: 'limiter', mode: 'delay', millis: 50, times: 99 });
  assert.equal(await admits(one, LIMIT), LIMIT);
  await lab.calls();
});

test('200 under a name that tells neither the visitor\'s address nor the token', async () => {
  const one = await visitor({ rateLimitPerMinute: LIMIT });
  await lab.calls();
  for (const ip of ['198.51.100.77', '2001:db8:77::1']) assert.equal((await one.chat(`Hello from ${ip}`, {}, { ip })).status, 200);
  const names = await lab.limiters();
  assert.equal(names.length, 2);
  for (const name of names) assert.match(name, /^[0-9A-Za-z]{22}$/);
});

test('200 for exactly as many as the limit has left, of many at once of which some answers are lost', async (t) => {
  const one = await visitor({ rateLimitPerMinute: 20 });
  await lab.fault({ match: 'limiter', mode: 'after', times: 5 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => chat(one)));
  await lab.calls();
  const count = (wanted) => answers.filter(({ status }) => status === wanted).length;
  t.diagnostic(`requests 50, admitted ${count(200)}, lost ${count(500)}, refused ${count(429)}`);
  assert.equal(count(500), 5);
  assert.ok(count(200) >= 15 && count(200) <= 20, 'a lost answer may have been a yes or a no');
  assert.equal(count(200) + count(500) + count(429), 50);
  assert.equal((await chat(one)).status, 429);
});

test('what was stored holds together', () => holdTogether(sql));
