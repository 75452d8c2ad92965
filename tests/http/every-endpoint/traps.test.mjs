// What a trap of WebAssembly costs: whoever waited in the same instance hears so at once, and the next finds a new one.
// A panic is a trap, too; both are provoked from outside.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken } from '#support/contract.mjs';
import { transcript } from '#support/ledger.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { BROKE, NOTICE, said } from '#support/stream.mjs';
import { answers, begin, frame, gate, says, startUpstream, word } from '#support/upstream.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
const upstream = await startUpstream();
after(() => worker.stop().finally(upstream.stop));
const { api, lab, logs, sql } = worker;
const { key } = await worker.mintKey();
await api('PUT', '/v1/targets/flow_ai', { key, body: { upstream: { kind: 'openai', baseUrl: upstream.url, model: 'model-1' } } });
await api('PUT', '/v1/targets/agent_own', { key, body: { upstream: { kind: 'events', baseUrl: upstream.url } } });
const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_ai'], agentIds: ['agent_own'] });

const SOON = { timeout: 8_000 };

async function visitor(flowId, ip) {
  const one = new Visitor(worker.origin, token.tokenValue, ip && { ip });
  one.conversation = (await one.init({ flowId })).json.conversationId;
  return one;
}

const list = () => api('GET', '/v1/client-tokens', { key });

async function holdTheLine(answer, pattern) {
  const { cause, level } = await logs.find((entry) => entry.requestId === answer.headers['x-request-id'] && entry.cause);
  assert.equal(level, 'error');
  assert.match(cause, pattern);
}

// The clock is looked at when a request comes, and again when the database has answered.
for (const [nth, when] of [[1, 'at once'], [2, 'after it waited'], [1, 'at once, again']]) {
  test(`500 for a request that traps ${when}, named in the log, and 200 for the next`, SOON, async () => {
    await lab.trapAt(nth);
    const answer = await list();
    assert.equal(answer.status, 500);
    await holdTheLine(answer, /the answer was lost: WebAssembly trapped: .*injected trap/);
    assert.equal((await list()).status, 200);
  });
}

const KINDS = {
  flow_ai: { piece: word, plays: says, kind: 'flow' },
  agent_own: { piece: (delta) => frame('text_delta', { id: 't1', seq: 7, delta }), plays: answers, kind: 'agent' },
};

for (const [target, { piece, plays, kind }] of Object.entries(KINDS)) {
  for (const [cause, provoke] of [['trap', () => lab.trapAt(1)], ['panic', () => lab.panic()]]) {
    test(`another visitor's stream ends at once with execution_error, and may be asked again: ${kind}, ${cause}`, SOON, async () => {
      const [one, other] = [await visitor(target), await visitor(target, '203.0.113.8')];
      const never = gate();
      upstream.play = async (response) => {
        begin(response);
        response.write(piece('Well, '));
        await never.opened;
      };
      const stream = await one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' });
      await stream.until('Well, ');

      await provoke();
      const refused = await other.chat('Hello');
      assert.equal(refused.status, 500);
      await holdTheLine(refused, cause === 'trap' ? /WebAssembly trapped/ : /panicked at .*no timer/s);

      await stream.whole();
      const last = stream.frames.slice(-5);
      assert.deepEqual(last.map(({ type }) => type), ['text_complete', ...NOTICE, 'execution_error']);
      assert.equal(last[3].text, BROKE);
      assert.equal(last[0].id, stream.frames.find(({ type }) => type === 'text_delta').id);
      assert.deepEqual([last[4].kind, last[4].error.code], [kind, 'interrupted']);
      const seqs = stream.frames.map(({ seq }) => seq).slice(-6);
      assert.deepEqual(seqs, seqs.map((_, n) => seqs[0] + n));
      await holdTheLine(stream, /a stream was cut off/);
      never.open();

      assert.deepEqual((await transcript(sql, one.conversation)).map(([id]) => id), ['u1']);
      upstream.play = plays('Well, hello.');
      const again = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
      assert.equal(said(again.frames), 'Well, hello.');
    });
  }
}

test('a stream without a word says in a text block that it was cut off', SOON, async () => {
  const [one, other] = [await visitor('agent_own'), await visitor('agent_own', '203.0.113.8')];
  const never = gate();
  upstream.play = async (response) => {
    begin(response);
    response.write(frame('execution_start', { executionId: 'e1', seq: 1, kind: 'agent' }));
    await never.opened;
  };
  const stream = await one.listen([user('Hello', 'u1')]);
  await stream.until('execution_start');
  await lab.trapAt(1);
  assert.equal((await other.chat('Hello')).status, 500);
  await stream.whole();
  never.open();
  assert.match(said(stream.frames), /could not be completed/);
  assert.deepEqual(stream.frames.map(({ seq }) => seq), [1, 2, 3, 4, 5]);
  assert.equal(stream.frames.at(-1).type, 'execution_error');
});

