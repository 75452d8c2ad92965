// A backend of one's own, which speaks the event stream itself (contract section 10).
// It is here because its frames must reach the page untouched, and be stored all the same.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { createToken } from './support/contract.mjs';
import { chatCounts, holdTogether, transcript } from './support/ledger.mjs';
import { UNLIMITED, Visitor, user } from './support/page.mjs';
import { frames as read } from './support/stream.mjs';
import { begin, frame, gate, startUpstream } from './support/upstream.mjs';
import { start } from './support/worker.mjs';

const bindings = { UPSTREAM_BACKEND: 'the-key-of-the-backend', UPSTREAM_BACKEND_HOSTS: '127.0.0.1' };
const worker = await start({ bindings });
const upstream = await startUpstream();
after(() => worker.stop().finally(upstream.stop));
const { api, sql } = worker;
const { key } = await worker.mintKey();
const backend = { kind: 'events', baseUrl: `${upstream.url}/hooks/chat`, apiKeySecret: 'UPSTREAM_BACKEND' };
for (const id of ['flow_own', 'agent_own']) await api('PUT', `/v1/targets/${id}`, { key, body: { upstream: backend } });
const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_own'], agentIds: ['agent_own'] });

async function visitor(flowId = 'flow_own') {
  const one = new Visitor(worker.origin, token.tokenValue);
  one.conversation = (await one.init({ flowId })).json.conversationId;
  return one;
}
const SLOW = { timeout: 20_000 };
const ask = (one, more) => one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1', ...more });
const answer = async (one) => (await transcript(sql, one.conversation)).find(([, role]) => role === 'assistant');
/** A play of these bytes. */
const plays = (...pieces) => async (response) => {
  begin(response);
  for (const piece of pieces) {
    response.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end();
};
const COMPLETE = frame('execution_complete', { executionId: 'e1', seq: 9, kind: 'flow', success: true });
const insert = (message) => frame('transcript_insert', { executionId: 'e1', seq: 2, message });
const delta = (text, more) => frame('text_delta', { executionId: 'e1', seq: 2, id: 't1', delta: text, ...more });

test('200 after a POST to the base URL with everything it may need, and nothing of the credential', async () => {
  const one = await visitor('agent_own');
  upstream.play = plays(delta('Fine'), COMPLETE);
  const { status } = await ask(one, { inputs: { a: 1 }, context: { b: 2 }, metadata: { c: 3 }, clientTools: [{ name: 'add' }] });
  assert.equal(status, 200);
  const { method, path, headers, body } = upstream.last;
  assert.deepEqual([method, path], ['POST', '/hooks/chat']);
  assert.equal(headers.authorization, 'Bearer the-key-of-the-backend');
  assert.deepEqual(Object.keys(body), [
    'target', 'conversationId', 'executionId', 'assistantMessageId', 'messages', 'inputs', 'context', 'metadata', 'clientTools',
  ]);
  const { executionId, clientTools, ...rest } = body;
  assert.match(executionId, /^exec_/);
  assert.equal(headers['x-request-id'], executionId);
  assert.equal(clientTools[0].name, 'add');
  assert.deepEqual(rest, {
    target: { id: 'agent_own', kind: 'agent' }, conversationId: one.conversation, assistantMessageId: 'a1',
    messages: [{ id: 'u1', role: 'user', content: 'Hello' }], inputs: { a: 1 }, context: { b: 2 }, metadata: { c: 3 },
  });
  const everything = JSON.stringify([headers, body]);
  for (const secret of [one.token, one.session]) assert.ok(!everything.includes(secret));
});

test('200 with an id for the answer though the page gave none: the one it is stored under', async () => {
  const one = await visitor();
  upstream.play = plays(delta('Fine'), COMPLETE);
  await one.chat('Hello');
  const { assistantMessageId, inputs, context, metadata, clientTools } = upstream.last.body;
  assert.equal((await answer(one))[0], assistantMessageId);
  assert.deepEqual([inputs, context, metadata, clientTools], [{}, {}, {}, []]);
});

test('200 byte for byte, whatever the backend says and however it is cut', async () => {
  const stream = [
    ': a comment\n\n', 'event: execution_start\ndata: {"type" : "execution_start",  "executionId":"mine","seq":7}\n\n',
    'id: 5\nevent: custom\ndata: {"type":"custom","x":1e3,"é":"\\u00e9"}\n\n', 'retry: 10\n\n',
    'event: text_delta\ndata: {"type":"text_delta","id":"t","delta":"Gr"}\n\n',
    'data: {"type":"text_delta","id":"t","delta":"üße 👋"}\n\n', 'event: text_delta\ndata: not json\n\n',
    'event: execution_complete\ndata: {"type":"execution_complete","success":true}\n\n', ': bye\n\n',
  ].join('');
  for (const size of [stream.length, 7, 1]) {
    const one = await visitor();
    const bytes = Buffer.from(stream);
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
    upstream.play = plays(...pieces);
    const heard = await ask(one);
    assert.equal(heard.text, stream, `in pieces of ${size}`);
    assert.deepEqual(await answer(one), ['a1', 'assistant', 'Grüße 👋', 'complete', 'u1']);
  }
});

test('200 with each frame as it is sent, long before the backend is done', SLOW, async () => {
  const one = await visitor();
  const heard = gate();
  upstream.play = async (response) => {
    begin(response);
    response.write(delta('First '));
    await heard.opened;
    response.end(delta('second') + COMPLETE);
  };
  const stream = await one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  await stream.until('First ');
  heard.open();
  await stream.whole();
  assert.equal((await answer(one))[2], 'First second');
});

test('200 and the whole text stored, from whichever frames carry it', async () => {
  const start = frame('text_start', { id: 't1' });
  const cases = [
    [[start, delta('So '), delta('far'), frame('text_complete', { id: 't1', text: 'So far' })], 'So far'],
    [[start, frame('text_complete', { id: 't1', text: 'At once' })], 'At once'],
    [[frame('step_complete', { id: 's1', stepType: 'prompt', success: true, result: { response: 'Result' } })], 'Result'],
    [[delta('One'), delta('Two', { id: 't2' })], 'One\n\nTwo'],
    [[insert({ id: 'm1', role: 'assistant', content: 'Put in' })], 'Put in'],
    [[insert({ id: 'm1', content: 'Put', streaming: true }), insert({ id: 'm1', content: 'Put in' }), delta('Said')], 'Put in\n\nSaid'],
    [[insert({ id: 'm1', role: 'user', content: 'Not his words' }), delta('Said')], 'Said'],
  ];
  for (const [frames, text] of cases) {
    const one = await visitor();
    upstream.play = plays(...frames, COMPLETE);
    await ask(one);
    assert.deepEqual(await answer(one), ['a1', 'assistant', text, 'complete', 'u1']);
  }
});

test('200 with nothing stored for an answer without text, which may run again', async () => {
  for (const silence of [[], [insert({ id: 'm1', rawContent: '{"component":"Card"}' })]]) {
    const one = await visitor();
    upstream.play = plays(...silence, COMPLETE);
    const { frames } = await ask(one);
    assert.equal(frames.at(-1).type, 'execution_complete');
    assert.equal(await answer(one), undefined);
    upstream.play = plays(delta('Now'), COMPLETE);
    await ask(one);
    assert.deepEqual(await answer(one), ['a1', 'assistant', 'Now', 'complete', 'u1']);
  }
});

test('200 with LF for a backend that ends its lines with CRLF or CR', async () => {
  const stream = `: hello\n\n${delta('Grüße')}${COMPLETE}`;
  for (const end of ['\r\n', '\r']) {
    const one = await visitor();
    const bytes = Buffer.from(stream.replaceAll('\n', end));
    upstream.play = plays(bytes.subarray(0, 10), bytes.subarray(10, 11), bytes.subarray(11));
    assert.equal((await ask(one)).text, stream);
    assert.equal((await answer(one))[2], 'Grüße');
  }
});

test('200 with the end held back until the answer is stored', async () => {
  const one = await visitor();
  upstream.play = plays(delta('Fine'), COMPLETE);
  const stream = await one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  await stream.until('execution_complete');
  assert.equal((await answer(one))[3], 'complete', 'stored before the page hears of the end');
  await stream.whole();
});

test('200 that ends with execution_complete, though the backend keeps its connection open', SLOW, async () => {
  const one = await visitor();
  upstream.play = (response) => {
    begin(response);
    response.write(delta('Fine') + COMPLETE);
  };
  const { text } = await ask(one);
  assert.equal(text, delta('Fine') + COMPLETE);
  assert.equal((await answer(one))[3], 'complete');
  await upstream.last.closed;
});

test('200 that ends with execution_complete, though the backend goes on with comments for ever', SLOW, async () => {
  const one = await visitor();
  upstream.play = (response) => {
    begin(response);
    response.write(delta('Fine') + COMPLETE);
    const pinging = setInterval(() => response.write(': ping\n\n'), 50);
    response.on('close', () => clearInterval(pinging));
  };
  const { text } = await ask(one);
  assert.ok(text.startsWith(delta('Fine') + COMPLETE), text);
  assert.equal((await answer(one))[3], 'complete');
  await upstream.last.closed;
});

test('execution_error is appended for a backend that stops early, after its open text is closed, and what was said is partial', async () => {
  const endings = [(response) => response.end(), (response) => response.destroy(), (response) => response.end('event: text_de')];
  for (const end of endings) {
    const one = await visitor();
    const heard = gate();
    upstream.play = async (response) => {
      begin(response);
      response.write(frame('execution_start', { executionId: 'e1', seq: 1, kind: 'flow' }) + delta('So far'));
      await heard.opened;
      end(response);
    };
    const stream = await one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' });
    await stream.until('So far');
    heard.open();
    await stream.whole();
    const [, sealed, failed] = /data: (.+)\n\nevent: execution_error\ndata: (.+)\n\n$/.exec(stream.text);
    const { type, id, text } = JSON.parse(sealed);
    assert.deepEqual([type, id, text], ['text_complete', 't1', 'So far']);
    const last = JSON.parse(failed);
    assert.deepEqual([last.type, last.seq, last.kind, last.error.code], ['execution_error', 4, 'flow', 'upstream_closed']);
    assert.deepEqual(await answer(one), ['a1', 'assistant', 'So far', 'partial', 'u1']);
  }
});

test('execution_error of the backend is passed on as it is, and what was said is partial', async () => {
  const failure = frame('execution_error', { executionId: 'e1', seq: 3, kind: 'flow', error: { code: 'mine', message: 'My own words' } });
  const one = await visitor();
  upstream.play = plays(delta('So far'), failure);
  const { text, frames } = await ask(one);
  assert.equal(text, delta('So far') + failure);
  assert.equal(frames.length, 2, 'one error is enough');
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'So far', 'partial', 'u1']);
  upstream.play = plays(delta('Whole'), COMPLETE);
  await ask(one, { assistantMessageId: 'a2' });
  assert.deepEqual(upstream.last.body.messages.map(({ id }) => id), ['u1']);
});

