// Limits under many requests at once, and over a restart (contract section 8).
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createToken, echoTargets } from '#support/contract.mjs';
import { chatCounts, holdTogether, transcript } from '#support/ledger.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { signingKey, start } from '#support/worker.mjs';

const folder = mkdtempSync(join(tmpdir(), 'limits-'));
const tokenKeys = signingKey(1);
let worker = await start({ tokenKeys, folder });
after(() => worker.stop().finally(() => rmSync(folder, { recursive: true, force: true })));
const { key } = await worker.mintKey();
await echoTargets(worker.api, key, 'flow_a');

async function visitor(settings, options) {
  const token = await createToken(worker.api, key, { ...UNLIMITED, flowIds: ['flow_a'], ...settings });
  const one = new Visitor(worker.origin, token.tokenValue, options);
  return Object.assign(one, { id: token.id, open: async () => (one.conversation = (await one.init()).json.conversationId) });
}

/** Sends all at once; gives how many got which status, and says so. */
async function atOnce(t, count, request) {
  const answers = await Promise.all(Array.from({ length: count }, (_, n) => request(n)));
  const admitted = answers.filter(({ status }) => status === 200).length;
  const refused = answers.filter(({ status }) => status === 429).length;
  t.diagnostic(`requests ${count}, admitted ${admitted}, refused ${refused}`);
  assert.equal(admitted + refused, count);
  return { admitted, answers };
}

test('200 for all of 50 inits at once with a limit of 10 a minute, and for exactly 10 of 15 chats behind them', async (t) => {
  const one = await visitor({ rateLimitPerMinute: 10 });
  const { answers } = await atOnce(t, 50, () => one.init());
  for (const { status, cost } of answers) assert.deepEqual([status, cost.calls], [200, 0]);
  const { admitted } = await atOnce(t, 15, (n) => one.chat(`Message ${n}`));
  assert.equal(admitted, 10);
});

test('200 for exactly 10 of 50 chats at once with a limit of 10 a minute', async (t) => {
  const one = await visitor({ rateLimitPerMinute: 10 });
  await one.open();
  const { admitted } = await atOnce(t, 50, (n) => one.chat([user(`Message ${n}`, `u${n}`)]));
  assert.equal(admitted, 10);
  assert.deepEqual(await chatCounts(worker.sql, one.conversation), [10]);
  assert.equal((await transcript(worker.sql, one.conversation)).length, 20, 'of refused chats nothing is stored');
});

test('200 for exactly 10 of 30 chats at once by the hour, and for all of 30 inits among them', async (t) => {
  const one = await visitor({ rateLimitPerHour: 10 });
  await one.open();
  const opened = new Visitor(worker.origin, one.token);
  const { answers } = await atOnce(t, 60, (n) => (n % 2 ? opened.init() : one.chat(`Message ${n}`)));
  const admitted = (rest) => answers.filter(({ status }, n) => n % 2 === rest && status === 200).length;
  assert.deepEqual([admitted(0), admitted(1)], [10, 30]);
});

test('200 for exactly 5 of 20 chats at once in one session with a cap of 5', async (t) => {
  const one = await visitor({ maxMessagesPerSession: 5 });
  await one.open();
  const { admitted, answers } = await atOnce(t, 20, (n) => one.chat([user(`Message ${n}`, `u${n}`)]));
  assert.equal(admitted, 5);
  for (const { status, json } of answers) if (status === 429) assert.match(json.hint, /limit of 5 messages/);
  assert.deepEqual(await chatCounts(worker.sql, one.conversation), [5]);
});

test('200 for exactly 5 of 20 chats at once while the session is opened again and again', async (t) => {
  const one = await visitor({ maxMessagesPerSession: 5 });
  await one.open();
  const ids = [one.session];
  for (let n = 0; n < 4; n += 1) ids.push((await one.init({ sessionId: one.session })).json.sessionId);
  const { admitted } = await atOnce(t, 20, (n) => one.ask('chat', { ...one.body(`Message ${n}`), sessionId: ids[n % 5] }));
  assert.equal(admitted, 5);
});

