// A backend of one's own, which speaks the event stream itself (contract section 10): its frames reach the page
// untouched, and are stored all the same.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { holdTogether } from '#support/ledger.mjs';
import { user } from '#support/page.mjs';
import { said } from '#support/stream.mjs';
import { begin, frame, gate } from '#support/upstream.mjs';
import { COMPLETE, SLOW, answer, ask, delta, plays, sql, upstream, visitor } from './backend.mjs';

const insert = (message) => frame('transcript_insert', { executionId: 'e1', seq: 2, message });

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
    messages: [{ id: 'u1', role: 'user', content: 'Hello' }], inputs: { a: 1 },
    context: { b: 2, unverified: { metadata: { c: 3 } } }, metadata: {},
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

test('200 in the next turn with a message that was put in, under whatever id the page shows it', async () => {
  const put = (content, more) => insert({ id: 'm1', role: 'assistant', content, ...more });
  const bubble = (id, content) => ({ id, role: 'assistant', content });
  for (const [frames, shown, heard] of [
    [[put('Put in')], [bubble('m1', 'Put in')], 'Put in'],
    [[delta('Said'), put('Put in')], [bubble('a1', 'Said'), bubble('m1', 'Put in')], 'Said\n\nPut in'],
    [[put('Put'), put('Put in')], [bubble('m1', 'Put in')], 'Put in'],
    [[put('Put in'), delta('Said')], [bubble('m1', 'Put in'), bubble('a1', 'Said')], 'Put in\n\nSaid'],
    [[put('Put in')], [bubble('a1', ''), bubble('m1', 'Put in')], 'Put in'],
    [[put('Put in')], [bubble('m1', 'Put in'), bubble('a1', '')], 'Put in'],
  ]) {
    const one = await visitor();
    upstream.play = plays(...frames, COMPLETE);
    await ask(one);
    upstream.play = plays(delta('Fine'), COMPLETE);
    const { status } = await one.chat([user('Hello', 'u1'), ...shown, user('Next', 'u2')], { assistantMessageId: 'a2' });
    assert.equal(status, 200);
    const { messages, context } = upstream.last.body;
    const theirs = messages.filter(({ role }) => role === 'assistant').map(({ content }) => content);
    assert.deepEqual([theirs.join('\n\n'), context], [heard, {}], JSON.stringify(shown));
  }
});

test('200 with the stored answer again where a message was put in before its text', async () => {
  const one = await visitor();
  upstream.play = plays(insert({ id: 'm1', role: 'assistant', content: 'Put in' }), delta('Said'), COMPLETE);
  await ask(one);
  const asked = upstream.asked.length;
  const shown = [['m1', 'Put in'], ['a1', 'Said']].map(([id, content]) => ({ id, role: 'assistant', content }));
  const { frames } = await one.chat([user('Hello', 'u1'), ...shown], { assistantMessageId: 'a2' });
  assert.equal(said(frames), 'Put in\n\nSaid');
  assert.equal(upstream.asked.length, asked, 'the page has put in nothing since');
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

test('what was stored holds together', () => holdTogether(sql));