test('no execution_error is appended after a failed step or an approval: what was said is partial', async () => {
  const told = [
    frame('step_complete', { executionId: 'e1', seq: 3, id: 's1', stepType: 'prompt', success: false, error: 'No' }),
    frame('approval_start', { executionId: 'e1', seq: 3, approvalId: 'ap1', toolName: 'pay' }),
  ];
  for (const last of told) {
    const one = await visitor();
    upstream.play = plays(delta('So far'), last);
    assert.equal((await ask(one)).text, delta('So far') + last);
    assert.deepEqual(await answer(one), ['a1', 'assistant', 'So far', 'partial', 'u1']);
    assert.equal((await one.resume('e1', {})).status, 404);
  }
});

test('a backend that fails without a word gets a text before its error, which isn\'t stored', async () => {
  const start = frame('execution_start', { executionId: 'e1', seq: 1, kind: 'flow' });
  const failure = frame('execution_error', { executionId: 'e1', seq: 2, kind: 'flow', error: { code: 'mine', message: 'No' } });
  for (const stream of [start, start + failure, start + frame('execution_complete', { executionId: 'e1', seq: 2, success: false })]) {
    const one = await visitor();
    upstream.play = plays(stream);
    const { frames } = await ask(one);
    assert.deepEqual(frames.slice(0, 4).map(({ type }) => type), ['execution_start', 'text_start', 'text_delta', 'text_complete']);
    assert.equal(frames[3].text, 'The answer could not be completed. Please try again.');
    assert.match(frames[4].type, /^execution_(error|complete)$/);
    assert.equal(frames.length, 5);
    assert.equal(await answer(one), undefined);
  }
});

