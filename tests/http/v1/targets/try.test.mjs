// POST /v1/targets/:id/try: one message through a target's upstream, for its owner.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { faults } from '#support/contract.mjs';
import { startUpstream } from '#support/upstream.mjs';
import { start } from '#support/worker.mjs';

const SECRET = 'sk-upstream-secret';
const upstream = await startUpstream();
const worker = await start({
  bindings: { UPSTREAM_A: SECRET, UPSTREAM_A_HOSTS: '127.0.0.1', UPSTREAM_UNSET_HOSTS: '127.0.0.1', UPSTREAM_TIMEOUT_MS: '500' },
  variants: { strict: { ALLOW_PRIVATE_UPSTREAMS: 'off' } },
});
after(() => worker.stop().finally(upstream.stop));
const { api, sql } = worker;
const { key } = await worker.mintKey();

const TARGETS = {
  flow_echo: { kind: 'echo' },
  flow_ai: { kind: 'openai', baseUrl: upstream.url, model: 'model-1', systemPrompt: 'Be kind.', apiKeySecret: 'UPSTREAM_A' },
  flow_unset: { kind: 'openai', baseUrl: upstream.url, model: 'model-1', apiKeySecret: 'UPSTREAM_UNSET' },
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
const ANSWER = chunk({ content: 'I am ' }) + chunk({ content: 'well.' }) + chunk({}, { finish_reason: 'stop' })
  + 'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}\n\ndata: [DONE]\n\n';

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
  assert.deepEqual(json.sent, {
    url: `${upstream.url}/chat/completions`, headers: ['content-type', 'accept', 'x-request-id', 'authorization'], body,
  });
  assert.deepEqual([json.usage, json.remembered], [{ tokensIn: 7, tokensOut: 2 }, undefined]);
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

test('200 that tells how an upstream failed, with what it had said and its own words, but no secret', async () => {
  const cut = frame('text_delta', { id: 't', delta: 'Half' });
  const half = chunk({ content: 'Half' });
  const html = (response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<b>${SECRET}</b>`);
  const refused = (status, words) => (response) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(words);
  for (const [id, play, code, text, status, answer] of [
    ['flow_ai', refused(401, `{"error":{"message":"bad key ${SECRET}"}}`), 'upstream_status', '', 401, '{"error":{"message":"bad key [secret]"}}'],
    ['agent_own', refused(500, 'Oh no'), 'upstream_status', '', 500, 'Oh no'],
    ['flow_ai', html, 'upstream_not_a_stream', '', 200, '<b>[secret]</b>'],
    ['flow_ai', (response) => stream(response, half), 'upstream_closed', 'Half'],
    ['flow_ai', (response) => stream(response, `${half}data: {"error":{"message":"own words ${SECRET}"}}\n\n`), 'upstream_error', 'Half', 200, '{"error":{"message":"own words [secret]"}}'],
    ['agent_own', (response) => stream(response, cut), 'upstream_closed', 'Half'],
    ['agent_own', (response) => stream(response, cut + frame('execution_error', { error: { message: 'own words' } })), 'upstream_error', 'Half', 200, '{"type":"execution_error","executionId":"exec_x","seq":1,"error":{"message":"own words"}}'],
  ]) {
    upstream.play = play;
    const { status: ours, json, text: whole } = await attempt(id);
    assert.equal(ours, 200);
    assert.deepEqual([json.ok, json.error?.code, json.text, json.isWhole], [false, code, text, false]);
    assert.deepEqual([json.error.status, json.error.answer], [status, answer], code);
    assert.ok(!whole.includes(SECRET));
    assert.ok(json.sent);
  }
  upstream.play = refused(400, `{"x":"${'é'.repeat(600)}"}`);
  assert.equal((await attempt('flow_ai')).json.error.answer.length, 500);
  await worker.logs.find(({ cause }) => /status 400, application\/json/.test(cause));
  const words = worker.logs.lines.filter((line) => /bad key|own words|Oh no|éé/.test(line));
  assert.deepEqual(words, [], 'the log hears none of its words');
});

test('200 that tells a name without an address, TLS, a refusal and silence apart', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  const gone = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(silent, 'listening'), once(gone, 'listening')]);
  const [open, closed] = [silent.address().port, gone.address().port];
  await new Promise((resolve) => gone.close(resolve));
  const plain = new URL(upstream.url).port;
  const messages = new Set();
  try {
    for (const [baseUrl, reason, code] of [
      ['https://no-such-host.invalid/v1', 'dns', 'upstream_unreachable'],
      [`https://127.0.0.1:${plain}`, 'tls', 'upstream_unreachable'],
      [`http://127.0.0.1:${closed}`, 'refused', 'upstream_unreachable'],
      [`http://127.0.0.1:${open}`, 'timeout', 'upstream_timeout'],
    ]) {
      const body = { upstream: { kind: 'openai', baseUrl, model: 'm' } };
      assert.ok((await api('PUT', '/v1/targets/flow_far', { key, body })).status < 300);
      const { json } = await attempt('flow_far');
      assert.deepEqual([json.error.code, json.error.reason, json.error.answer], [code, reason, undefined], baseUrl);
      messages.add(json.error.message);
    }
  } finally {
    silent.close();
  }
  assert.equal(messages.size, 4, 'each has words of its own');
});

