// What a token's visitors read of an answer that failed, in the token's own words: `config.failureMessage` before its
// first word, `config.brokenMessage` behind words (contract section 7).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transcript } from '#support/ledger.mjs';
import { EVENTS, OPENAI, stage } from '#support/stage.mjs';
import { user } from '#support/page.mjs';
import { BROKE, said } from '#support/stream.mjs';
import { begin, chunk, frame, says, speaks, word } from '#support/upstream.mjs';

const FAILED = 'Ring us: <b>555</b>';
const BROKEN = '**To be continued**\nby us';
const OWN = { failureMessage: FAILED, brokenMessage: BROKEN };
const { worker, upstream, key, token, visitor } = await stage({
  targets: { flow_ai: OPENAI, agent_ai: OPENAI, flow_own: EVENTS }, settings: { config: OWN }, hasLab: true,
});
const { api, lab, sql } = worker;
const TARGETS = ['flow_ai', 'agent_ai', 'flow_own'];

const configure = async (config) => assert.equal((await api('PUT', `/v1/client-tokens/${token.id}`, { key, body: { config } })).status, 200);
const ASKED = [user('Hello', 'u1')];
const delta = (text) => frame('text_delta', { executionId: 'e1', seq: 2, id: 't1', delta: text });

/** A play that breaks off after this text, in the language of the question; without text after a thought. */
const breaks = (text) => (response, { body: { model, executionId } }) => {
  begin(response);
  const thought = model ? chunk({ delta: { reasoning: 'Hm' } }) : frame('execution_start', { executionId, seq: 1, kind: 'flow' });
  const piece = model ? word : delta;
  response.end(thought + (text ? piece(text) : ''));
};

/** The bubbles of an answer as the widget files them: the first block under the answer's id, others under their own, too. */
function bubbles(id, frames) {
  const blocks = new Map();
  for (const { type, id: block, delta } of frames) {
    if (type === 'text_delta') blocks.set(block, (blocks.get(block) ?? '') + delta);
  }
  return [...blocks].map(([block, content], n) => ({ id: n === 0 ? id : `${id}_${block}`, role: 'assistant', content }));
}

/** What the upstream was told last, all of it. */
const told = () => JSON.stringify(upstream.last.body);
const isSilentOf = (words) => assert.ok(!told().includes(JSON.stringify(words).slice(1, -1)), told());

for (const target of TARGETS) {
  test(`an answer that fails says so in the token's words, which are neither stored nor told: ${target}`, async () => {
    for (const [text, words] of [['', FAILED], ['So far', BROKEN]]) {
      const one = await visitor(target);
      upstream.play = breaks(text);
      const { frames } = await one.chat(ASKED, { assistantMessageId: 'a1' });
      assert.equal(said(frames), text + words);
      assert.equal(frames.filter(({ type }) => type === 'text_complete').at(-1).text, words, 'told as it stands');
      assert.equal(frames.at(-1).type, 'execution_error');
      const kept = (await transcript(sql, one.conversation)).slice(1);
      assert.deepEqual(kept.map(([, , content]) => content), text ? [text] : []);

      upstream.play = speaks('Fine');
      const again = [...ASKED, ...bubbles('a1', frames), user('Next', 'u2')];
      assert.equal(said((await one.chat(again, { assistantMessageId: 'a2' })).frames), 'Fine');
      isSilentOf(words);
      assert.equal(told().includes('So far'), text !== '', 'what was said is heard');
    }
  });

  test(`an answer that can't be stored says so in the token's words: ${target}`, async () => {
    const one = await visitor(target);
    upstream.play = speaks('Fine');
    // The fourth call stores the answer.
    await lab.fault({ nth: 4, mode: 'before', times: 99 });
    const { frames } = await one.chat(ASKED, { assistantMessageId: 'a1' });
    await lab.calls();
    assert.equal(frames.at(-1).error?.code, 'not_stored', JSON.stringify(frames.at(-1)));
    assert.equal(said(frames), `Fine${BROKEN}`);
  });

  test(`words that the token had a moment ago aren't told either: ${target}`, async () => {
    const one = await visitor(target);
    upstream.play = breaks('So far');
    const { frames } = await one.chat(ASKED, { assistantMessageId: 'a1' });
    await configure({});
    const shown = bubbles('a1', frames);
    assert.equal(shown.length, 2);
    for (const list of [[...ASKED, ...shown], shown]) {
      upstream.play = breaks('So far');
      const next = await one.chat([...list, user('Next', `u${list.length}`)], { assistantMessageId: `b${list.length}` });
      assert.equal(said(next.frames), `So far${BROKE}`, 'from the next answer on it has the service\'s words');
      isSilentOf(BROKEN);
    }
    await configure(OWN);
  });
}

test('a leg that fails after a pause says so in the token\'s words', async () => {
  const call = { index: 0, id: 'c1', type: 'function', function: { name: 'add', arguments: '{}' } };
  const asks = (response) => {
    begin(response);
    response.end(word('Let me see.') + chunk({ delta: { tool_calls: [call] } }) + chunk({ delta: {}, finish_reason: 'tool_calls' }));
  };
  const awaits = (response, { body: { executionId } }) => {
    begin(response);
    response.end(frame('await', { executionId, seq: 1, toolName: 'add', toolCallId: 'c1', parameters: {}, origin: 'webmcp' }));
  };
  for (const [target, pauses] of [['agent_ai', asks], ['flow_own', awaits]]) {
    for (const [text, words] of [['', FAILED], ['So far', BROKEN]]) {
      const one = await visitor(target);
      upstream.play = pauses;
      const { frames } = await one.chat(ASKED, { assistantMessageId: 'a1', clientTools: [{ name: 'add', origin: 'webmcp' }] });
      upstream.play = breaks(text);
      const leg = await one.resume(frames.at(-1).executionId, { c1: 1 });
      assert.equal(said(leg.frames), text + words, target);
    }
  }
});

test('an execution with too many legs says so in the token\'s words', async () => {
  const one = await visitor('flow_own');
  const awaits = (response, { body: { executionId } }) => {
    begin(response);
    response.end(frame('await', { executionId, seq: 1, toolName: 'add', toolCallId: 'c1', parameters: {}, origin: 'webmcp' }));
  };
  upstream.play = awaits;
  let { frames } = await one.chat(ASKED);
  const { executionId } = frames.at(-1);
  for (let leg = 2; leg <= 17; leg += 1) ({ frames } = await one.resume(executionId, { c1: 1 }));
  assert.equal(frames.at(-1).error.code, 'too_many_legs');
  assert.equal(said(frames), FAILED);
});

test('a config from before the rule says what it has of words, and can be mended', async () => {
  await sql('update client_tokens set config = ?1 where id = ?2', JSON.stringify({ failureMessage: 7, brokenMessage: 'x'.repeat(501) }), token.id);
  const one = await visitor('flow_ai');
  upstream.play = breaks('So far');
  assert.equal(said((await one.chat(ASKED)).frames), `So far${BROKE}`);
  await configure(OWN);
  upstream.play = says('Fine');
});
