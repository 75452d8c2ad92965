// Nothing is lost on the way to the ledger and nothing counts twice: of many requests, over ledgers that fail, and over
// the end of the process. Nothing in the way of an answer waits for any of it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createToken, echoTargets } from '#support/contract.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { until } from '#support/until.mjs';
import { signingKey, start } from '#support/worker.mjs';
import { reader } from './set-up.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, lab, logs } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a');
const { total, once, seen } = reader(api, key);

async function visitor(of = worker, as = key) {
  const token = await createToken(of.api, as, { ...UNLIMITED, flowIds: ['flow_a'] });
  return Object.assign(new Visitor(of.origin, token.tokenValue), { id: token.id });
}

test('200 with exact counts of 1,000 requests, allowed and refused, of many at once', async () => {
  const one = await visitor();
  await one.init();
  const request = (n) => {
    if (n % 10 === 0) return one.chat([user('Hello', `u${n}`)]);
    return one.init({}, n % 3 === 0 ? { from: 'https://elsewhere.example' } : {});
  };
  let next = 1;
  const line = async () => {
    while (next < 1_000) await request(next++);
  };
  await Promise.all(Array.from({ length: 16 }, line));
  // Of 1 to 999, every tenth is a chat; of the rest those that 3 divides are refused.
  const chats = 99;
  const refused = 333 - 33;
  const counted = await once(1_000, one.id);
  assert.deepEqual([counted.inits, counted.chats, counted.refused], [1_000 - chats - refused, chats, { origin: refused }]);
  await until(async () => (await total(one.id)).messages === 2 * chats);
  const origins = (await seen(1_000, one.id)).sort();
  assert.deepEqual(origins, [['https://app.example.com', true, 1_000 - refused], ['https://elsewhere.example', false, refused]]);
});

test('200 with no trip, no write and no call more in the way of an init or a chat', async () => {
  const one = await visitor();
  await one.init();
  const { cost } = await one.init();
  assert.deepEqual([cost.trips, cost.written, cost.calls], [1, 0, 0]);
  assert.equal((await one.chat('Hello')).cost.calls, 1);
});

test('200 at once for init and chat while the ledger fails or never answers, and exact counts once it does', async () => {
  for (const fault of [{ mode: 'before', times: 2 }, { mode: 'after', times: 2 }, { mode: 'delay', millis: 60_000, times: 1 }]) {
    const one = await visitor();
    await lab.fault({ list: 'ledgers', match: '/add', ...fault });
    assert.equal((await one.init()).status, 200);
    assert.equal((await one.chat([user('Hello', 'u1')])).status, 200);
    await until(async () => (await lab.peek()).ledgers.length >= fault.times);
    assert.equal((await one.init()).status, 200);
    const counted = await once(3, one.id);
    await until(async () => (await total(one.id)).messages >= 2);
    assert.deepEqual(await total(one.id), { ...counted, requests: 3, inits: 2, chats: 1, messages: 2, refused: {} }, fault.mode);
  }
  await logs.find(({ cause }) => /^ledger: not handed over yet: injected/.test(cause ?? ''));
});

test('500 with its cause in the log only, for who asks a ledger that can\'t be reached', async () => {
  const { id } = await visitor();
  for (const what of ['usage', 'observed-origins']) {
    await lab.fault({ list: 'ledgers', match: what === 'usage' ? '/usage' : '/origins', mode: 'before' });
    const answer = await api('GET', `/v1/client-tokens/${id}/${what}`, { key });
    assert.deepEqual([answer.status, answer.json.error], [500, 'Internal server error']);
    assert.match((await logs.of(answer)).cause, /^ledger: injected/);
  }
});

test('200 with all that was handed over before the process ended', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  const tokenKeys = signingKey(1);
  const first = await start({ folder, tokenKeys });
  const { key } = await first.mintKey();
  await echoTargets(first.api, key, 'flow_a');
  const one = await visitor(first, key);
  for (let n = 0; n < 5; n += 1) await one.init();
  await reader(first.api, key).once(5, one.id);
  // These may be lost.
  await one.init();
  await first.stop();
  const second = await start({ folder, tokenKeys });
  try {
    const { total, once } = reader(second.api, key);
    const { inits } = await total(one.id);
    assert.ok(inits === 5 || inits === 6, `${inits} inits`);
    const again = Object.assign(new Visitor(second.origin, one.token), { id: one.id });
    await again.init();
    assert.equal((await once(inits + 1, one.id)).inits, inits + 1);
  } finally {
    await second.stop();
    rmSync(folder, { recursive: true });
  }
});