test('200 for exactly 5 of 20 chats at once in one session from 20 addresses', async (t) => {
  const one = await visitor({ maxMessagesPerSession: 5 });
  await one.open();
  const { admitted } = await atOnce(t, 20, (n) => one.chat([user(`Message ${n}`, `u${n}`)], {}, { ip: `198.51.100.${n}` }));
  assert.equal(admitted, 5);
});

test('200 for exactly 4 a visitor of 8 visitors at once', async (t) => {
  const one = await visitor({ rateLimitPerMinute: 4 });
  await one.open();
  const { answers } = await atOnce(t, 80, (n) => one.chat(`Message ${n}`, {}, { ip: `198.51.100.${n % 8}` }));
  for (let visitor = 0; visitor < 8; visitor += 1) {
    const own = answers.filter((_, n) => n % 8 === visitor);
    assert.equal(own.filter(({ status }) => status === 200).length, 4, `visitor ${visitor}`);
  }
});

test('200 for twenty chats at once in one conversation, none of which gets lost', async () => {
  const one = await visitor();
  await one.open();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => one.chat([user(`Message ${n}`, `u${n}`)], { assistantMessageId: `a${n}` })));
  for (const { status, frames } of answers) {
    assert.equal(status, 200);
    assert.equal(frames.at(-1).type, 'execution_complete');
  }
  const rows = await transcript(worker.sql, one.conversation);
  assert.equal(rows.length, 40);
  for (let n = 0; n < 20; n += 1) {
    assert.deepEqual(rows.find(([id]) => id === `a${n}`), [`a${n}`, 'assistant', `Message ${n}`, 'complete', `u${n}`]);
  }
  const path = `/v1/client-tokens/${one.id}/conversations`;
  const { conversations } = (await worker.api('GET', path, { key })).json;
  assert.deepEqual(conversations.map(({ messageCount }) => messageCount), [40]);
  assert.deepEqual(await chatCounts(worker.sql, one.conversation), [20]);
});

test('200 for the same chat ten times at once, stored once and answered in every stream', async () => {
  const one = await visitor();
  await one.open();
  const answers = await Promise.all(Array.from({ length: 10 }, () => one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' })));
  for (const { frames } of answers) assert.equal(frames.at(-1).type, 'execution_complete');
  assert.deepEqual(await transcript(worker.sql, one.conversation), [
    ['u1', 'user', 'Hello', 'complete', null], ['a1', 'assistant', 'Hello', 'complete', 'u1'],
  ]);
});

test('429 still after a restart, in the minute, the hour and the session', async (t) => {
  const minute = await visitor({ rateLimitPerMinute: 10 });
  const hour = await visitor({ rateLimitPerHour: 10 });
  const session = await visitor({ maxMessagesPerSession: 5 });
  const partly = await visitor({ rateLimitPerMinute: 10 });
  for (const one of [minute, hour, session, partly]) await one.open();
  const chats = (one, length) => Promise.all(Array.from({ length }, (_, n) => one.chat(`Message ${n}`)));
  await Promise.all([chats(minute, 15), chats(hour, 15), chats(partly, 4)]);
  for (let n = 0; n < 6; n += 1) await session.chat(`Message ${n}`);

  await worker.stop();
  worker = await start({ tokenKeys, folder });
  for (const one of [minute, hour, session, partly]) one.origin = worker.origin;

  for (const one of [minute, hour]) {
    assert.equal((await one.init()).status, 200);
    assert.equal((await one.chat('After it')).status, 429);
  }
  assert.equal((await session.chat('Message 6')).status, 429);
  const { admitted } = await atOnce(t, 30, (n) => partly.chat(`After it ${n}`));
  assert.equal(admitted, 6, '4 before the restart and 6 after it');
});

test('429 still after a new signing key was put in front', async () => {
  const one = await visitor({ rateLimitPerMinute: 2 });
  await one.open();
  for (const text of ['One', 'Two']) assert.equal((await one.chat(text)).status, 200);
  await worker.stop();
  worker = await start({ tokenKeys: `${signingKey(2)},${tokenKeys}`, folder });
  one.origin = worker.origin;
  assert.equal((await one.chat('Three')).status, 429);
  assert.equal((await one.init()).status, 200);
  assert.equal((await one.chat('Three')).status, 429, 'in a session that the new key signed, too');
});

test('what was stored holds together', () => holdTogether(worker.sql));
