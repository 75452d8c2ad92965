// A database and a limiter that fail at every call of a chat in turn: before it, after it took effect, once or for long.
// What was acknowledged must be there afterwards, once, and the next request must work.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, test } from 'node:test';
import { createToken } from '#support/contract.mjs';
import { chatCounts, holdTogether, transcript } from '#support/ledger.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { begin, frame, speaks, startUpstream } from '#support/upstream.mjs';
import { until } from '#support/until.mjs';
import { start } from '#support/worker.mjs';
import { NOTICE } from '#support/stream.mjs';

const worker = await start({ hasLab: true });
const upstream = await startUpstream();
after(() => worker.stop().finally(upstream.stop));
const { api, lab, logs, sql } = worker;
const { key } = await worker.mintKey();
upstream.play = speaks('The ', 'answer');
const UPSTREAMS = {
  flow_echo: { kind: 'echo' },
  flow_ai: { kind: 'openai', baseUrl: upstream.url, model: 'model-1' },
  flow_own: { kind: 'events', baseUrl: upstream.url },
};
for (const [id, body] of Object.entries(UPSTREAMS)) await api('PUT', `/v1/targets/${id}`, { key, body: { upstream: body } });

const CAP = 4;
const PRIVATE = /inject|fault|D1|limiter|SQL/i;
const FAULTS = [
  { mode: 'before', times: 1 }, { mode: 'before', times: 99 }, { mode: 'after', times: 1 }, { mode: 'after', times: 99 },
  { mode: 'delay', times: 99, millis: 30 },
];

/** A visitor of a token with a cap, whose conversation has one question and its answer if `hasTalked`. */
async function visitor(flowId, hasTalked) {
  const token = await createToken(api, key, { ...UNLIMITED, flowIds: [flowId], maxMessagesPerSession: CAP, rateLimitPerMinute: 20 });
  const one = new Visitor(worker.origin, token.tokenValue);
  one.conversation = (await one.init()).json.conversationId;
  // The token's first use is noted in the background, and would count among the calls.
  await until(async () => (await sql('select last_used_at from client_tokens where id = ?1', token.id))[0].last_used_at);
  one.page = [];
  if (hasTalked) {
    await chat(one, 'first');
    one.page.push({ id: 'a-first', role: 'assistant', content: 'x' });
  }
  return one;
}
/** Says a message whose id is its text, once or again. */
function chat(one, text, attempt = '') {
  if (!one.page.some(({ id }) => id === text)) one.page.push(user(text, text));
  return one.chat(one.page, { assistantMessageId: `a-${text}${attempt}` });
}
const answersTo = (rows, question) => rows.filter(([, , , status, replyTo]) => replyTo === question && status === 'complete');
const stored = (rows, question) => rows.filter(([id]) => id === question);

/** What a chat calls, from its first call to its last. */
async function callsOf(flowId, hasTalked) {
  const one = await visitor(flowId, hasTalked);
  await lab.calls();
  await chat(one, 'second');
  return lab.calls();
}

/** Breaks a chat, and checks what it was told against what is stored; gives the answer. */
async function breakChat(one, fault) {
  await lab.fault(fault);
  const answer = await chat(one, 'second');
  await lab.calls();
  const rows = await transcript(sql, one.conversation);
  if (answer.status === 200) {
    const last = answer.frames.at(-1);
    assert.equal(stored(rows, 'second').length, 1, 'the question is durable before the first byte');
    assert.ok(['execution_complete', 'execution_error'].includes(last.type), `the stream ends with ${last.type}`);
    assert.equal(answer.frames.filter(({ type }) => /^execution_(complete|error)$/.test(type)).length, 1);
    if (last.type === 'execution_complete') assert.equal(answersTo(rows, 'second').length, 1, 'acknowledged and not stored');
    else assert.doesNotMatch(last.error.message, PRIVATE);
  } else {
    assert.deepEqual([answer.status, answer.json.error], [500, 'Internal server error']);
    assert.doesNotMatch(answer.text, PRIVATE);
    assert.match((await logs.of(answer)).cause, /injected fault/);
  }
  return answer;
}

/** Whatever happened: the question can be asked again, and is stored and answered once. */
async function recovers(one, hasTalked) {
  const { status, frames } = await chat(one, 'second', '-again');
  assert.equal(status, 200);
  assert.equal(frames.at(-1).type, 'execution_complete');
  const rows = await transcript(sql, one.conversation);
  for (const question of hasTalked ? ['first', 'second'] : ['second']) {
    assert.equal(stored(rows, question).length, 1, `${question} is stored once`);
    assert.equal(answersTo(rows, question).length, 1, `${question} is answered once`);
  }
  assert.equal(rows.length, hasTalked ? 4 : 2);
}

/** The cap holds: never more runs than it says, and then a refusal. */
async function holdsTheCap(one) {
  let last;
  for (let n = 0; n <= CAP; n += 1) last = await chat(one, `more-${n}`);
  assert.equal(last.status, 429);
  const rows = await transcript(sql, one.conversation);
  assert.ok(rows.filter(([, role]) => role === 'user').length <= CAP);
  assert.ok((await chatCounts(sql, one.conversation))[0] <= CAP);
}