test('a stream that is lost says so in the words of its token', SOON, async () => {
  const config = { failureMessage: 'Ring us: <b>555</b>', brokenMessage: 'To be\ncontinued' };
  const own = await createToken(api, key, { ...UNLIMITED, agentIds: ['agent_own'], config });
  for (const [text, words] of [['', config.failureMessage], ['Well, ', config.brokenMessage]]) {
    const [one, other] = [new Visitor(worker.origin, own.tokenValue), await visitor('agent_own', '203.0.113.8')];
    await one.init();
    const never = gate();
    upstream.play = async (response) => {
      begin(response);
      response.write(frame('execution_start', { executionId: 'e1', seq: 1, kind: 'agent' }));
      if (text) response.write(frame('text_delta', { id: 't1', seq: 2, delta: text }));
      await never.opened;
    };
    const stream = await one.listen([user('Hello', 'u1')]);
    await stream.until(text || 'execution_start');
    await lab.trapAt(1);
    assert.equal((await other.chat('Hello')).status, 500);
    await stream.whole();
    never.open();
    assert.equal(said(stream.frames), text + words);
  }
});

test('a panic is logged once, with its text and its stack', SOON, async () => {
  const one = await visitor('flow_ai');
  const before = logs.lines.length;
  await lab.panic();
  const refused = await one.chat('Hello');
  assert.equal(refused.status, 500);
  await holdTheLine(refused, /panicked at .*no timer/s);
  // The next answer's line comes behind all that the panic wrote.
  await logs.of(await list());
  const lines = logs.lines.slice(before);
  const texts = lines.filter((line) => line.includes('panicked at') && !line.startsWith('{'));
  assert.equal(texts.length, 1, lines.join('\n'));
  const behind = lines.slice(lines.indexOf(texts[0]) + 1);
  assert.ok(behind.some((line) => line.startsWith('Stack:')), behind.join('\n'));
  assert.ok(behind.some((line) => /^\s+at .*wasm/.test(line)), behind.join('\n'));
});

test('500 at once, named in the log, for a request that waited beside one that trapped', SOON, async () => {
  // The first trip to the database is slow, the second request traps at its own start.
  await lab.trapAt(2, { nth: 1, mode: 'delay', millis: 60_000 });
  const waiting = list();
  const trapped = await list();
  const lost = await waiting;
  assert.deepEqual([lost.status, trapped.status], [500, 500]);
  for (const answer of [lost, trapped]) await holdTheLine(answer, /WebAssembly trapped/);
  assert.equal((await list()).status, 200);
});

test('500 at once for the visitor whose limiter traps, and another visitor\'s stream ends', SOON, async () => {
  const [one, other] = [await visitor('flow_ai'), await visitor('flow_ai', '203.0.113.9')];
  const never = gate();
  upstream.play = async (response) => {
    begin(response);
    response.write(word('Well, '));
    await never.opened;
  };
  const stream = await one.listen([user('Hello', 'u1')]);
  await stream.until('Well, ');
  // A chat looks at the clock once; then its limiter does.
  await lab.trapAt(2);
  const refused = await other.chat('Hello');
  assert.deepEqual((await lab.peek()).statements, ['select', 'create table', 'create table'], 'the limiter trapped before it wrote');
  assert.equal(refused.status, 500);
  await holdTheLine(refused, /WebAssembly trapped/);
  await stream.whole();
  assert.equal(stream.frames.at(-1).type, 'execution_error');
  never.open();
  upstream.play = says('Hello.');
  assert.equal((await other.chat('Hello')).status, 200);
});

test('a limiter that was there before counts on in the new instance', SOON, async () => {
  const limited = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_ai'], rateLimitPerMinute: 3 });
  const one = new Visitor(worker.origin, limited.tokenValue);
  await one.init();
  upstream.play = says('Hello.');
  assert.equal((await one.chat('One')).status, 200);
  await lab.trapAt(1);
  assert.equal((await list()).status, 500);
  const statuses = [];
  for (const text of ['Two', 'Three', 'Four']) statuses.push((await one.chat(text)).status);
  assert.deepEqual(statuses, [200, 200, 429]);
});
