// What web pages see but for the streams of answers: init, chats and resumptions that are refused, feedback, CORS.
import { test } from 'node:test';
import { scene } from '#support/golden/scene.mjs';
import { ORIGIN, user } from '#support/page.mjs';
import { begin, frame } from '#support/upstream.mjs';

const EVIL = 'https://evil.example';
const CALL = frame('await', { executionId: 'backend-1', seq: 1, toolName: 'add', toolCallId: 'c1', parameters: {}, origin: 'webmcp' });
const MINUTE = 60_000;

test('the browser plane', async () => {
  const s = await scene('browser', 'What web pages are told: init, feedback, CORS, and every refusal that a page can meet.', { hasLab: true });
  const { ask, page, upstream } = s;
  const { key } = await s.key();
  await s.target(key, 'flow_a');
  await s.target(key, 'agent_a', { kind: 'events' });
  await s.target(key, 'flow_ai', { kind: 'openai', model: 'model-1' });
  const settings = { flowIds: ['flow_a', 'flow_ai', 'flow_unset'], agentIds: ['agent_a'], allowedOrigins: [ORIGIN, 'https://*.example.org'] };
  const { id, tokenValue: token } = await s.token(key, { ...settings, config: { welcomeMessage: 'Hi', placeholder: 'Ask…', theme: { colour: 'green' }, own: 1 } });
  const put = (body) => ask(null, 'PUT', `/v1/client-tokens/${id}`, { key, body });
  const init = (title, body, options) => page(title, 'init', { token, ...body }, options);
  const chat = (title, sessionId, messages = [user('Hello', 'u1')], more = {}, options = {}) => page(title, 'chat', { sessionId, messages, ...more }, options);

  const first = await init('init');
  await s.used('client_tokens', id);
  await init('init: an agent, under a prefix, from a subdomain', { flowId: 'agent_a' }, { from: 'https://a.b.example.org', headers: { 'X-Persona-Version': '4.17.0' } });
  await init('init: the same session', { sessionId: first.json.sessionId });
  await init('init: a session that is none', { sessionId: 'cs_none' });
  const minted = await ask(null, 'POST', `/v1/client-tokens/${id}/mint`, { key, body: { user: { id: 'user_1' }, flowIds: ['flow_a'], allowedOrigins: [ORIGIN], expiresInSeconds: 120 } });
  const own = await init('init: a minted value', { token: minted.json.token });
  const bare = await s.token(key, { flowIds: ['flow_a'] });
  await init('init: a token without settings for the page', { token: bare.tokenValue });
  await ask('init: HEAD', 'HEAD', '/v1/client/init', { from: ORIGIN });

  await init('init: nothing of what it needs', { token: undefined });
  await init('init: faults', { token: 7, flowId: [], sessionId: {}, unknown: 1 });
  await page('init: no JSON', 'init', '{');
  await page('init: no object', 'init', '"x"');
  await page('init: another type', 'init', '{}', { headers: { 'Content-Type': 'text/plain' } });
  await page('init: compressed', 'init', '{}', { headers: { 'Content-Encoding': 'gzip' } });
  await page('init: too large', 'init', 'x'.repeat(1024 * 1024 + 1));
  await page('init: another method', 'init', undefined, { method: 'GET' });
  await init('init: a value that is none', { token: 'ct_live_none' });
  await init('init: a value that is none, as a problem document', { token: 'ct_live_none' }, { headers: { Accept: 'application/problem+json' } });
  await init('init: another origin', {}, { from: EVIL });
  await init('init: no origin', {}, { from: undefined });
  await init('init: an origin that can not be listed', {}, { from: 'capacitor://localhost' });
  await init('init: an origin that is none', {}, { from: 'https://a.example/path' });
  await init('init: an origin that the minted value does not admit', { token: minted.json.token }, { from: 'https://a.example.org' });
  await init('init: a target that the token does not list', { flowId: 'flow_z' });
  await init('init: a target that the minted value does not list', { token: minted.json.token, flowId: 'flow_ai' });
  await init('init: a target that nothing executes', { flowId: 'flow_unset' });
  await init('init: the history of a visitor', { visitorHistory: true });
  const empty = await s.token(key, {});
  await init('init: a token without targets', { token: empty.tokenValue });

  const { sessionId } = first.json;
  await chat('chat: nothing of what it needs', undefined, undefined, { messages: undefined });
  await chat('chat: faults', sessionId, [
    { role: 'robot', content: '' }, { role: 'user', content: [{ type: 'text' }, { type: 'video' }, { type: 'image', image: 7 }] }, 7,
  ], { inputs: [], clientTools: [{}], clientToolsFingerprint: 'x'.repeat(129), submitMode: 'now', assistantMessageId: 7 });
  await chat('chat: no message of the visitor', sessionId, [{ role: 'assistant', content: 'Hi' }]);
  await chat('chat: too many new messages', sessionId, Array.from({ length: 51 }, (_, n) => user('Hello', `m${n}`)));
  await chat('chat: a session that is none', 'cs_none');
  await chat('chat: another origin', sessionId, undefined, {}, { from: EVIL });
  await chat('chat: tools that are not stored', sessionId, undefined, { clientToolsFingerprint: 'f1' });
  await chat('chat: too much beside the messages', sessionId, undefined, { context: { page: 'x'.repeat(70_000) } });
  await chat('chat: too many tools', sessionId, undefined, { clientTools: Array.from({ length: 20 }, (_, n) => ({ name: `t${n}`, description: 'x'.repeat(7_000) })) });
  await page('chat: no JSON', 'chat', '{"sessionId":');
  await page('chat: another type', 'chat', '{}', { headers: { 'Content-Type': 'text/plain' } });
  await page('chat: large, without a session', 'chat', { messages: [user('x'.repeat(1024 * 1024))] });
  await page('chat: another method', 'chat', undefined, { method: 'DELETE' });
  await chat(null, sessionId, [user('Hello', 'u1')], { assistantMessageId: 'a1' });
  await chat('chat: the id of another message that was answered', sessionId, [user('Something else', 'u1')]);
  await chat('chat: the id of an answer', sessionId, [user('Hello', 'u1'), user('More', 'a1')]);
  const model = await init(null, { flowId: 'flow_ai' });
  upstream.play = (response) => response.writeHead(503, { 'Retry-After': '7', 'Content-Type': 'application/json' }).end('{"error":{"type":"overloaded","code":"busy"}}');
  await chat('chat: the upstream fails', model.json.sessionId);

  const agent = await init(null, { flowId: 'agent_a' });
  const resume = (title, body, options) => page(title, 'resume', { sessionId: agent.json.sessionId, executionId: 'backend-1', ...body }, options);
  await resume('resume: nothing waits', { toolOutputs: {} });
  await resume('resume: nothing of what it needs', { sessionId: undefined, executionId: undefined });
  await resume('resume: faults', { executionId: 7, toolOutputs: [], clientTools: 7, streamResponse: 1 });
  await resume('resume: a session that is none', { sessionId: 'cs_none' });
  await resume('resume: another origin', {}, { from: EVIL });
  await page('resume: no JSON', 'resume', '[');
  await page('resume: another type', 'resume', '{}', { headers: { 'Content-Type': 'text/plain' } });
  await page('resume: another method', 'resume', undefined, { method: 'PUT' });
  upstream.play = (response) => {
    begin(response);
    response.end(CALL);
  };
  await chat(null, agent.json.sessionId, undefined, { clientTools: [{ name: 'add' }] });
  await resume('resume: results that are too large', { toolOutputs: { c1: 'x'.repeat(300_000) } });
  await resume('resume: tools that are not stored', { toolOutputs: { c1: 1 }, clientToolsFingerprint: 'f1' });
  upstream.play = (response) => response.destroy();
  await resume('resume: the upstream fails', { toolOutputs: { c1: 1 } });

  const feedback = (title, body, options) => page(title, 'feedback', { token, sessionId, ...body }, options);
  await feedback('feedback: upvote', { type: 'upvote', messageId: 'a1' });
  await feedback('feedback: upvote, once more', { type: 'upvote', messageId: 'a1', comment: 'Good' });
  await feedback('feedback: csat', { type: 'csat', rating: 5, metadata: { a: 1 } });
  await feedback('feedback: nothing of what it needs', { token: undefined, sessionId: undefined });
  await feedback('feedback: faults', { type: 'nps', rating: 11, comment: 'x'.repeat(2_001), metadata: [] });
  await feedback('feedback: a vote on nothing', { type: 'upvote' });
  await feedback('feedback: another kind', { type: 'like', messageId: 'a1' });
  await feedback('feedback: a value that is none', { token: 'ct_live_none', type: 'nps', rating: 1 });
  await feedback('feedback: a session that is none', { sessionId: 'cs_none', type: 'nps', rating: 1 });
  await feedback('feedback: a session of another token', { token: bare.tokenValue, type: 'nps', rating: 1 });
  await feedback('feedback: another origin', { type: 'nps', rating: 1 }, { from: EVIL });
  await page('feedback: another type', 'feedback', '{}', { headers: { 'Content-Type': 'text/plain' } });
  await page('feedback: too large', 'feedback', 'x'.repeat(1024 * 1024 + 1));
  await page('feedback: another method', 'feedback', undefined, { method: 'GET' });

  const tight = await s.token(key, { agentIds: ['agent_a'], rateLimitPerMinute: 1, rateLimitPerHour: 2 });
  const few = await init(null, { token: tight.tokenValue });
  upstream.play = (response) => {
    begin(response);
    response.end(CALL);
  };
  await chat(null, few.json.sessionId, undefined, { clientTools: [{ name: 'add' }] });
  await chat('chat: over the limit of a minute', few.json.sessionId, [user('More', 'u2')]);
  await resume('resume: over the limit of a minute', { sessionId: few.json.sessionId });
  await s.worker.lab.advance(2.5 * MINUTE);
  await chat(null, few.json.sessionId, [user('More', 'u2')], { clientTools: [{ name: 'add' }] });
  await s.worker.lab.advance(2 * MINUTE);
  await chat('chat: over the limit of an hour', few.json.sessionId, [user('More', 'u3')]);
  const capped = await s.token(key, { flowIds: ['flow_a'], maxMessagesPerSession: 1 });
  const one = await init(null, { token: capped.tokenValue });
  await chat(null, one.json.sessionId);
  await chat('chat: over the limit of a session', one.json.sessionId, [user('More', 'u2')]);
  for (let n = 0; n < 60; n += 1) await feedback(null, { token: capped.tokenValue, sessionId: one.json.sessionId, type: 'nps', rating: 1 });
  await feedback('feedback: over the limit of a minute', { token: capped.tokenValue, sessionId: one.json.sessionId, type: 'nps', rating: 1 });

  await init('init: a minted value that has ended', { token: minted.json.token });
  await chat('chat: a session of a minted value that has ended', own.json.sessionId);
  await put({ flowIds: ['flow_ai'], agentIds: [] });
  await chat('chat: a target that was taken off the token', sessionId);
  await put({ isActive: false });
  await init('init: switched off');
  await chat('chat: switched off', sessionId);
  await feedback('feedback: switched off', { type: 'nps', rating: 1 });
  await put({ isActive: true, flowIds: ['flow_a', 'flow_unset'] });
  await s.worker.lab.advance(40 * MINUTE);
  await chat('chat: a session that is over', sessionId);
  await ask(null, 'POST', `/v1/client-tokens/${id}/regenerate`, { key });
  await init('init: a value from before a regenerate');
  const late = await init(null, { token: bare.tokenValue });
  await ask(null, 'DELETE', '/v1/targets/flow_a', { key });
  await chat('chat: a target that was removed', late.json.sessionId);
  const gone = await s.token(key, { flowIds: ['flow_unset'] });
  await init('init: a target that was removed', { token: bare.tokenValue });
  await ask(null, 'DELETE', `/v1/client-tokens/${gone.id}`, { key });
  await init('init: a value of a token that was deleted', { token: gone.tokenValue });

  const preflight = (title, path, headers = {}, from = ORIGIN) =>
    ask(title, 'OPTIONS', path, { from, headers: { 'Access-Control-Request-Method': 'POST', ...headers } });
  await preflight('preflight: init', '/v1/client/init');
  await preflight('preflight: names of headers', '/api/v1/client/chat', { 'Access-Control-Request-Headers': 'content-type,x-shop-id' });
  await preflight('preflight: names that are none', '/v1/client/chat', { 'Access-Control-Request-Headers': 'x a' });
  await preflight('preflight: no origin', '/v1/client/chat', {}, undefined);
  await preflight('preflight: a path that nothing is at', '/v1/agents/agent_a/approve');
  await ask('a path that nothing is at', 'POST', '/v1/agents/agent_a/approve', { from: ORIGIN, body: {} });
  await ask('a path of pages that nothing is at', 'POST', '/v1/client/speak', { from: ORIGIN, body: {} });
  s.close();
});
