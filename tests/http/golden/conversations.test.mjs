// What owners see of what was said through a token: conversations, feedback, usage, origins.
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { UNKNOWN_TOKEN } from '#support/contract.mjs';
import { scene } from '#support/golden/scene.mjs';
import { ORIGIN, user } from '#support/page.mjs';
import { until } from '#support/until.mjs';

const UNKNOWN = 'conv_00000000-0000-7000-8000-00000000dead';
const HOUR = 3_600_000;

test('conversations', async () => {
  // What is counted in this hour must not be read in the next one.
  const left = HOUR - (Date.now() % HOUR);
  if (left < 20_000) await sleep(left);

  const s = await scene('conversations', 'Conversations, feedback, usage and origins, as the owner of a token sees them.');
  const { ask, page } = s;
  const { key } = await s.key();
  const { key: test } = await s.key({ environment: 'test' });
  await s.target(key, 'flow_a');
  await s.target(key, 'agent_a');
  const { id, tokenValue: token } = await s.token(key, { flowIds: ['flow_a'], agentIds: ['agent_a'] });
  const one = `/v1/client-tokens/${id}`;
  const get = (title, path, options) => ask(title, 'GET', `${one}/${path}`, { key, ...options });

  await get('list: none yet', 'conversations');
  await get('export: none yet', 'conversations/export');

  const begin = async (flowId, value = token) => (await page(null, 'init', { token: value, flowId })).json;
  const chat = (sessionId, messages, more) => page(null, 'chat', { sessionId, messages, assistantMessageId: 'a1', ...more });
  const first = await begin();
  await s.used('client_tokens', id);
  await chat(first.sessionId, [user('Hello <b> "you"', 'u1')], { metadata: { plan: 'gold' } });
  const picture = { type: 'image', image: 'data:image/png;base64,iVBORw0KGgo=', mimeType: 'image/png' };
  await chat(first.sessionId, [
    user('Hello <b> "you"', 'u1'), { id: 'a1', role: 'assistant', content: 'Hello <b> "you"' },
    { id: 'u2', role: 'user', content: [{ type: 'text', text: 'Look' }, picture], displayContent: 'Look at this' },
  ], { assistantMessageId: 'a2' });
  const second = await begin('agent_a');
  await chat(second.sessionId, [user('I am the other one')], { assistantMessageId: undefined });
  const minted = await ask(null, 'POST', `${one}/mint`, { key, body: { user: { id: 'user_1', name: 'Ada' } } });
  const third = await begin(undefined, minted.json.token);
  await chat(third.sessionId, [user('I am Ada', 'u1')]);
  const feedback = (sessionId, body, value = token) => page(null, 'feedback', { token: value, sessionId, ...body });
  await feedback(first.sessionId, { type: 'upvote', messageId: 'a1', comment: 'Good' });
  await feedback(third.sessionId, { type: 'nps', rating: 9, metadata: { page: 'home' } }, minted.json.token);
  await feedback(second.sessionId, { type: 'csat', rating: 2 });
  await page(null, 'init', { token }, { from: 'https://other.example' });
  await page(null, 'init', { token, flowId: 'flow_z' });

  await get('list', 'conversations');
  await get('list: a page of one target', 'conversations?limit=1&offset=0&flow_id=flow_a');
  await get('list: the next page', 'conversations?limit=1&offset=1&flow_id=flow_a');
  await get('list: of one person', 'conversations?userId=user_1');
  await ask('list: HEAD', 'HEAD', `${one}/conversations`, { key });
  await get('list: faults of the query', 'conversations?limit=101&offset=x&flow_id=a%20b&userId=&flowId=1');
  await get('list: with a test key', 'conversations', { key: test });
  await ask('list: of an unknown token', 'GET', `/v1/client-tokens/${UNKNOWN_TOKEN}/conversations`, { key });

  const of = (conversation, query = '') => `conversations/${conversation.conversationId}${query}`;
  await get('get', of(first));
  const page1 = await get('get: the first page', of(first, '?limit=1'));
  await get('get: the next page', of(first, `?limit=1&cursor=${page1.json.pagination?.nextCursor}`));
  await get('get: of a person', of(third));
  await get('get: faults of the query', of(first, '?limit=0&cursor=x&offset=1'));
  await get('get: unknown', `conversations/${UNKNOWN}`);
  await get('get: a session in place of the id', `conversations/${first.sessionId}`);

  await get('export', 'conversations/export');
  await get('export: of one person', 'conversations/export?userId=user_1&flow_id=flow_a');
  await ask('export: HEAD', 'HEAD', `${one}/conversations/export`, { key });
  await get('export: faults of the query', 'conversations/export?from=yesterday&to=2020-01-01&limit=3');

  await get('feedback', 'feedback');
  await get('feedback: a page', 'feedback?limit=1&offset=1');
  await get('feedback: of one person', 'feedback?userId=user_1');
  await get('feedback: faults of the query', 'feedback?limit=0&type=nps');

  // Three inits, four chats of two messages each, two refusals: all of it is told to the ledger after the answers.
  const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);
  const counted = ({ inits, chats, messages, refused }) => inits + chats + messages + sum(Object.values(refused));
  await until(async () => sum((await get(null, 'usage')).json.usage.map(counted)) === 17);
  await until(async () => sum((await get(null, 'observed-origins')).json.origins.map((origin) => origin.count)) === 9);
  await get('usage: by day', 'usage');
  const now = new Date(Math.floor(Date.now() / HOUR) * HOUR);
  await get('usage: of this hour', `usage?by=hour&from=${now.toISOString()}`);
  await get('usage: faults of the query', 'usage?by=week&from=x&to=2020-01-01T00:00:00Z&limit=1');
  await get('usage: the end before the beginning', 'usage?from=2020-01-02T00:00:00Z&to=2020-01-01T00:00:00Z');
  await get('origins', 'observed-origins');
  await get('origins: faults of the query', 'observed-origins?limit=1');

  const remove = (title, path, options) => ask(title, 'DELETE', `${one}/${path}`, { key, ...options });
  await remove('delete', of(second));
  await remove('delete: a second time', of(second));
  await page('chat: in a conversation that was deleted', 'chat', { sessionId: second.sessionId, messages: [user('Hello?', 'u2')] });
  await page('resume: in a conversation that was deleted', 'resume', { sessionId: second.sessionId, executionId: 'exec_1' });
  await page('feedback: in a conversation that was deleted', 'feedback', { token, sessionId: second.sessionId, type: 'nps', rating: 1 });
  await remove('erase: of whom', 'conversations');
  await remove('erase: faults of the query', 'conversations?userId=&user=1');
  await remove('erase', 'conversations?userId=user_1');
  await remove('erase: nothing is left', 'conversations?userId=user_1');
  await get('list: what is left', 'conversations');
  await get('feedback: what is left', 'feedback');
  await ask('get the token: its count, and its last use', 'GET', one, { key });
  await ask('get the token: from a page', 'GET', one, { key, from: ORIGIN });
  s.close();
});
