// DELETE /v1/client-tokens/:id/conversations/:conversationId (contract section 3.11).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNKNOWN_TOKEN, createToken } from '#support/contract.mjs';
import { holdTogether, transcript } from '#support/ledger.mjs';
import { UNLIMITED } from '#support/page.mjs';
import { EVENTS, OPENAI, stage } from '#support/stage.mjs';
import { DONE, begin, chunk, gate, says, word } from '#support/upstream.mjs';
import { until } from '#support/until.mjs';

const { worker, upstream, key, token, visitor } = await stage({
  targets: { flow_ai: OPENAI, flow_own: EVENTS }, settings: UNLIMITED, hasLab: true,
});
const { api, lab, logs, sql } = worker;
upstream.play = says('A secret ', 'answer');

const CONVERSATIONS = `/v1/client-tokens/${token.id}/conversations`;
const remove = (one, as = key) => api('DELETE', `${CONVERSATIONS}/${one.conversation}`, { key: as });
const TABLES = ['messages', 'sessions', 'executions', 'feedback'];

/** Everything that the database has, as text. */
async function dump() {
  const tables = await sql("select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\' and name not like 'sqlite%'");
  const rows = await Promise.all(tables.map(({ name }) => sql(`select * from ${name}`)));
  return JSON.stringify(rows);
}

test('200, and it is gone at once: from lists, by its id, from the count, with its words and its feedback', async () => {
  const [one, other] = [await visitor('flow_ai'), await visitor('flow_ai')];
  await one.chat('Keep this to yourself: 4711', { assistantMessageId: 'a1' });
  await other.chat('Something else');
  await one.feedback({ type: 'downvote', messageId: 'a1', comment: 'Never tell 4712' });
  const { status, json, d1 } = await remove(one);
  assert.deepEqual([status, json.success, d1.trips], [200, true, 1]);
  const { conversations } = (await api('GET', CONVERSATIONS, { key })).json;
  assert.deepEqual(conversations.map(({ id }) => id), [other.conversation]);
  assert.equal((await api('GET', `${CONVERSATIONS}/${one.conversation}`, { key })).status, 404);
  assert.equal((await api('GET', `/v1/client-tokens/${token.id}`, { key })).json.clientToken.conversationCount, 1);
  assert.deepEqual((await api('GET', `/v1/client-tokens/${token.id}/feedback`, { key })).json.feedback, []);
  assert.doesNotMatch(await dump(), /471[12]|A secret answer.*A secret answer/);
  assert.equal((await transcript(sql, other.conversation)).length, 2);
  assert.equal((await remove(one)).json.error, 'Conversation not found');
});

test('200 with one entry in the audit log, by whom, without a word', async () => {
  const one = await visitor('flow_ai');
  await one.chat('Keep this to yourself');
  const { headers } = await remove(one);
  const { auditLog } = (await api('GET', `/v1/audit-log?objectId=${one.conversation}`, { key })).json;
  const [{ action, objectKind, before, after, requestId }] = auditLog;
  assert.deepEqual([auditLog.length, action, objectKind, after], [1, 'conversation.delete', 'conversation', null]);
  assert.equal(requestId, headers['x-request-id']);
  assert.deepEqual([before.clientTokenId, before.flowId, before.messageCount], [token.id, 'flow_ai', 2]);
  assert.deepEqual(Object.keys(before), ['clientTokenId', 'flowId', 'createdAt', 'messageCount']);
});

test('410 for what its visitor says afterwards, and a new conversation for whoever opens its session', async () => {
  const one = await visitor('flow_ai');
  await one.chat('Hello');
  await remove(one);
  for (const answer of [await one.chat('Hello again'), await one.resume('exec_1', {}), await one.feedback({ type: 'csat', rating: 1 })]) {
    assert.deepEqual([answer.status, answer.json.error], [410, 'conversation_deleted']);
  }
  const { conversationId } = (await one.init({ sessionId: one.session })).json;
  assert.notEqual(conversationId, one.conversation);
  assert.equal((await one.chat('Hello anew')).status, 200);
  assert.equal((await transcript(sql, conversationId)).length, 2);
  assert.deepEqual(await transcript(sql, one.conversation), []);
});

test('an answer that was under way ends with an error and isn\'t stored', async () => {
  for (const flow of ['flow_ai', 'flow_own']) {
    const one = await visitor(flow);
    const { opened, open } = gate();
    upstream.play = async (response, { body: { executionId } }) => {
      begin(response);
      const own = (type, fields) => `event: ${type}\ndata: ${JSON.stringify({ type, executionId, ...fields })}\n\n`;
      response.write(flow === 'flow_ai' ? word('First ') : own('text_delta', { id: 't1', delta: 'First ' }));
      await opened;
      response.end(flow === 'flow_ai' ? word('last') + DONE : own('execution_complete', { kind: 'flow', success: true }));
    };
    const answer = await one.listen('Hello');
    await answer.until('First');
    assert.equal((await remove(one)).status, 200);
    open();
    const last = (await answer.whole()).frames.at(-1);
    assert.deepEqual([last.type, last.error?.code], ['execution_error', 'conversation_deleted'], flow);
    for (const table of TABLES) {
      assert.deepEqual(await sql(`select * from ${table} where conversation_id = ?1`, one.conversation), [], table);
    }
  }
  upstream.play = says('A secret ', 'answer');
  assert.ok(!logs.entries().some(({ cause }) => /conversation_deleted/.test(cause)), 'it is no fault of ours');
});

