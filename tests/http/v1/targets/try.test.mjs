// POST /v1/targets/:id/try: one message through a target's upstream, for its owner.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { faults } from '#support/contract.mjs';
import { startUpstream } from '#support/upstream.mjs';
import { start } from '#support/worker.mjs';

const SECRET = 'sk-upstream-secret';
const upstream = await startUpstream();
const worker = await start({
  bindings: { UPSTREAM_A: SECRET, UPSTREAM_A_HOSTS: '127.0.0.1', UPSTREAM_TIMEOUT_MS: '500' },
  variants: { strict: { ALLOW_PRIVATE_UPSTREAMS: 'off' } },
});
after(() => worker.stop().finally(upstream.stop));
const { api, sql } = worker;
const { key } = await worker.mintKey();

const TARGETS = {
  flow_echo: { kind: 'echo' },
  flow_ai: { kind: 'openai', baseUrl: upstream.url, model: 'model-1', systemPrompt: 'Be kind.', apiKeySecret: 'UPSTREAM_A' },
  agent_own: { kind: 'events', baseUrl: `${upstream.url}/chat` },
};
for (const [id, fields] of Object.entries(TARGETS)) {
  assert.equal((await api('PUT', `/v1/targets/${id}`, { key, body: { upstream: fields } })).status, 201);
}

const attempt = (id, body = { message: 'How are you?' }, { by = api, as = key } = {}) =>
  by('POST', `/v1/targets/${id}/try`, { key: as, body });
const stream = (response, text) => response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(text);
const chunk = (delta, more = {}) => `data: ${JSON.stringify({ choices: [{ index: 0, delta, ...more }] })}\n\n`;
const frame = (type, more) => `event: ${type}\ndata: ${JSON.stringify({ type, executionId: 'exec_x', seq: 1, ...more })}\n\n`;
const ANSWER = chunk({ content: 'I am ' }) + chunk({ content: 'well.' }) + chunk({}, { finish_reason: 'stop' }) + 'data: [DONE]\n\n';

test('200 with what the echo says', async () => {
  const { status, json } = await attempt('flow_echo');
  assert.equal(status, 200);
  const { milliseconds, ...rest } = json;
  assert.deepEqual(rest, { ok: true, text: 'How are you?', isWhole: true, error: null });
  assert.ok(Number.isInteger(milliseconds));
});

test('200 with what a service says, which is asked with its secret and the one message', async () => {
  upstream.play = (response) => stream(response, ANSWER);
  const { json, text } = await attempt('flow_ai');
  assert.deepEqual([json.ok, json.text, json.isWhole], [true, 'I am well.', true]);
  assert.ok(!text.includes(SECRET));
  const { headers, body } = upstream.last;
  assert.equal(headers.authorization, `Bearer ${SECRET}`);
  assert.deepEqual(body.messages.map(({ role, content }) => [role, content]), [['system', 'Be kind.'], ['user', 'How are you?']]);
  assert.equal(body.tools, undefined);
});

test('200 with what a backend says, up to its end or to where it waits for a page', async () => {
  const text = frame('text_delta', { id: 't', delta: 'Hello' });
  for (const end of [
    frame('execution_complete', { kind: 'agent', success: true }),
    frame('await', { toolName: 'x', toolCallId: 'c', parameters: {}, origin: 'webmcp' }),
  ]) {
    upstream.play = (response) => stream(response, text + end);
    const { json } = await attempt('agent_own');
    assert.deepEqual([json.ok, json.text, json.error], [true, 'Hello', null]);
  }
  assert.equal(upstream.last.path, '/chat');
  assert.deepEqual(upstream.last.body.target, { id: 'agent_own', kind: 'agent' });
});

