// What a call, its results and a pause may be (contract sections 6.4 and 12).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faults } from '#support/contract.mjs';
import { holdTogether } from '#support/ledger.mjs';
import { user } from '#support/page.mjs';
import { said, types } from '#support/stream.mjs';
import { says } from '#support/upstream.mjs';
import { ADD, ASK, TOOLS, answer, calls, paused, sql, upstream, visitor } from './set-up.mjs';

test('200 for results as deep as a body may be, and for the resumption after them', async () => {
  const one = await paused(ADD, ASK);
  const deep = `${'['.repeat(124)}1${']'.repeat(124)}`;
  const body = (outputs) => `{"sessionId":"${one.session}","executionId":"${one.execution}","toolOutputs":${outputs}}`;
  assert.equal((await one.ask('resume', body(`{"c1":${deep}}`))).status, 200);
  upstream.play = says('Done');
  const { status, frames } = await one.ask('resume', body('{"c2":"two"}'));
  assert.deepEqual([status, said(frames)], [200, 'Done']);
  assert.equal(upstream.last.body.messages.at(-2).content, deep);
});

test('413 for results over 256 KiB and for more than 1 MiB to remember, and nothing of them is kept', async () => {
  const one = await paused(ADD);
  const output = (bytes) => ({ 'shop.add': 'x'.repeat(bytes - '{"shop.add":""}'.length) });
  const tooLarge = await one.resume(one.execution, output(256 * 1024 + 1));
  assert.equal(tooLarge.status, 413);
  for (let n = 0; n < 3; n += 1) {
    upstream.play = calls('', ADD);
    assert.equal((await one.resume(one.execution, output(256 * 1024))).status, 200);
  }
  const asked = upstream.asked.length;
  assert.equal((await one.resume(one.execution, output(256 * 1024))).status, 413);
  assert.equal(upstream.asked.length, asked);
  upstream.play = says('Done');
  assert.equal((await one.resume(one.execution, { 'shop.add': 'small' })).status, 200);
});

test('execution_error for a call of a tool that the page doesn\'t have, 502 if it is the first word', async () => {
  const UNKNOWN = { id: 'c9', function: { name: 'rm_rf', arguments: '{}' } };
  const one = await visitor();
  upstream.play = calls('Let me see.', UNKNOWN);
  const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1', clientTools: TOOLS });
  assert.deepEqual([frames.at(-1).type, frames.at(-1).error.code], ['execution_error', 'unknown_tool']);
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.', 'partial', 'u1']);
  assert.equal((await one.resume(frames[0].executionId, {})).status, 404);
  upstream.play = calls('', UNKNOWN);
  assert.equal((await (await visitor()).chat('Hello')).status, 502);
});

test('execution_error for a pause that is too large to be kept: what was said is partial', async () => {
  const one = await visitor();
  const text = 'x'.repeat(1_000_000);
  upstream.play = calls(text, ADD);
  const more = { assistantMessageId: 'a1', clientTools: TOOLS, inputs: { page: 'x'.repeat(60_000) } };
  const { frames } = await one.chat([user('Hello', 'u1')], more);
  assert.deepEqual([frames.at(-1).type, frames.at(-1).error.code], ['execution_error', 'pause_too_large']);
  assert.ok(!types(frames).includes('await'));
  assert.deepEqual(await answer(one), ['a1', 'assistant', text, 'partial', 'u1']);
  assert.equal((await one.resume(frames[0].executionId, { c1: 1 })).status, 404);
});

test('execution_error for arguments that aren\'t an object', async () => {
  for (const json of ['{"id":', '[1]', '"x"', `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`]) {
    const one = await visitor();
    upstream.play = calls('Let me see.', { id: 'c1', function: { name: 'shop_add', arguments: json } });
    const { frames } = await one.chat('Hello', { clientTools: TOOLS });
    assert.deepEqual([frames.at(-1).type, frames.at(-1).error.code], ['execution_error', 'invalid_tool_call']);
  }
});

test('400 with every fault of a resumption, 200 with more than is known', async () => {
  const one = await paused(ADD);
  const bad = await one.ask('resume', { toolOutputs: [], clientTools: 7 });
  assert.equal(bad.status, 400);
  assert.deepEqual(faults(bad), [
    'sessionId MISSING_REQUIRED_FIELD', 'executionId MISSING_REQUIRED_FIELD', 'toolOutputs INVALID_TYPE', 'clientTools INVALID_TYPE',
  ]);
  upstream.play = says('Done');
  assert.equal((await one.resume(one.execution, { c1: 1 }, { streamResponse: true, assistantMessageId: 'a1', visitor: 1 })).status, 200);
});

test('what was stored holds together', () => holdTogether(sql));
