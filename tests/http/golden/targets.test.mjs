// What callers see of targets, and of a try of one.
import { test } from 'node:test';
import { scene } from '#support/golden/scene.mjs';
import { DONE, STOP, begin, frame, word } from '#support/upstream.mjs';

const TARGETS = '/v1/targets';
const SECRET = 'sk-upstream-secret';

test('targets', async () => {
  const s = await scene('targets', 'Targets: set up, read, list, try, delete.', {
    bindings: { UPSTREAM_A: SECRET, UPSTREAM_A_HOSTS: '127.0.0.1, api.example.com' }, variants: { strict: { ALLOW_PRIVATE_UPSTREAMS: undefined } },
  });
  const { ask, upstream, names } = s;
  names.secret(SECRET, 'the value of UPSTREAM_A');
  const { key } = await s.key();
  const { key: test } = await s.key({ environment: 'test' });
  const put = (title, id, body, options) => ask(title, 'PUT', `${TARGETS}/${id}`, { key, body, ...options });

  await ask('list: none yet', 'GET', TARGETS, { key });
  await put('put: echo, new', 'flow_echo', { upstream: { kind: 'echo' } });
  await put('put: echo, changed', 'flow_echo', { name: 'Echo', description: 'Says it back.', upstream: { kind: 'echo' } });
  await put('put: openai, the least', 'flow_ai', { upstream: { kind: 'openai', baseUrl: upstream.url, model: 'model-1' } });
  const MODEL = {
    kind: 'openai', baseUrl: upstream.url, model: 'model-1', systemPrompt: 'Be kind.', apiKeySecret: 'UPSTREAM_A', temperature: 0.50,
    maxOutputTokens: 500, maxOutputTokensAs: 'max_tokens', reasoningEffort: 'low', systemRole: 'developer', maxInputBytes: 8192,
    extra: { top_p: 0.9, stop: ['END'] }, includeUsage: false, pictures: false, firstWordTimeoutMs: 5000, silenceTimeoutMs: 6000,
    query: { 'api-version': '1' }, authHeader: 'api-key', headers: [{ name: 'x-plan', value: 'gold' }, { name: 'x-second', secret: 'UPSTREAM_A', prefix: 'Token ' }],
  };
  const full = await put('put: openai, everything', 'agent_ai', { name: 'Model', upstream: MODEL });
  await put('put: what was read, as it is', 'agent_ai', full.json.target);
  await put('put: events', 'agent_own', { upstream: { kind: 'events', baseUrl: `${upstream.url}/chat`, silenceTimeoutMs: 5000 } });
  await put('put: faults', 'flow_bad', {
    name: '', colour: 'red', upstream: { kind: 'openai', baseURL: 'x', baseUrl: 'http://a.example', model: '', systemPrompt: 7, apiKeySecret: 'OTHER_A', temperature: 3, extra: { model: 'x' } },
  });
  await put('put: faults of what goes out', 'flow_bad', {
    upstream: {
      kind: 'events', baseUrl: 'https://user:pass@a.example', model: 'm', headers: [{ name: 'Host', value: 'x' }, { name: 'x-a', value: 'b', secret: 'UPSTREAM_A' }, 7], query: { a: 1 },
    },
  });
  await put('put: nothing of what it needs', 'flow_bad', {});
  await put('put: another kind', 'flow_bad', { upstream: { kind: 'opanai' } });
  await put('put: a secret for another host', 'flow_bad', { upstream: { kind: 'openai', baseUrl: 'https://evil.example', model: 'm', apiKeySecret: 'UPSTREAM_A' } });
  await put('put: a private address', 'flow_bad', { upstream: { kind: 'events', baseUrl: 'https://10.0.0.1' } }, { origin: s.worker.origins.strict });
  await put('put: with a test key', 'flow_echo', { upstream: { kind: 'echo' } }, { key: test });
  await put('put: a malformed id', 'step_1', { upstream: { kind: 'echo' } });
  await ask('get', 'GET', `${TARGETS}/agent_ai`, { key });
  await ask('get: HEAD', 'HEAD', `${TARGETS}/agent_ai`, { key });
  await ask('get: unknown', 'GET', `${TARGETS}/flow_unknown`, { key });
  await ask('list: all', 'GET', TARGETS, { key });
  await ask('list: a page', 'GET', `${TARGETS}?limit=2&offset=1`, { key });
  await ask('list: faults of the query', 'GET', `${TARGETS}?limit=1000&kind=echo`, { key });

  const attempt = (title, id, body = { message: 'How are you?' }, options = {}) => ask(title, 'POST', `${TARGETS}/${id}/try`, { key, body, ...options });
  await attempt('try: echo', 'flow_echo');
  upstream.play = (response) => {
    begin(response);
    response.end(word('I am ') + word('well.') + STOP + 'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}\n\n' + DONE);
  };
  await attempt('try: openai, everything set', 'agent_ai');
  await attempt('try: openai, the least set', 'flow_ai');
  upstream.play = (response) => {
    begin(response);
    response.end(frame('text_delta', { executionId: 'exec_x', seq: 1, id: 't', delta: 'Hello' }) + frame('execution_complete', { executionId: 'exec_x', seq: 2, kind: 'agent', success: true }));
  };
  await attempt('try: events', 'agent_own');
  upstream.play = (response) => response.writeHead(401, { 'Content-Type': 'application/json' }).end(`{"error":{"message":"bad key ${SECRET}"}}`);
  await attempt('try: refused by the service', 'agent_ai');
  upstream.play = (response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<b>Hello</b>');
  await attempt('try: another type than a stream', 'agent_own');
  upstream.play = (response) => {
    begin(response);
    response.end(word('Half'));
  };
  await attempt('try: cut off', 'flow_ai');
  upstream.play = (response) => response.destroy();
  await attempt('try: the connection breaks', 'flow_ai');
  await attempt('try: unknown', 'flow_unknown');
  await attempt('try: faults', 'flow_echo', { message: '', stream: true });

  await ask('delete', 'DELETE', `${TARGETS}/flow_echo`, { key });
  await ask('delete: a second time', 'DELETE', `${TARGETS}/flow_echo`, { key });
  await ask('delete: with a test key', 'DELETE', `${TARGETS}/agent_ai`, { key: test });
  s.close();
});