test('200 that tells how an upstream failed, with what it had said, but not its own words', async () => {
  const cut = frame('text_delta', { id: 't', delta: 'Half' });
  for (const [id, play, code, text] of [
    ['flow_ai', (response) => response.writeHead(401).end(`{"error":{"message":"bad key ${SECRET}"}}`), 'upstream_status', ''],
    ['flow_ai', (response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<b>'), 'upstream_not_a_stream', ''],
    ['flow_ai', (response) => stream(response, chunk({ content: 'Half' })), 'upstream_closed', 'Half'],
    ['flow_ai', (response) => stream(response, `${chunk({ content: 'Half' })}data: {"error":{"message":"secret words"}}\n\n`), 'upstream_error', 'Half'],
    ['flow_ai', () => sleep(2_000), 'upstream_timeout', ''],
    ['agent_own', (response) => stream(response, cut), 'upstream_closed', 'Half'],
    ['agent_own', (response) => stream(response, cut + frame('execution_error', { kind: 'agent', error: { code: 'x', message: 'secret words' } })), 'upstream_error', 'Half'],
  ]) {
    upstream.play = play;
    const { status, json, text: whole } = await attempt(id);
    assert.equal(status, 200);
    assert.deepEqual([json.ok, json.error?.code, json.text, json.isWhole], [false, code, text, false]);
    assert.doesNotMatch(whole, /secret/);
  }
});

test('200 with no more than 16 KiB or so of an endless answer, which is hung up on', async () => {
  upstream.play = async (response, { closed }) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    let isOver = false;
    closed.then(() => (isOver = true));
    while (!isOver) {
      response.write(chunk({ content: 'x'.repeat(1_000) }));
      await sleep(1);
    }
  };
  const { json } = await attempt('flow_ai');
  assert.deepEqual([json.ok, json.isWhole, json.error], [true, false, null]);
  assert.ok(json.text.length >= 16_384);
  await upstream.last.closed;
});

test('200 that the deployment does not let it be asked, which it is not', async () => {
  const before = upstream.asked.length;
  const { json } = await attempt('flow_ai', undefined, { by: worker.variants.strict });
  assert.deepEqual([json.ok, json.error.code], [false, 'upstream_not_allowed']);
  assert.equal(upstream.asked.length, before);
});

test('nothing is stored, and no limit of a visitor is touched', async () => {
  const rows = async () => {
    const tables = (await sql("select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\' and name not like 'sqlite%'")).map(({ name }) => name);
    const counts = await Promise.all(tables.map(async (name) => [name, (await sql(`select count(*) as n from "${name}"`))[0].n]));
    return Object.fromEntries(counts);
  };
  const before = await rows();
  await attempt('flow_echo');
  assert.deepEqual(await rows(), before);
});

test('400 for a body that is none, with every fault', async () => {
  const told = async (body) => {
    const answer = await attempt('flow_echo', body);
    assert.equal(answer.status, 400);
    return faults(answer);
  };
  assert.deepEqual(await told({}), ['message MISSING_REQUIRED_FIELD']);
  assert.deepEqual(await told({ message: '' }), ['message INVALID_FORMAT']);
  assert.deepEqual(await told({ message: 'x'.repeat(4_001) }), ['message TOO_LONG']);
  assert.deepEqual((await told({ message: 1, more: 2 })).sort(), ['message INVALID_TYPE', 'more UNKNOWN_FIELD']);
  assert.equal((await attempt('flow_echo', { message: 'x'.repeat(4_000) })).status, 200);
});

test('403 for a key that may only read targets, and for a test key', async () => {
  const { key: reader } = await worker.mintKey({ permissions: 'TARGETS:READ' });
  const { key: forTests } = await worker.mintKey({ environment: 'test' });
  for (const as of [reader, forTests]) assert.equal((await attempt('flow_echo', undefined, { as })).status, 403);
});

test("404 for a target that is not set up, and for another tenant's", async () => {
  const { key: other } = await worker.mintKey({ tenant: 'other' });
  assert.equal((await attempt('flow_unknown')).status, 404);
  assert.equal((await attempt('flow_echo', undefined, { as: other })).status, 404);
  assert.equal((await attempt('malformed')).status, 400);
});