const cases = [];
for (const flowId of Object.keys(UPSTREAMS)) {
  for (const hasTalked of [false, true]) {
    const calls = await callsOf(flowId, hasTalked);
    cases.push(...calls.map((call, at) => ({ flowId, hasTalked, call, nth: at + 1 })));
  }
}
for (const { flowId, hasTalked, call, nth } of cases) {
  test(`${hasTalked ? 'a later' : 'the first'} chat of ${flowId}, call ${nth} (${call.split(',')[0]})`, async () => {
    for (const fault of FAULTS) {
      const one = await visitor(flowId, hasTalked);
      const { status } = await breakChat(one, { nth, ...fault });
      if (fault.mode === 'delay') assert.equal(status, 200);
      await recovers(one, hasTalked);
      if (fault.times === 1) await holdsTheCap(one);
    }
    await holdTogether(sql);
  });
}

test('a chat makes four calls: one reads, one asks the limiter, one makes the question durable, one the answer', async () => {
  for (const flowId of Object.keys(UPSTREAMS)) {
    assert.deepEqual((await callsOf(flowId, true)).map((call) => call.split(/[:,]/)[0]), ['d1', 'limiter', 'd1', 'd1']);
  }
});

test('an answer that is never stored ends in execution_error, of the form and with the number that every error has', async () => {
  for (const flowId of Object.keys(UPSTREAMS)) {
    const one = await visitor(flowId, true);
    const { frames } = await breakChat(one, { nth: 4, mode: 'before', times: 99 });
    const { type, kind, seq, error } = frames.at(-1);
    assert.deepEqual([type, kind, error.code], ['execution_error', 'flow', 'not_stored'], flowId);
    assert.ok(seq > frames.at(-2).seq, `${flowId}: numbers rise to the last`);
  }
});

test('an answer that is never stored ends in one readable error, though the backend\'s end arrives in pieces', async () => {
  const end = frame('execution_complete', { executionId: 'e1', seq: 3, kind: 'flow', success: true });
  const play = upstream.play;
  for (const cut of [5, 25, 60]) {
    const one = await visitor('flow_own', false);
    upstream.play = async (response) => {
      begin(response);
      response.write(frame('text_delta', { executionId: 'e1', seq: 2, id: 't1', delta: 'So far' }) + end.slice(0, cut));
      await sleep(50);
      response.end(end.slice(cut));
    };
    const { frames } = await breakChat(one, { nth: 4, mode: 'before', times: 99 });
    assert.deepEqual(frames.map(({ type }) => type), ['text_delta', 'text_complete', ...NOTICE, 'execution_error'], `cut at ${cut}`);
  }
  upstream.play = play;
});

test('an answer whose first two writes fail is stored by the third', async () => {
  const one = await visitor('flow_echo', true);
  const { frames } = await breakChat(one, { nth: 4, mode: 'before', times: 2 });
  assert.equal(frames.at(-1).type, 'execution_complete');
});

test('the question\'s write that fails once is tried once more, and counts once, whether it took effect or not', async () => {
  for (const mode of ['before', 'after']) {
    const one = await visitor('flow_echo', true);
    const { status, frames } = await breakChat(one, { nth: 3, mode, times: 1 });
    assert.deepEqual([status, frames.at(-1).type], [200, 'execution_complete'], mode);
    assert.deepEqual(await chatCounts(sql, one.conversation), [2], mode);
  }
});

test('seven chats at once whose writes fail once each count seven', async () => {
  const cap = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_echo'], maxMessagesPerSession: 7 });
  const other = new Visitor(worker.origin, cap.tokenValue);
  const { conversationId } = (await other.init()).json;
  await until(async () => (await sql('select last_used_at from client_tokens where id = ?1', cap.id))[0].last_used_at);
  await lab.fault({ match: 'd1: insert', mode: 'after', times: 7 });
  const all = await Promise.all(Array.from({ length: 7 }, (_, n) => other.chat([user(`Message ${n}`, `u${n}`)])));
  await lab.calls();
  assert.deepEqual(all.map(({ status }) => status), Array(7).fill(200));
  assert.deepEqual(await chatCounts(sql, conversationId), [7]);
});

test('a message without an id is stored once, too, when it is sent again after a fault', async () => {
  for (const mode of ['before', 'after']) {
    for (const nth of [3, 4]) {
      const one = await visitor('flow_echo', false);
      await lab.fault({ nth, mode, times: 99 });
      await one.chat('Nameless');
      await lab.calls();
      assert.equal((await one.chat('Nameless')).frames.at(-1).type, 'execution_complete');
      const rows = await transcript(sql, one.conversation);
      assert.deepEqual(rows.map(([, role, content]) => [role, content]), [['user', 'Nameless'], ['assistant', 'Nameless']]);
    }
  }
});

test('twenty chats while the database fails now and then: whatever was acknowledged is there', async () => {
  const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_echo'] });
  const one = new Visitor(worker.origin, token.tokenValue);
  const { conversationId } = (await one.init()).json;
  await lab.fault({ match: 'd1: insert', mode: 'after', times: 30 });
  const all = await Promise.all(Array.from({ length: 20 }, (_, n) => one.chat([user(`Message ${n}`, `u${n}`)], { assistantMessageId: `a${n}` })));
  await lab.calls();
  const rows = await transcript(sql, conversationId);
  for (const [n, answer] of all.entries()) {
    assert.ok([200, 500].includes(answer.status));
    if (answer.status !== 200) continue;
    assert.equal(stored(rows, `u${n}`).length, 1);
    if (answer.frames.at(-1).type === 'execution_complete') assert.equal(answersTo(rows, `u${n}`).length, 1);
  }
  assert.ok(all.some(({ status }) => status === 200) && all.some(({ status }) => status === 500));
  await holdTogether(sql);
});
