// What the log hears of an upstream that fails (contract section 10): type and code, status, content type and length, and
// none of its other words, whatever it repeats: the visitor's, or what it was sent to prove who asks.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken } from '#support/contract.mjs';
import { UNLIMITED, Visitor, user } from '#support/page.mjs';
import { until } from '#support/until.mjs';
import { begin, chunk, frame, startUpstream, word } from '#support/upstream.mjs';
import { start } from '#support/worker.mjs';

const KEY = 'sk-live-4f9a27c1-0d3e_upstream.key';
const SECOND = 'Pa55/word+of=another.header';
const IN_QUERY = 'q-5f3c9a1b77';
const SAID = 'my-card-4929-1234-is-stolen';

const upstream = await startUpstream();
const worker = await start({
  bindings: { UPSTREAM_A: KEY, UPSTREAM_A_HOSTS: '127.0.0.1', UPSTREAM_B: SECOND, UPSTREAM_B_HOSTS: '127.0.0.1', UPSTREAM_BAD: 'bad\nvalue', UPSTREAM_BAD_HOSTS: '127.0.0.1' },
  variants: { hasty: { UPSTREAM_TIMEOUT_MS: '400' } },
});
after(() => worker.stop().finally(upstream.stop));
const { api, logs } = worker;
const { key } = await worker.mintKey();

const headers = [{ name: 'x-second', secret: 'UPSTREAM_B', prefix: 'Token ' }];
const set = (id, fields) => api('PUT', `/v1/targets/${id}`, { key, body: { upstream: { baseUrl: upstream.url, apiKeySecret: 'UPSTREAM_A', headers, ...fields } } });
const MODEL = { kind: 'openai', model: 'm', query: { 'api-key': IN_QUERY } };
for (const [id, fields] of [['flow_ai', MODEL], ['flow_own', { kind: 'events' }]]) assert.equal((await set(id, fields)).status, 201);
const { tokenValue } = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_ai', 'flow_own', 'flow_odd'] });

/** All that an upstream could repeat of what it was sent. */
function repeated({ headers: sent, path, body }) {
  return [SAID, JSON.stringify(body), sent.authorization, sent['x-second'], path, KEY, SECOND, encodeURIComponent(SECOND), Buffer.from(KEY).toString('base64')].join(' ');
}
const hidden = [
  SAID, KEY, SECOND, IN_QUERY, encodeURIComponent(SECOND), Buffer.from(KEY).toString('base64').slice(0, 20), KEY.slice(0, 12), KEY.slice(-12),
  'Bearer', 'Token ', 'api-key=',
];

/** What the log got while somebody asked, up to the cause that fits: lines arrive after the answer. */
async function logged(ask, fits) {
  const before = logs.lines.length;
  const causes = () => logs.lines.slice(before).filter((line) => line.startsWith('{')).map((line) => JSON.parse(line).cause ?? '');
  const answer = await ask();
  const cause = await until(() => causes().find((text) => fits.test(text)));
  const lines = logs.lines.slice(before);
  for (const text of hidden) assert.ok(!lines.some((line) => line.includes(text)), `${text}: ${lines.join('\n')}`);
  return { answer, cause };
}

async function chat(flowId, origin = worker.origin) {
  const one = new Visitor(origin, tokenValue);
  await one.init({ flowId });
  return one.chat([user(SAID, 'u1')], { context: { page: SAID }, clientTools: [{ name: 'add', origin: 'sdk' }] });
}

const errors = (question) => [
  { error: { message: repeated(question), type: repeated(question), code: repeated(question) } },
  { error: { message: repeated(question), type: KEY, code: `x.${KEY}` } },
  { error: { message: repeated(question), type: SAID.replaceAll('-', ' '), code: KEY.slice(0, 16), param: KEY } },
  { error: repeated(question), type: repeated(question), code: [KEY] },
  { message: repeated(question), detail: [{ msg: repeated(question) }], code: 'E1' },
];
const OWN_WORDS = [0, 1, 2, 3, 4];

for (const flow of ['flow_ai', 'flow_own']) {
  test(`of a refusal with a status, and of another type than a stream: ${flow}`, async () => {
    for (const n of OWN_WORDS) {
      for (const [status, type] of [[400, 'application/json'], [401, `text/${KEY}`], [422, repeated({ headers: {} }).slice(0, 60)], [500, 'text/html'], [200, 'text/html'], [200, 'application/json']]) {
        let length;
        upstream.play = (response, question) => {
          const body = JSON.stringify(errors(question)[n]);
          length = body.length;
          response.writeHead(status, { 'Content-Type': type }).end(body);
        };
        const { cause } = await logged(() => chat(flow), /^upstream: /);
        assert.match(cause, new RegExp(`status ${status}, .*, ${Math.min(length, 16 * 1024)} bytes`));
      }
    }
  });

  test(`of an error in the stream: before its first word and behind it: ${flow}`, async () => {
    for (const n of OWN_WORDS) {
      for (const said of ['', 'So far']) {
        upstream.play = (response, question) => {
          begin(response);
          const error = errors(question)[n];
          const { executionId } = question.body;
          if (flow === 'flow_ai') return response.end((said && word(said)) + `data: ${JSON.stringify(error)}\n\n`);
          const told = typeof error.error === 'object' ? error : { ...error, error: { message: KEY } };
          const text = said && frame('text_delta', { executionId, seq: 1, id: 't', delta: said });
          return response.end(text + frame('execution_error', { ...told, executionId, seq: 2, kind: 'flow' }));
        };
        const { cause } = await logged(() => chat(flow), /upstream_error: an error in the stream/);
        if (n === 4 && flow === 'flow_ai') assert.match(cause, /code E1$/);
      }
    }
  });

  test(`of a connection that breaks, silence and a redirect: ${flow}`, async () => {
    for (const play of [
      (response) => response.destroy(),
      (response) => { begin(response); response.write(flow === 'flow_ai' ? word('So') : frame('text_delta', { id: 't', delta: 'So' })); setTimeout(() => response.destroy(), 100); },
      (response, question) => response.writeHead(302, { Location: `http://127.0.0.1:1/?${encodeURIComponent(repeated(question))}` }).end(),
      () => {},
      begin,
    ]) {
      upstream.play = play;
      await logged(() => chat(flow, worker.origins.hasty), /upstream_(unreachable|closed|status|timeout)/);
    }
  });
}