test('execution_error for a frame of more than 1 MiB, after what is open is closed, and the backend is hung up on', SLOW, async () => {
  const one = await visitor();
  upstream.play = async (response) => {
    begin(response);
    response.write(delta('So far'));
    response.write('data: ');
    for (let n = 0; n < 1_600 && !response.destroyed; n += 1) {
      if (!response.write('x'.repeat(64 * 1024))) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
  };
  const { frames } = await ask(one);
  assert.deepEqual(frames.map(({ type }) => type), ['text_delta', 'text_complete', 'execution_error']);
  assert.equal(frames[2].error.code, 'answer_too_long');
  await upstream.last.closed;
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'So far', 'partial', 'u1']);
});

test('200 for a frame of just under 1 MiB, untouched', async () => {
  const large = frame('custom', { x: 'x'.repeat(1024 * 1024 - 100) });
  const one = await visitor();
  upstream.play = plays(large, delta('Fine'), COMPLETE);
  assert.equal((await ask(one)).text, large + delta('Fine') + COMPLETE);
});

test('200 for three hundred thousand blocks inside tools, which hold nobody up', { timeout: 60_000 }, async () => {
  const one = await visitor();
  upstream.play = async (response) => {
    begin(response);
    for (let n = 0; n < 300; n += 1) {
      const blocks = Array.from({ length: 1_000 }, (_, m) => `data: {"type":"text_start","id":"${n}-${m}","parentToolCallId":"c"}\n\n`
        + `data: {"type":"text_complete","id":"${n}-${m}"}\n\n`);
      if (!response.write(blocks.join(''))) await once(response, 'drain');
    }
    response.end(delta('Fine') + COMPLETE);
  };
  const stream = await one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  await stream.whole();
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Fine', 'complete', 'u1']);
});

