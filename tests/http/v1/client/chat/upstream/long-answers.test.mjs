// Upstreams that are slow, go on for too long or say too much (contract sections 6.2, 10 and 12).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { holdTogether, transcript } from '#support/ledger.mjs';
import { user } from '#support/page.mjs';
import { said } from '#support/stream.mjs';
import { DONE, STOP, begin, chunk, frame, gate, word } from '#support/upstream.mjs';
import { SLOW, lab, recovers, sql, upstream, visitor, worker } from './set-up.mjs';

const KINDS = ['flow_ai', 'flow_own'];

test('200 for an upstream that is slow but never silent for too long', SLOW, async () => {
  const one = await visitor('flow_ai', worker.origins.hasty);
  upstream.play = async (response) => {
    begin(response);
    for (let n = 0; n < 24; n += 1) {
      response.write(n % 2 ? word(`${n} `) : ': still here\n\n');
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    response.end(STOP + DONE);
  };
  const { frames } = await one.chat('Hello');
  assert.equal(frames.at(-1).type, 'execution_complete');
});

/** What an upstream of this kind says for a word. */
const PIECES = { flow_ai: word, flow_own: (delta) => frame('text_delta', { executionId: 'e1', seq: 1, id: 't', delta }) };

for (const kind of KINDS) {
  test(`execution_error for an upstream that only sends comments, which is hung up on: ${kind}`, SLOW, async () => {
    const one = await visitor(kind, worker.origins.hasty);
    upstream.play = (response) => {
      begin(response);
      response.write(PIECES[kind]('So far'));
      const pinging = setInterval(() => response.write(': ping\n\n'), 50);
      response.on('close', () => clearInterval(pinging));
    };
    const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
    assert.deepEqual([frames.at(-1).type, frames.at(-1).error.code], ['execution_error', 'upstream_timeout']);
    await upstream.last.closed;
    assert.deepEqual((await transcript(sql, one.conversation))[1], ['a1', 'assistant', 'So far', 'partial', 'u1']);
    await recovers(one);
  });

  test(`execution_error for an answer that takes more than ten minutes: ${kind}`, SLOW, async () => {
    const one = await visitor(kind);
    const [late, later] = [gate(), gate()];
    upstream.play = async (response) => {
      begin(response);
      response.write(PIECES[kind]('1 '));
      await late.opened;
      response.write(PIECES[kind]('2 '));
      await later.opened;
      for (let n = 3; n < 1_000 && !response.destroyed; n += 1) {
        response.write(PIECES[kind](`${n} `));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const stream = await one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' });
    await stream.until('1 ');
    await lab.advance(9.5 * 60_000);
    late.open();
    await stream.until('2 ');
    await lab.advance(60_000);
    later.open();
    const { frames } = await stream.whole();
    assert.deepEqual([frames.at(-1).type, frames.at(-1).error.code], ['execution_error', 'upstream_timeout']);
    await upstream.last.closed;
  });

  test(`200 for an answer of more than 1 MiB: the page hears all of it, 1 MiB is kept, marked partial: ${kind}`, SLOW, async () => {
    const one = await visitor(kind);
    const [piece, count] = ['x'.repeat(64 * 1024), 24];
    upstream.play = async (response) => {
      begin(response);
      for (let n = 0; n < count; n += 1) if (!response.write(PIECES[kind](piece))) await once(response, 'drain');
      response.end(kind === 'flow_ai' ? STOP + DONE : frame('execution_complete', { executionId: 'e1', seq: 9, success: true }));
    };
    const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
    assert.equal(frames.at(-1).type, 'execution_complete');
    assert.equal(said(frames).length, count * piece.length);
    const [, [, , content, status]] = await transcript(sql, one.conversation);
    assert.deepEqual([content.length, status], [1024 * 1024, 'partial']);
    await recovers(one);
  });
}

test('200 for any amount of reasoning, which isn\'t kept', SLOW, async () => {
  const one = await visitor();
  const thought = chunk({ delta: { reasoning: 'x'.repeat(64 * 1024) } });
  upstream.play = async (response) => {
    begin(response);
    for (let n = 0; n < 24; n += 1) if (!response.write(thought)) await once(response, 'drain');
    response.end(word('Fine') + STOP + DONE);
  };
  const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1' });
  assert.equal(frames.at(-1).type, 'execution_complete');
  assert.deepEqual((await transcript(sql, one.conversation))[1], ['a1', 'assistant', 'Fine', 'complete', 'u1']);
});

test('what was stored holds together', () => holdTogether(sql));