test('of what can\'t be read, a reason that names a failure, and tools that nobody has', async () => {
  for (const [said, code] of [
    [(question) => `data: {${repeated(question)}\n\n`, 'upstream_malformed'],
    [(question) => chunk({ delta: {}, finish_reason: `error ${repeated(question)}` }), 'upstream_error'],
    [() => chunk({ delta: {}, finish_reason: `error.${KEY}` }), 'upstream_error'],
    [() => chunk({ delta: { tool_calls: [{ index: 0, id: KEY, function: { name: KEY, arguments: '{}' } }] }, finish_reason: 'tool_calls' }), 'unknown_tool'],
    [() => chunk({ delta: { tool_calls: [{ index: 0, id: 'c', function: { name: SAID, arguments: '{}' } }] }, finish_reason: 'tool_calls' }), 'unknown_tool'],
    [() => chunk({ delta: { tool_calls: [{ index: 0, id: 'c', function: { name: 'add', arguments: `[${KEY}` } }] }, finish_reason: 'tool_calls' }), 'invalid_tool_call'],
    [(question) => `event: error\ndata: ${repeated(question)}\n\n`, 'upstream_error'],
    [() => chunk({ delta: {}, error: { message: KEY, code: KEY } }), 'upstream_error'],
  ]) {
    upstream.play = (response, question) => {
      begin(response);
      response.end(word('So') + said(question));
    };
    await logged(() => chat('flow_ai'), new RegExp(code));
  }
});

test('of a step and an end that failed', async () => {
  for (const type of ['execution_complete', 'step_complete']) {
    upstream.play = (response, question) => {
      begin(response);
      response.end(frame(type, { executionId: question.body.executionId, seq: 1, success: false, error: { message: repeated(question), code: 'c.1' } }));
    };
    const { cause } = await logged(() => chat('flow_own'), /upstream_error/);
    assert.match(cause, /code c\.1$/);
  }
});

test('of what a service refused before it was asked again', async () => {
  let asked = 0;
  upstream.play = (response, question) => {
    asked += 1;
    if (question.body.stream_options) return response.writeHead(400).end(JSON.stringify({ error: { message: `stream_options: ${repeated(question)}`, code: KEY } }));
    begin(response);
    return response.end(word('Fine') + chunk({ delta: {}, finish_reason: 'stop' }));
  };
  const { answer } = await logged(() => chat('flow_ai'), /once more without stream_options/);
  assert.deepEqual([answer.status, asked], [200, 2]);
});

test('of a header that can\'t be sent, and of a server that isn\'t there', async () => {
  await set('flow_odd', { ...MODEL, apiKeySecret: 'UPSTREAM_BAD' });
  const { cause } = await logged(() => chat('flow_odd'), /can't be sent/);
  assert.ok(!cause.includes('bad'), cause);
  await set('flow_odd', { ...MODEL, baseUrl: 'http://127.0.0.1:1' });
  await logged(() => chat('flow_odd'), /upstream_unreachable/);
});

test('POST /v1/targets/:id/try shows the words to whoever may write targets, without a secret', async () => {
  const tried = async (id, play, code) => {
    upstream.play = play;
    const { answer } = await logged(() => api('POST', `/v1/targets/${id}/try`, { key, body: { message: SAID } }), new RegExp(`${code}`));
    assert.equal(answer.json.error.code, code);
    for (const text of [KEY, SECOND, IN_QUERY, encodeURIComponent(SECOND), KEY.slice(0, 12), KEY.slice(-12)]) assert.ok(!answer.text.includes(text), answer.text);
    assert.match(answer.json.error.answer, /because my-card-4929.*\[secret\]/);
    return answer.json;
  };
  const words = (question) => `because ${SAID} ${question.headers.authorization} ${question.headers['x-second']} ${question.path} ${encodeURIComponent(SECOND)} ${KEY.slice(0, 12)}***${KEY.slice(-12)}`;
  const { sent } = await tried('flow_ai', (response, question) => response.writeHead(401).end(words(question)), 'upstream_status');
  assert.equal(sent.url, `${upstream.url}/chat/completions?api-key=[secret]`);
  for (const id of ['flow_ai', 'flow_own']) {
    await tried(id, (response, question) => {
      begin(response);
      const error = { error: { message: words(question), code: 'x' } };
      response.end(id === 'flow_ai' ? `data: ${JSON.stringify(error)}\n\n` : frame('execution_error', { executionId: 'e', seq: 1, ...error }));
    }, 'upstream_error');
  }
  const { key: reader } = await worker.mintKey({ permissions: 'TARGETS:READ' });
  assert.equal((await api('POST', '/v1/targets/flow_ai/try', { key: reader, body: { message: SAID } })).status, 403);
});
