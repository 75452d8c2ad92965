// What callers see of client tokens.
import { test } from 'node:test';
import { FULL, MINIMAL, UNKNOWN_TOKEN } from '#support/contract.mjs';
import { scene } from '#support/golden/scene.mjs';

const TOKENS = '/v1/client-tokens';
/** A list on which every kind of warning about origins comes. */
const ODD_ORIGINS = ['*', 'native', 'http://app.example.com', 'http://localhost:3000', 'https://*.github.io'];

test('client tokens', async () => {
  const s = await scene('client-tokens', 'Client tokens: create, read, list, change, reveal, mint, verify, delete.');
  const { ask } = s;
  const { key } = await s.key();
  const { key: test } = await s.key({ environment: 'test' });
  await s.target(key, 'flow_a');
  await s.target(key, 'agent_a');
  const create = (title, body, options) => ask(title, 'POST', TOKENS, { key, body, ...options });

  await ask('list: none yet', 'GET', TOKENS, { key });
  const minimal = await create('create: the least', MINIMAL);
  await create('create: everything, and what is probably a mistake', FULL);
  await create('create: every warning about origins and limits', {
    ...MINIMAL, allowedOrigins: ODD_ORIGINS, rateLimitPerMinute: null, rateLimitPerHour: null, sessionIdleTimeoutMinutes: 1,
  });
  const numbers = '{"name":"Numbers \\u00e9 \\ud83d\\ude00","allowedOrigins":["https://app.example.com"],"flowIds":["flow_a"],"config":{"b":1.50,"a":1e3,"c":9007199254740993,"d":-0.0,"e":"<\\/script> \\u0001\\n","f":[null,true,{}],"__proto__":1}}';
  const spelled = await create('create: the spelling of texts, the values of numbers, and the order of members', numbers);
  await ask('get: the same again', 'GET', `${TOKENS}/${spelled.json.clientToken.id}`, { key });
  await create('create: with a test key', { ...MINIMAL, flowIds: ['flow_a'], productSurfaceId: 'surface_1', targetAlias: 'stable' }, { key: test });
  await create('create: a live one with a test key', { ...MINIMAL, environment: 'live' }, { key: test });
  await create('create: faults of every kind at once', {
    name: '', flowIds: ['a b', 7], defaultFlowId: 'flow_z', agentIds: 'agent_a', allowedOrigins: ['https://a.example/path', 'https://*.com', '127.1', 'ftp://a.example'],
    environment: 'prod', pinToVersion: 'agentver_1', targetAlias: 'x'.repeat(129), rateLimitPerMinute: 0, rateLimitPerHour: 1.5,
    maxMessagesPerSession: '7', config: [], isActive: true, id: 'x', rateLimitPerMinuet: 3,
  });
  await create('create: nothing of what it needs', {});
  await create('create: fields that exclude each other', { ...MINIMAL, flowIds: ['flow_a'], defaultFlowId: 'flow_b', targetAlias: 'a', targetVersionId: 'b' });
  await create('create: a field twice', '{"name":"a","name":"b","allowedOrigins":["*"]}');
  await create('create: no JSON', '{"name":');
  await create('create: no object', '[]');
  await create('create: nested too deeply', `${'['.repeat(200)}${']'.repeat(200)}`);
  await create('create: too many values', `[${'0,'.repeat(30_000)}0]`);
  await ask('create: an unknown parameter of the query', 'POST', `${TOKENS}?dry_run=true`, { key, body: MINIMAL });

  const under = (name) => ({ headers: { 'Idempotency-Key': name } });
  await create('create: under an Idempotency-Key', MINIMAL, under('golden-1'));
  await create('create: once more under the same Idempotency-Key', MINIMAL, under('golden-1'));
  await create('create: something else under the same Idempotency-Key', { ...MINIMAL, name: 'Other' }, under('golden-1'));
  await create('create: under what is no Idempotency-Key', MINIMAL, under('a b'));

  const { id, tokenValue } = minimal.json.clientToken;
  const one = `${TOKENS}/${id}`;
  const got = await ask('get', 'GET', one, { key });
  await ask('get: HEAD', 'HEAD', one, { key });
  await ask('get: unchanged since', 'GET', one, { key, headers: { 'If-None-Match': got.headers.etag } });
  await ask('get: changed since', 'GET', one, { key, headers: { 'If-None-Match': '"other"' } });
  await ask('get: a live one with a test key', 'GET', one, { key: test });
  await ask('get: unknown', 'GET', `${TOKENS}/${UNKNOWN_TOKEN}`, { key });
  await ask('get: the value in place of the id', 'GET', `${TOKENS}/${tokenValue}`, { key });

  await ask('list: all', 'GET', TOKENS, { key });
  await ask('list: the first page', 'GET', `${TOKENS}?limit=2`, { key });
  await ask('list: a later page', 'GET', `${TOKENS}?limit=2&offset=4`, { key });
  await ask('list: HEAD', 'HEAD', `${TOKENS}?limit=2`, { key });
  await ask('list: with a test key', 'GET', TOKENS, { key: test });
  await ask('list: faults of the query', 'GET', `${TOKENS}?limit=0&offset=x&page=2&limit=3`, { key });

  const put = (title, body, options) => ask(title, 'PUT', one, { key, body, ...options });
  await put('update: nothing', {});
  await put('update: one field', { name: 'Renamed' });
  const { name: _, ...settings } = FULL;
  const changed = await put('update: every field', { ...settings, name: 'Changed', isActive: false, defaultFlowId: 'flow_a' });
  await put('update: what was read, as it is', changed.json.clientToken);
  await put('update: what never changes', { environment: 'test', productSurfaceId: 'x', id: 'y', createdAt: 'z' });
  await put('update: null where it may be', {
    defaultFlowId: null, pinToVersion: null, targetAlias: null, targetVersionId: null, rateLimitPerMinute: null, rateLimitPerHour: null,
    maxMessagesPerSession: null, sessionIdleTimeoutMinutes: null,
  });
  await put('update: null where it may not be', { name: null, flowIds: null, agentIds: null, allowedOrigins: null, config: null, isActive: null, environment: null });
  await put('update: against what is stored', { defaultFlowId: 'flow_z', targetVersionId: 'v', agentIds: [] });
  await put('update: If-Match of before', { name: 'Late' }, { headers: { 'If-Match': got.headers.etag } });
  await put('update: a malformed If-Match', { name: 'Late' }, { headers: { 'If-Match': 'abc' } });
  const now = await ask(null, 'GET', one, { key });
  await put('update: If-Match of now', { name: 'In time', isActive: true }, { headers: { 'If-Match': now.headers.etag } });
  await put('update: no field of that name', { nmae: 'x', allowedOrigin: [] });
  await ask('update: unknown', 'PUT', `${TOKENS}/${UNKNOWN_TOKEN}`, { key, body: {} });

  await ask('value', 'GET', `${one}/token`, { key });
  await ask('value: HEAD', 'HEAD', `${one}/token`, { key });

  const mint = (title, body, options) => ask(title, 'POST', `${one}/mint`, { key, body, ...options });
  await mint('mint: the least', {});
  const minted = await mint('mint: everything', {
    expiresInSeconds: 600, user: { id: 'user_1', name: 'Ada' }, allowedOrigins: ['https://shop.example.com'], flowIds: ['flow_a'], agentIds: [],
    rateLimitPerMinute: 3, rateLimitPerHour: 30, maxMessagesPerSession: 20, metadata: { plan: 'gold' },
  });
  await mint('mint: more than the token allows', { allowedOrigins: ['https://other.example'], flowIds: ['flow_z'], agentIds: ['agent_z'] });
  await mint('mint: faults', { expiresInSeconds: 1, user: { name: 7 }, metadata: [], limits: 1, rateLimitPerMinute: 0 });
  await mint('mint: under an Idempotency-Key', { user: { id: 'user_2' } }, under('golden-2'));
  await mint('mint: once more under the same Idempotency-Key', { user: { id: 'user_2' } }, under('golden-2'));
  await mint('mint: for another user under the same Idempotency-Key', { user: { id: 'user_3' } }, under('golden-2'));

  const verify = (title, body, options) => ask(title, 'POST', `${TOKENS}/verify`, { key, body, ...options });
  await verify('verify: valid', { token: tokenValue, origin: 'https://shop.example.com', targetId: 'flow_a' });
  await verify('verify: a minted value', { token: minted.json.token, origin: 'https://shop.example.com' });
  await verify('verify: all that is wrong', { token: minted.json.token, origin: 'null', targetId: 'flow_b' });
  await verify('verify: an origin that could be added', { token: tokenValue, origin: 'https://other.example', visitor: '203.0.113.1', consume: false });
  await verify('verify: malformed', { token: 'hello' });
  await verify('verify: forged', { token: `${tokenValue.slice(0, -1)}${tokenValue.endsWith('0') ? 1 : 0}` });
  await verify('verify: a live value with a test key', { token: tokenValue }, { key: test });
  await verify('verify: faults', { origin: 7, targetId: 'a b', consume: 'yes', value: tokenValue });

  const again = { headers: { 'Idempotency-Key': 'golden-3', 'If-Match': '*' } };
  await ask('regenerate: If-Match of before', 'POST', `${one}/regenerate`, { key, headers: { 'If-Match': got.headers.etag } });
  await ask('regenerate', 'POST', `${one}/regenerate`, { key, ...again });
  await ask('regenerate: once more under the same Idempotency-Key', 'POST', `${one}/regenerate`, { key, ...again });
  await ask('regenerate: another token under the same Idempotency-Key', 'POST', `${TOKENS}/${spelled.json.clientToken.id}/regenerate`, { key, ...again });
  await ask('regenerate: a body under the same Idempotency-Key', 'POST', `${one}/regenerate`, { key, body: { a: 1 }, ...again });
  await verify('verify: regenerated', { token: tokenValue });
  await put('update: switched off', { isActive: false });
  const off = await ask(null, 'GET', `${one}/token`, { key });
  await verify('verify: inactive, and nothing executes its flow', { token: off.json.token, targetId: 'flow_b', origin: 'https://shop.example.com' });

  await ask('delete: If-Match of before', 'DELETE', one, { key, headers: { 'If-Match': got.headers.etag } });
  await ask('delete', 'DELETE', one, { key });
  await ask('delete: a second time', 'DELETE', one, { key });
  await verify('verify: deleted', { token: off.json.token });
  s.close();
});