test('execution_error for more blocks open inside tools than anybody has', SLOW, async () => {
  const one = await visitor();
  upstream.play = async (response) => {
    begin(response);
    response.write(delta('So far'));
    for (let n = 0; n < 300 && !response.destroyed; n += 1) {
      const blocks = Array.from({ length: 1_000 }, (_, m) => `data: {"type":"text_start","id":"${n}-${m}","parentToolCallId":"c"}\n\n`);
      if (!response.write(blocks.join(''))) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    response.end(COMPLETE);
  };
  const stream = await one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  await stream.whole();
  assert.match(stream.text, /event: execution_error\ndata: .*"code":"answer_too_long"/);
  assert.equal((await answer(one))[3], 'partial');
});

test('a completion without success is a failure: partial, and asked again', async () => {
  const one = await visitor();
  upstream.play = plays(delta('So far'), frame('execution_complete', { executionId: 'e1', seq: 3, success: false }));
  await ask(one);
  assert.equal((await answer(one))[3], 'partial');
});

// Pauses.

const AWAIT = frame('await', { executionId: 'backend-1', seq: 3, toolName: 'add', toolCallId: 'c1', parameters: { a: 1 }, origin: 'webmcp' });

/** A visitor whose backend waits for the tool `add`. */
async function paused() {
  const one = await visitor();
  upstream.play = plays(delta('Let me see.'), AWAIT);
  const { text } = await ask(one, { clientTools: [{ name: 'add' }] });
  assert.equal(text, delta('Let me see.') + AWAIT);
  assert.equal((await answer(one))[3], 'partial');
  return one;
}

test('200 for a resumption: the backend gets the results at /resume, the page its frames, the answer grows', async () => {
  const one = await paused();
  const rest = delta('Two.', { id: 't2' }) + COMPLETE;
  upstream.play = plays(rest);
  const { status, text } = await one.resume('backend-1', { c1: { sum: 2 } });
  assert.equal(status, 200);
  assert.equal(text, rest);
  const { path, headers, body } = upstream.last;
  assert.equal(path, '/hooks/chat/resume');
  assert.equal(headers.authorization, 'Bearer the-key-of-the-backend');
  const { clientTools, ...told } = body;
  assert.equal(clientTools[0].name, 'add');
  assert.deepEqual(told, {
    target: { id: 'flow_own', kind: 'flow' }, conversationId: one.conversation, executionId: 'backend-1',
    assistantMessageId: 'a1', toolOutputs: { c1: { sum: 2 } },
  });
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.\n\nTwo.', 'complete', 'u1']);
  assert.deepEqual(await chatCounts(sql, one.conversation), [1], 'a resumption is no message');
});

test('404 for a second resumption, for one in another session and for another execution', async () => {
  const one = await paused();
  const stranger = await visitor();
  assert.equal((await stranger.resume('backend-1', {})).status, 404);
  assert.equal((await one.resume('backend-2', {})).status, 404);
  upstream.play = plays(delta('Two.'), COMPLETE);
  assert.equal((await one.resume('backend-1', { c1: 2 })).status, 200);
  const asked = upstream.asked.length;
  const again = await one.resume('backend-1', { c1: 2 });
  assert.equal(again.status, 404);
  assert.equal(again.json.error, 'No such paused execution');
  assert.equal(upstream.asked.length, asked);
});

test('200 for a pause after a pause, under the backend\'s own ids', async () => {
  const one = await paused();
  upstream.play = plays(AWAIT.replace('backend-1', 'backend-2').replace('c1', 'c2'));
  await one.resume('backend-1', { c1: 2 });
  assert.equal((await one.resume('backend-1', {})).status, 404);
  upstream.play = plays(delta('Done.', { id: 't2' }), COMPLETE);
  assert.equal((await one.resume('backend-2', { c2: 3 })).status, 200);
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.\n\nDone.', 'complete', 'u1']);
});

test('502 for a resumption that fails at once, which may be tried again', async () => {
  const one = await paused();
  upstream.play = (response) => response.writeHead(503).end();
  assert.equal((await one.resume('backend-1', { c1: 2 })).status, 502);
  upstream.play = plays(delta('Two.'), COMPLETE);
  assert.equal((await one.resume('backend-1', { c1: 2 })).status, 200);
  assert.equal((await answer(one))[3], 'complete');
});

test('200 for another message instead of a resumption', async () => {
  const one = await paused();
  upstream.play = plays(delta('Never mind.'), COMPLETE);
  const { status } = await one.chat([user('Hello', 'u1'), user('Forget it', 'u2')], { assistantMessageId: 'a2' });
  assert.equal(status, 200);
  assert.equal(read((await one.chat([user('Forget it', 'u2')])).text).at(-1).type, 'execution_complete');
});

test('what was stored holds together', () => holdTogether(sql));
