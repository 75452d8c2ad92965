// A database that fails at every call of an init, a feedback and a resumption in turn.
// Each of them must end in a clear answer, and work when it is tried again.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken } from '#support/contract.mjs';
import { chatCounts, holdTogether, transcript } from '#support/ledger.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { DONE, begin, chunk, says, startUpstream, word } from '#support/upstream.mjs';
import { until } from '#support/until.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
const upstream = await startUpstream();
after(() => worker.stop().finally(upstream.stop));
const { api, lab, logs, sql } = worker;
const { key } = await worker.mintKey();
await api('PUT', '/v1/targets/flow_ai', { key, body: { upstream: { kind: 'openai', baseUrl: upstream.url, model: 'model-1' } } });

const MODES = [{ mode: 'before', times: 1 }, { mode: 'before', times: 99 }, { mode: 'after', times: 1 }, { mode: 'after', times: 99 }];
const TOOL = { name: 'add', description: '', parametersSchema: {}, origin: 'webmcp' };

async function visitor() {
  const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_ai'] });
  const one = Object.assign(new Visitor(worker.origin, token.tokenValue), { id: token.id });
  one.conversation = (await one.init()).json.conversationId;
  await until(async () => (await sql('select last_used_at from client_tokens where id = ?1', token.id))[0].last_used_at);
  return one;
}

/** A visitor whose execution waits for the page. */
async function paused() {
  const one = await visitor();
  upstream.play = (response) => {
    begin(response);
    const call = { index: 0, id: 'c1', function: { name: 'add', arguments: '{}' } };
    response.end(word('Wait.') + chunk({ delta: { tool_calls: [call] }, finish_reason: 'tool_calls' }) + DONE);
  };
  const { frames } = await one.chat([user('Hello', 'u1')], { assistantMessageId: 'a1', clientTools: [TOOL] });
  assert.equal(frames.at(-1).type, 'await');
  upstream.play = says('Done');
  return Object.assign(one, { execution: frames[0].executionId });
}

/** A clear 500 with its cause in the log only. */
async function breaks(answer) {
  assert.deepEqual([answer.status, answer.json.error], [500, 'Internal server error']);
  assert.doesNotMatch(answer.text, /inject|fault/);
  assert.match((await logs.of(answer)).cause, /injected fault/);
}

test('500 for an init whose one trip fails, and 200 for the next', async () => {
  for (const { mode } of MODES) {
    const one = await visitor();
    await lab.fault({ match: 'd1: select', mode });
    await breaks(await one.init({ sessionId: one.session }));
    assert.equal((await one.init({ sessionId: one.session })).json.conversationId, one.conversation);
  }
});

test('200 for an init whose note of the last use is lost: the log says so', async () => {
  const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_ai'] });
  await lab.fault({ match: 'd1: update client_tokens', mode: 'before' });
  const before = logs.lines.length;
  assert.equal((await new Visitor(worker.origin, token.tokenValue).init()).status, 200);
  await until(() => logs.lines.slice(before).some((line) => /last use of a token not recorded/.test(line)));
});

test('500 for a feedback at every call, and one row when it is sent again', async () => {
  const probe = await visitor();
  await lab.calls();
  await probe.feedback({ type: 'nps', rating: 5 });
  const count = (await lab.calls()).length;
  assert.equal(count, 3);
  for (let nth = 1; nth <= count; nth += 1) {
    for (const { mode, times } of MODES) {
      const one = await visitor();
      await lab.fault({ nth, mode, times });
      await breaks(await one.feedback({ type: 'csat', rating: 2 }));
      await lab.calls();
      assert.ok([200, 201].includes((await one.feedback({ type: 'csat', rating: 4 })).status));
      const { json } = await api('GET', `/v1/client-tokens/${one.id}/feedback`, { key });
      assert.deepEqual(json.feedback.map(({ type, rating }) => [type, rating]), [['csat', 4]]);
    }
  }
});

test('a resumption that breaks at any call can be sent again, and the answer is whole and stored once', async () => {
  const probe = await paused();
  await lab.calls();
  await probe.resume(probe.execution, { c1: 1 });
  const count = (await lab.calls()).length;
  assert.ok(count >= 3 && count <= 4, `${count} calls`);
  for (let nth = 1; nth <= count; nth += 1) {
    for (const { mode, times } of MODES) {
      const one = await paused();
      await lab.fault({ nth, mode, times });
      const answer = await one.resume(one.execution, { c1: 1 });
      await lab.calls();
      const rows = await transcript(sql, one.conversation);
      if (answer.status !== 200) await breaks(answer);
      else if (answer.frames.at(-1).type === 'execution_complete') assert.equal(rows[1][3], 'complete');
      else assert.equal(answer.frames.at(-1).type, 'execution_error');

      let again = await one.resume(one.execution, { c1: 1 });
      if (again.status === 404 && rows[1][3] !== 'complete') {
        // The claim took effect, and the database was gone before it could be given back: it is void by itself.
        assert.ok(times > 1, `call ${nth}, ${mode} ${times}`);
        await lab.advance(15 * 60_000);
        again = await one.resume(one.execution, { c1: 1 });
      }
      const isOver = rows[1][3] === 'complete';
      assert.equal(again.status, isOver ? 404 : 200, `call ${nth}, ${mode} ${times}`);
      assert.deepEqual((await transcript(sql, one.conversation)).slice(1), [['a1', 'assistant', 'Wait.\n\nDone', 'complete', 'u1']]);
      assert.deepEqual(await chatCounts(sql, one.conversation), [1]);
    }
  }
});

test('a pause that can\'t be stored ends in execution_error, not in an await that nobody could answer', async () => {
  const one = await visitor();
  await lab.calls();
  upstream.play = (response) => {
    begin(response);
    const call = { index: 0, id: 'c1', function: { name: 'add', arguments: '{}' } };
    response.end(word('Wait.') + chunk({ delta: { tool_calls: [call] }, finish_reason: 'tool_calls' }) + DONE);
  };
  await lab.fault({ nth: 4, mode: 'before', times: 99 });
  const { frames } = await one.chat([user('Hello', 'u1')], { clientTools: [TOOL] });
  await lab.calls();
  assert.equal(frames.at(-1).type, 'execution_error');
  assert.ok(!frames.some(({ type }) => type === 'await'));
  upstream.play = says('Done');
  assert.equal((await one.chat([user('Hello', 'u1')])).frames.at(-1).type, 'execution_complete');
});

test('what was stored holds together', () => holdTogether(sql));