test('200 with what the service refuses and is asked without from now on', async () => {
  const plain = { kind: 'openai', baseUrl: upstream.url, model: 'm' };
  await api('PUT', '/v1/targets/flow_older', { key, body: { upstream: plain } });
  upstream.play = (response, { body }) => {
    if (body.stream_options) response.writeHead(400).end('{"error":{"message":"Unrecognized request argument supplied: stream_options"}}');
    else stream(response, ANSWER);
  };
  const asked = upstream.asked.length;
  for (const times of [2, 3]) {
    const { json } = await attempt('flow_older');
    assert.deepEqual([json.ok, json.remembered, json.sent.body.stream_options], [true, ['stream_options'], undefined]);
    assert.equal(upstream.asked.length, asked + times);
  }
  await api('PUT', '/v1/targets/flow_older', { key, body: { upstream: { ...plain, model: 'm2', includeUsage: false } } });
  const { json } = await attempt('flow_older');
  assert.deepEqual([json.ok, json.remembered, upstream.asked.length], [true, undefined, asked + 4]);
});

test('200 with the settings in what is sent, headers by name', async () => {
  const body = {
    upstream: {
      kind: 'openai', baseUrl: `${upstream.url}/openai/deployments/d`, model: 'm', apiKeySecret: 'UPSTREAM_A', authHeader: 'Api-Key',
      query: { 'api-version': '2024-10-21' }, temperature: 0.5, maxOutputTokens: 50, reasoningEffort: 'low', includeUsage: false,
      extra: { seed: 7 }, headers: [{ name: 'X-Title', value: 'Shop' }, { name: 'cf-aig-authorization', secret: 'UPSTREAM_A', prefix: 'Bearer ' }],
    },
  };
  assert.equal((await api('PUT', '/v1/targets/flow_set', { key, body })).status, 201);
  upstream.play = (response) => stream(response, ANSWER);
  const { json, text } = await attempt('flow_set');
  const { path, headers, body: sent } = upstream.last;
  assert.equal(path, '/openai/deployments/d/chat/completions?api-version=2024-10-21');
  assert.deepEqual(
    [headers['api-key'], headers.authorization, headers['x-title'], headers['cf-aig-authorization']],
    [SECRET, undefined, 'Shop', `Bearer ${SECRET}`],
  );
  const { messages, ...rest } = sent;
  assert.deepEqual(rest, { model: 'm', stream: true, max_completion_tokens: 50, temperature: 0.5, reasoning_effort: 'low', seed: 7 });
  assert.deepEqual(json.sent.headers, ['content-type', 'accept', 'x-request-id', 'api-key', 'x-title', 'cf-aig-authorization']);
  assert.deepEqual(json.sent.body, sent);
  assert.ok(!text.includes(SECRET));
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
  assert.match(json.error.message, /ALLOW_PRIVATE_UPSTREAMS is on\. Locally.*\.dev\.vars.*Deployed.*wrangler\.toml/);
  assert.equal(upstream.asked.length, before);
});

test('200 that its secret is not set, and where it would be', async () => {
  const before = upstream.asked.length;
  const { json } = await attempt('flow_unset');
  assert.deepEqual([json.ok, json.error.code], [false, 'upstream_not_allowed']);
  assert.match(json.error.message, /UPSTREAM_UNSET is not set\. Locally.*\.dev\.vars.*Deployed.*secret put/);
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
