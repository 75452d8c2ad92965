// What the log has of a page's request that was refused: the word that the page was told, and of a value that isn't a
// token's present one what is wrong with it (contract sections 9 and 14). The page isn't told that, and the log has
// nothing of what it sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createToken } from '#support/contract.mjs';
import { OPENAI, stage } from '#support/stage.mjs';
import { UNLIMITED, Visitor, send, user } from '#support/page.mjs';

const { worker, upstream, key, token, visitor } = await stage({ targets: { flow_ai: OPENAI }, hasLab: true });
const { api, lab, logs, origin, sql } = worker;
const SAID = 'my very own words';
const ADDRESS = '203.0.113.99';
const make = (settings) => createToken(api, key, { ...UNLIMITED, flowIds: ['flow_ai'], ...settings });
const init = (value, more, options) => new Visitor(origin, value, { ip: ADDRESS, ...options }).init(more);
const chat = (one, options) => one.chat([user(SAID, 'u1')], {}, { ip: ADDRESS, ...options });

/** The line of an answer must have these two and no more of it than every line has. */
async function logged(answer, code, reason) {
  const line = await logs.of(answer);
  assert.deepEqual([line.code, line.reason], [code, reason]);
  const { level, method, route, status, durationMs, d1, tenant, requestId, code: _, reason: __, cause, ...rest } = line;
  assert.deepEqual(rest, {});
  assert.equal(status, answer.status);
  if (answer.status >= 400) assert.equal(answer.json.code, code);
  assert.doesNotMatch(JSON.stringify(answer.json), /malformed|"reason"/);
}

test('a value that is no token\'s present one, with what is wrong with it, at init and feedback', async () => {
  const [old, gone] = [await make(), await make()];
  await api('POST', `/v1/client-tokens/${old.id}/regenerate`, { key });
  await api('DELETE', `/v1/client-tokens/${gone.id}`, { key });
  const value = token.tokenValue;
  const forged = [...value].map((c, n) => (n === 20 ? (c === 'A' ? 'B' : 'A') : c)).join('');
  const one = await visitor();
  for (const [text, reason] of [
    ['x', 'malformed'], [`${value}x`, 'malformed'], [forged, 'forged'],
    [old.tokenValue, 'regenerated'], [gone.tokenValue, 'deleted'],
  ]) {
    await logged(await init(text), 'invalid_token', reason);
    const vote = { token: text, sessionId: one.session, type: 'csat', rating: 5 };
    await logged(await send(origin, '/v1/client/feedback', vote, { ip: ADDRESS }), 'invalid_token', reason);
  }
});

test('every other refusal, without a reason', async () => {
  const { tokenValue: value } = token;
  const evil = { from: 'https://my-name:my-password@evil.example' };
  await logged(await init(value, {}, evil), 'origin_not_allowed');
  await logged(await init(value, { flowId: 'flow_other' }), 'target_not_allowed');
  await logged(await init((await make({ flowIds: ['flow_none'] })).tokenValue), 'no_upstream');
  await logged(await init(undefined), 'invalid_request');
  await logged(await send(origin, '/v1/client/other', {}), 'not_found');
  const limited = await make({ rateLimitPerMinute: 1 });
  const one = new Visitor(origin, limited.tokenValue);
  await one.init();
  upstream.play = (response) => response.writeHead(500).end(SAID);
  await logged(await chat(one), 'upstream_failed');
  await logged(await chat(one), 'rate_limited');
  await logged(await one.resume('exec_1', { c1: SAID }), 'no_such_execution');
  await api('PUT', `/v1/client-tokens/${limited.id}`, { key, body: { isActive: false } });
  await logged(await chat(one), 'inactive');
  await api('POST', `/v1/client-tokens/${limited.id}/regenerate`, { key });
  await logged(await chat(one), 'expired_session');
});

test('a value that has ended, without the user whom it names', async () => {
  const { id } = await make();
  const body = { expiresInSeconds: 60, user: { id: 'user-of-mine' } };
  const { json } = await api('POST', `/v1/client-tokens/${id}/mint`, { key, body });
  await logged(await init(json.token, {}, { from: 'https://evil.example' }), 'origin_not_allowed');
  await lab.advance(61_000);
  await logged(await init(json.token), 'expired_value');
});

test('neither word stands in the line of an answer that went well, nor of the other plane', async () => {
  await logged(await init(token.tokenValue), undefined);
  const refused = await api('GET', '/v1/client-tokens/x', { key });
  assert.equal(refused.status, 400);
  assert.equal((await logs.of(refused)).code, undefined);
});

test('what broke is internal, with its cause', async () => {
  const one = await visitor();
  await sql('alter table client_tokens rename to elsewhere');
  try {
    const answer = await chat(one);
    await logged(answer, 'internal');
    assert.match((await logs.of(answer)).cause, /no such table/);
  } finally {
    await sql('alter table elsewhere rename to client_tokens');
  }
});

test('no line has a word of what was sent', () => {
  const all = logs.lines.join('\n');
  for (const text of [SAID, ADDRESS, 'my-name', 'my-password', 'user-of-mine', token.tokenValue]) {
    assert.ok(!all.includes(text), text);
  }
});
