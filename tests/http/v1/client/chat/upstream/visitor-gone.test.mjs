// Visitors who go away in the middle of an answer (contract section 6.2).
// The words that were heard are kept, and the upstream is hung up on.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { chatCounts, holdTogether, transcript } from '#support/ledger.mjs';
import { user } from '#support/page.mjs';
import { EVENTS, OPENAI, stage } from '#support/stage.mjs';
import { said } from '#support/stream.mjs';
import { answers, begin, frame, gate, says, word } from '#support/upstream.mjs';
import { until } from '#support/until.mjs';

const { worker, upstream, visitor, answer } = await stage({ targets: { flow_ai: OPENAI, flow_own: EVENTS } });
const { sql } = worker;

const KINDS = {
  flow_ai: { piece: word, plays: says },
  flow_own: { piece: (delta) => frame('text_delta', { id: 't1', seq: 1, delta }), plays: answers },
};
const SLOW = { timeout: 30_000 };


/** A play that goes on talking for seconds, unless it is hung up on: then it opens `hungUp`. */
const talks = (piece, hungUp) => async (response) => {
  begin(response);
  response.on('close', () => response.writableFinished || hungUp.open());
  for (let n = 0; n < 400 && !response.destroyed; n += 1) {
    response.write(piece(`word${n} `));
    await sleep(25);
  }
  response.end();
};

for (const [kind, { piece, plays }] of Object.entries(KINDS)) {
  test(`what was said is kept as partial, and the upstream is hung up on: ${kind}`, SLOW, async () => {
    const one = await visitor(kind);
    const hungUp = gate();
    upstream.play = talks(piece, hungUp);
    const stream = await one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' });
    await stream.until('word2 ');
    stream.leave();
    await hungUp.opened;
    const [id, , content, status, replyTo] = await until(() => answer(one));
    assert.deepEqual([id, status, replyTo], ['a1', 'partial', 'u1']);
    assert.match(content, /^word0 word1 word2 /);
  });

  test(`the next chat works, and its upstream isn't told of the half answer when the question is asked again: ${kind}`, SLOW, async () => {
    const one = await visitor(kind);
    const hungUp = gate();
    upstream.play = talks(piece, hungUp);
    const stream = await one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' });
    await stream.until('word0 ');
    stream.leave();
    await hungUp.opened;
    await until(() => answer(one));
    upstream.play = plays('Whole');
    const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a2' });
    assert.equal(said(frames), 'Whole');
    assert.deepEqual(upstream.last.body.messages.map(({ content }) => content), ['Hello']);
    await one.chat([user('Hello', 'u1'), user('Next', 'u2')], { assistantMessageId: 'a3' });
    assert.deepEqual(await chatCounts(sql, one.conversation), [3]);
  });

  test(`the question is kept when the visitor leaves before the first word: ${kind}`, SLOW, async () => {
    const one = await visitor(kind);
    const [asked, left] = [gate(), gate()];
    upstream.play = async (response, question) => {
      asked.open();
      await left.opened;
      await plays('Too late')(response, question);
    };
    const leaving = new AbortController();
    const listening = one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' }, { signal: leaving.signal });
    await asked.opened;
    leaving.abort();
    await assert.rejects(listening, { name: 'AbortError' });
    left.open();
    assert.deepEqual((await transcript(sql, one.conversation))[0], ['u1', 'user', 'Hello', 'complete', null]);
    upstream.play = plays('Here');
    const { status } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a2' });
    assert.equal(status, 200);
  });
}

/** What an upstream does after its first words, unless it is hung up on. */
const IDLE = {
  'says nothing more': () => {},
  'only sends comments': (response) => {
    const pinging = setInterval(() => response.write(': ping\n\n'), 30);
    response.on('close', () => clearInterval(pinging));
  },
};

for (const [kind, { piece }] of Object.entries(KINDS)) {
  for (const [what, idle] of Object.entries(IDLE)) {
    test(`an upstream that ${what} is hung up on when the visitor leaves: ${kind}`, SLOW, async () => {
      const one = await visitor(kind);
      upstream.play = (response) => {
        begin(response);
        response.write(piece('So far'));
        idle(response);
      };
      const stream = await one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' });
      await stream.until('So far');
      stream.leave();
      await upstream.last.closed;
      assert.deepEqual((await until(() => answer(one))).slice(2, 4), ['So far', 'partial']);
    });

    for (const words of ['', piece('So far')]) {
      test(`an upstream that ${what} is hung up on when the connection breaks ${words ? 'after' : 'before'} the first word: ${kind}`, SLOW, async () => {
        const one = await visitor(kind);
        const asked = gate();
        upstream.play = (response) => {
          begin(response);
          response.write(words);
          idle(response);
          asked.open();
        };
        const breaking = new AbortController();
        const listening = one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' }, { reset: breaking.signal });
        listening.catch(() => {});
        await asked.opened;
        if (words) await (await listening).until('So far');
        breaking.abort();
        await upstream.last.closed;
        const stored = words ? await until(() => answer(one)) : await answer(one);
        assert.equal(stored?.[2], words ? 'So far' : undefined);
      });
    }
  }
}

test('ten visitors who leave at once leave ten partial answers', SLOW, async () => {
  upstream.play = talks(word, gate());
  const visitors = await Promise.all(Array.from({ length: 10 }, () => visitor('flow_ai')));
  await Promise.all(visitors.map(async (one) => {
    const stream = await one.listen([user('Hello', 'u1')], { assistantMessageId: 'a1' });
    await stream.until('word1 ');
    stream.leave();
  }));
  for (const one of visitors) assert.equal((await until(() => answer(one)))[3], 'partial');
});

test('what was stored holds together', () => holdTogether(sql));
