// A backend of one's own that fails, stops early or says too much (contract sections 7 and 10).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { holdTogether } from '#support/ledger.mjs';
import { user } from '#support/page.mjs';
import { begin, frame, gate } from '#support/upstream.mjs';
import { BROKE, NOTICE } from '#support/stream.mjs';
import { COMPLETE, SLOW, answer, ask, delta, plays, sql, upstream, visitor } from './backend.mjs';

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
    const [sealed, ...notice] = stream.frames.slice(-5);
    assert.deepEqual([sealed.type, sealed.id, sealed.text], ['text_complete', 't1', 'So far']);
    const last = notice.pop();
    assert.deepEqual(notice.map(({ type }) => type), NOTICE);
    assert.equal(notice[2].text, BROKE);
    assert.deepEqual([last.type, last.seq, last.kind, last.error.code], ['execution_error', 7, 'flow', 'upstream_closed']);
    assert.deepEqual(await answer(one), ['a1', 'assistant', 'So far', 'partial', 'u1']);
  }
});

test('execution_error of the backend is passed on as it is behind what the visitor is told, and what was said is partial', async () => {
  const failure = frame('execution_error', { executionId: 'e1', seq: 3, kind: 'flow', error: { code: 'mine', message: 'My own words' } });
  const one = await visitor();
  upstream.play = plays(delta('So far'), failure);
  const { text, frames } = await ask(one);
  assert.ok(text.startsWith(delta('So far')) && text.endsWith(failure), text);
  assert.deepEqual(frames.map(({ type }) => type), ['text_delta', 'text_complete', ...NOTICE, 'execution_error']);
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
    const { text, frames } = await ask(one);
    const isFailed = last === told[0];
    assert.ok(text.startsWith(delta('So far') + last), text);
    const behind = isFailed ? ['text_complete', ...NOTICE] : [];
    assert.deepEqual(frames.slice(2).map(({ type }) => type), behind);
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
  assert.deepEqual(frames.map(({ type }) => type), ['text_delta', 'text_complete', ...NOTICE, 'execution_error']);
  assert.equal(frames.at(-1).error.code, 'answer_too_long');
  await upstream.last.closed;
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'So far', 'partial', 'u1']);
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

test('what was stored holds together', () => holdTogether(sql));
