// A question with the id of another one that was answered (contract section 6.2): the old answer would be none to it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createToken } from '#support/contract.mjs';
import { chatCounts } from '#support/ledger.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { said } from '#support/stream.mjs';
import { answers } from '#support/upstream.mjs';
import { api, assistant, key, sql, stored, upstream, visitor, worker } from './set-up.mjs';

const PICTURE = { type: 'image', image: 'data:image/png;base64,iVBORw0KGgo=' };
const text = (said) => ({ type: 'text', text: said });

/** A visitor whose first question was answered. */
async function answered(content, more = {}) {
  const one = await visitor();
  upstream.play = answers('Answer');
  const first = { ...user(content, 'u1'), ...more };
  assert.equal((await one.chat([first], { assistantMessageId: 'a1' })).status, 200);
  return one;
}

test('409 for another question under the id of an answered one, which counts and stores nothing', async () => {
  const one = await answered('What does it cost?');
  const asked = upstream.asked.length;
  for (const page of [
    [user('Where are you?', 'u1')],
    [user('What does it cost?', 'u1'), assistant('Answer', 'a1'), user('Where are you?', 'u1')],
    [user([text('Where are you?'), PICTURE], 'u1')],
    [user([PICTURE], 'u1')],
  ]) {
    const { status, json } = await one.chat(page, { assistantMessageId: 'a2' });
    assert.equal(status, 409);
    const { details, ...told } = json;
    assert.deepEqual(told, { error: 'This message could not be sent. Please write it again.', code: 'message_id_reused' });
    assert.equal(details[0].path, `messages.${page.length - 1}.id`);
  }
  assert.equal(upstream.asked.length, asked);
  assert.deepEqual(await chatCounts(sql, one.conversation), [1]);
  assert.equal((await stored(one)).length, 2);
  upstream.play = answers('In Bern');
  const again = await one.chat([user('What does it cost?', 'u1'), user('Where are you?', 'u2')], { assistantMessageId: 'a2' });
  assert.equal(said(again.frames), 'In Bern');
});

test('409 counts nothing: as many as like, and 200 for the question that the limit has room for', async () => {
  const limited = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_mine'], rateLimitPerMinute: 2 });
  const one = new Visitor(worker.origin, limited.tokenValue);
  await one.init();
  upstream.play = answers('Answer');
  assert.equal((await one.chat([user('Hello', 'u1')])).status, 200);
  for (let n = 0; n < 5; n += 1) assert.equal((await one.chat([user('Another', 'u1')])).status, 409);
  assert.equal((await one.chat([user('Hello', 'u1')])).status, 200);
  for (const said of ['Hello', 'Another']) assert.equal((await one.chat([user(said, 'u1')])).status, 429);
});

test('200 with the stored answer for the same question, however the page keeps it', async () => {
  const cases = [
    ['Hello', [' Hello\n', [text('Hello')], [text('Hello'), PICTURE]]],
    [[text('What is this?'), PICTURE], ['What is this?', [text('What is this?')], [PICTURE, text('What is this?')]]],
    ['Half \ud83d', ['Half \ud83d', 'Half \ufffd']],
    [[PICTURE], [[PICTURE, PICTURE]]],
  ];
  for (const [first, later] of cases) {
    const one = await answered(first);
    const asked = upstream.asked.length;
    for (const content of later) {
      const { status, frames } = await one.chat([user(content, 'u1')]);
      assert.deepEqual([status, status === 200 && said(frames)], [200, 'Answer'], JSON.stringify([first, content]));
    }
    assert.equal(upstream.asked.length, asked);
  }
  const one = await answered('Tell me about article 7', { displayContent: 'This one?' });
  assert.equal((await one.chat([user('This one?', 'u1')])).status, 200);
  assert.equal((await one.chat([user('That one?', 'u1')])).status, 409);
});

test('200 with the stored question where no answer of it is complete', async () => {
  const one = await visitor();
  upstream.play = () => ({ status: 500, body: '{}' });
  assert.equal((await one.chat([user('First try', 'u1')])).status, 502);
  upstream.play = answers('Answer');
  assert.equal((await one.chat([user('Second try', 'u1')])).status, 200);
  assert.deepEqual((await stored(one)).map(([, , content]) => content), ['First try', 'Answer']);
});