test('410 for a chat that was let in before and would be stored after', async () => {
  const one = await visitor('flow_ai');
  await one.chat('Hello', { assistantMessageId: 'a1' });
  const asked = upstream.asked.length;
  const slow = () => lab.fault({ match: 'insert into conversations', mode: 'delay', millis: 2_000 });
  await slow();
  const chatting = one.chat('Hello again');
  await until(async () => (await slow()).calls.some((call) => call.includes('insert into conversations')));
  assert.equal((await remove(one)).status, 200);
  const { status, json } = await chatting;
  assert.deepEqual([status, json.error, upstream.asked.length], [410, 'conversation_deleted', asked]);
  assert.deepEqual(await sql('select * from sessions where conversation_id = ?1', one.conversation), []);
});

test('200 for one that waits for its page, which isn\'t resumed', async () => {
  const one = await visitor('flow_ai');
  upstream.play = (response) => {
    begin(response);
    const call = { index: 0, id: 'call_1', function: { name: 'look', arguments: '{}' } };
    response.end(chunk({ delta: { tool_calls: [call] } }) + chunk({ delta: {}, finish_reason: 'tool_calls' }) + DONE);
  };
  const tools = [{ name: 'look', description: 'Looks', parametersSchema: { type: 'object' }, origin: 'webmcp' }];
  const { frames } = await one.chat('Look', { clientTools: tools });
  const { executionId } = frames.at(-1);
  upstream.play = says('A secret ', 'answer');
  assert.equal((await sql('select count(*) as n from executions where conversation_id = ?1', one.conversation))[0].n, 1);
  assert.equal((await remove(one)).status, 200);
  assert.equal((await one.resume(executionId, { call_1: {} })).status, 410);
  assert.deepEqual(await sql('select * from executions where conversation_id = ?1', one.conversation), []);
});

test('of ten at once one is 200 and nine are 404', async () => {
  const one = await visitor('flow_ai');
  await one.chat('Hello');
  const statuses = (await Promise.all(Array.from({ length: 10 }, () => remove(one)))).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), [200, ...Array(9).fill(404)]);
  assert.equal((await api('GET', `/v1/audit-log?objectId=${one.conversation}`, { key })).json.auditLog.length, 1);
});

test('200 for a full conversation, with one trip', async () => {
  const one = await visitor('flow_ai');
  await one.chat('Hello');
  await sql(
    `with recursive numbers (n) as (select 3 union all select n + 1 from numbers where n < 2000)
insert into messages (conversation_id, id, position, role, content, created_at)
select ?1, 'm' || n, n, 'user', json_quote(printf('%.*c', 10000, 'x')), 1 from numbers`,
    one.conversation,
  );
  const { status, d1 } = await remove(one);
  assert.deepEqual([status, d1.trips], [200, 1]);
});

test('400, 403, 404: malformed, not allowed, not one\'s own', async () => {
  const one = await visitor('flow_ai');
  await one.chat('Hello');
  const other = await createToken(api, key);
  const errorOf = async (path, as = key) => {
    const { status, json } = await api('DELETE', path, { key: as });
    return [status, json.error];
  };
  const path = (id, conversation = one.conversation) => `/v1/client-tokens/${id}/conversations/${conversation}`;
  assert.deepEqual(await errorOf(path(token.id, 'conv_1')), [400, 'Invalid conversation ID']);
  assert.deepEqual(await errorOf(`${path(token.id)}?cascade=true`), [400, 'Invalid query parameters']);
  assert.deepEqual(await errorOf(path(other.id)), [404, 'Conversation not found']);
  assert.deepEqual(await errorOf(path(UNKNOWN_TOKEN)), [404, 'Client token not found']);
  const { key: writer } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:READ,CLIENT_TOKENS:WRITE' });
  assert.deepEqual(await errorOf(path(token.id), writer), [403, 'Insufficient permissions']);
  for (const wish of [{ tenant: 'stranger' }, { environment: 'test' }]) {
    const stranger = await worker.mintKey(wish);
    assert.deepEqual(await errorOf(path(token.id), stranger.key), [404, 'Client token not found']);
  }
  assert.equal((await transcript(sql, one.conversation)).length, 2);
});

test('what was stored holds together', () => holdTogether(sql));
