// Resumptions that come twice, too late, from somebody else or after a failure (contract section 6.4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createToken } from '#support/contract.mjs';
import { holdTogether } from '#support/ledger.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { said } from '#support/stream.mjs';
import { says } from '#support/upstream.mjs';
import { ADD, ASK, TOOLS, answer, api, calls, key, lab, paused, sql, upstream, visitor, worker } from './set-up.mjs';

test('404 for the same resumption again, and for what never paused', async () => {
  const one = await paused(ADD);
  upstream.play = says('Done');
  await one.resume(one.execution, { c1: 1 });
  const asked = upstream.asked.length;
  for (const id of [one.execution, 'exec_x', `${one.execution}x`]) {
    const { status, json } = await one.resume(id, { c1: 1 });
    assert.deepEqual([status, json.error], [404, 'No such paused execution']);
  }
  assert.equal(upstream.asked.length, asked);
});

test('404 in another conversation, 200 in a later session of the same one, with the tools of the earlier', async () => {
  const one = await paused(ADD);
  assert.equal((await (await visitor()).resume(one.execution, { c1: 1 })).status, 404);
  await lab.advance(31 * 60_000);
  assert.equal((await one.resume(one.execution, { c1: 1 })).status, 401, 'the session is over');
  await one.init({ sessionId: one.session });
  upstream.play = says('Done');
  const { status, frames } = await one.resume(one.execution, { c1: 1 }, { clientToolsFingerprint: 'f1' });
  assert.deepEqual([status, said(frames)], [200, 'Done']);
  assert.equal(upstream.last.body.tools.length, 2);
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.\n\nDone', 'complete', 'u1']);
});

test('200 for one and 404 for the others of twenty resumptions at once, of which the model hears one', async () => {
  const one = await paused(ADD);
  upstream.play = says('Done');
  const asked = upstream.asked.length;
  const answers = await Promise.all(Array.from({ length: 20 }, () => one.resume(one.execution, { c1: 1 })));
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, ...Array(19).fill(404)]);
  assert.equal(upstream.asked.length, asked + 1);
  assert.deepEqual(await answer(one), ['a1', 'assistant', 'Let me see.\n\nDone', 'complete', 'u1']);
  assert.equal((await one.resume(one.execution, { c1: 1 })).status, 404);
});

test('502 for a model that fails in a resumption, which may be tried again with nothing sent anew', async () => {
  const one = await paused(ADD);
  upstream.play = (response) => response.writeHead(500).end();
  assert.equal((await one.resume(one.execution, { c1: 'kept' })).status, 502);
  upstream.play = says('Done');
  const { frames } = await one.resume(one.execution, {});
  assert.equal(said(frames), 'Done');
  assert.equal(upstream.last.body.messages.at(-1).content, 'kept');
});

test('200 once for two resumptions at once that bring one result each', async () => {
  const one = await paused(ADD, ASK);
  upstream.play = says('Done');
  const asked = upstream.asked.length;
  const outputs = [{ c1: 'one' }, { c2: 'two' }];
  const answers = await Promise.all(outputs.map((output) => one.resume(one.execution, output)));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
  assert.equal(answers.map(({ frames }) => said(frames)).join(''), 'Done');
  assert.equal(upstream.asked.length, asked + 1);
  assert.deepEqual(upstream.last.body.messages.slice(-2).map(({ content }) => content), ['one', 'two']);
});

test('429 for a resumption beyond the limit, which may be tried again with nothing lost', async () => {
  const limited = await createToken(api, key, { ...UNLIMITED, agentIds: ['agent_ai'], rateLimitPerMinute: 2, maxMessagesPerSession: 1 });
  const one = new Visitor(worker.origin, limited.tokenValue);
  await one.init();
  upstream.play = calls('Let me see.', ADD);
  const { frames } = await one.chat([user('Buy x', 'u1')], { clientTools: TOOLS });
  const execution = frames[0].executionId;
  const asked = upstream.asked.length;
  assert.equal((await one.resume(execution, { other: 1 })).status, 200, 'the second admitted request');
  for (let n = 0; n < 20; n += 1) {
    const refused = await one.resume(execution, { c1: 1 });
    assert.equal(refused.status, 429);
    assert.ok(refused.json.hint && refused.headers['retry-after']);
    assert.equal(refused.cost.trips, 1);
  }
  const unknown = { clientToolsFingerprint: 'unknown' };
  assert.equal((await one.resume(execution, { c1: 1 }, unknown)).status, 429, 'whatever else is wrong');
  assert.equal(upstream.asked.length, asked);
  await lab.advance(61_000);
  assert.equal((await one.resume(execution, { c1: 1 }, unknown)).status, 409);
  upstream.play = says('Done');
  const { status, headers, cost, frames: last } = await one.resume(execution, { c1: 1 });
  assert.deepEqual([status, said(last), cost.trips], [200, 'Done', 2]);
  assert.ok(headers.ratelimit && headers['ratelimit-policy']);
});

test('execution_error for the seventeenth leg of an execution', async () => {
  const one = await paused(ADD);
  upstream.play = calls('', ADD);
  for (let leg = 2; leg <= 16; leg += 1) {
    const { status, frames } = await one.resume(one.execution, { 'shop.add': leg });
    assert.deepEqual([status, frames.at(-1).type], [200, 'await'], `leg ${leg}`);
  }
  const asked = upstream.asked.length;
  const { status, frames } = await one.resume(one.execution, { 'shop.add': 17 });
  assert.equal(status, 200);
  assert.deepEqual([frames.at(-1).type, frames.at(-1).error.code], ['execution_error', 'too_many_legs']);
  assert.equal(upstream.asked.length, asked);
  assert.equal((await one.resume(one.execution, { 'shop.add': 18 })).status, 404);
});

test('what was stored holds together', () => holdTogether(sql));
