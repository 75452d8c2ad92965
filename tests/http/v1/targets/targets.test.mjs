// Writing, reading and deleting targets under /v1/targets (contract section 10).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPENAI, api, get, key, put, sql, upstream, worker } from './set-up.mjs';

const FIELDS = ['id', 'name', 'description', 'upstream', 'createdAt', 'updatedAt'];
const ECHO = { kind: 'echo', baseUrl: null, model: null, systemPrompt: null, apiKeySecret: null };
const remove = (id, as = key) => api('DELETE', `/v1/targets/${id}`, { key: as });
const list = async (as) => (await api('GET', '/v1/targets', { key: as })).json.targets.map(({ id }) => id);

test('201 for a new target, which GET then shows', async () => {
  const body = { name: 'Support', description: 'Answers\nquestions.', ...upstream(OPENAI) };
  const { status, json } = await put('agent_new', body);
  assert.equal(status, 201);
  assert.deepEqual(Object.keys(json), ['target']);
  assert.deepEqual(Object.keys(json.target), FIELDS);
  const { createdAt, updatedAt, ...rest } = json.target;
  assert.deepEqual(rest, { id: 'agent_new', ...body });
  assert.equal(createdAt, updatedAt);
  const found = await get('agent_new');
  assert.equal(found.status, 200);
  assert.deepEqual(found.json, json);
});

test('200 when it replaces a target, the whole of it', async () => {
  const before = { name: 'Before', description: 'Before', ...upstream(OPENAI) };
  const { createdAt } = (await put('flow_twice', before)).json.target;
  const { status, json } = await put('flow_twice', upstream({ kind: 'echo' }));
  assert.equal(status, 200);
  assert.ok(json.target.updatedAt > createdAt);
  assert.deepEqual({ ...json.target, updatedAt: 0 }, {
    id: 'flow_twice', name: null, description: null, upstream: ECHO, createdAt, updatedAt: 0,
  });
});

test('200 when what was read is written back', async () => {
  for (const [n, fields] of [{ kind: 'echo' }, OPENAI, { kind: 'events', baseUrl: 'http://localhost:8788' }].entries()) {
    const { target } = (await put(`flow_back_${n}`, upstream(fields))).json;
    const { status, json } = await put(`flow_back_${n}`, target);
    assert.equal(status, 200);
    assert.deepEqual({ ...json.target, updatedAt: 0 }, { ...target, updatedAt: 0 });
  }
});

test('201 with the base URL as it will be asked', async () => {
  const stored = async (baseUrl) => {
    const { json } = await put('flow_url', upstream({ kind: 'events', baseUrl }));
    return json.target.upstream.baseUrl;
  };
  assert.equal(await stored('HTTPS://Api.Example.com:443/V1/'), 'https://api.example.com/V1');
  assert.equal(await stored('http://127.0.0.1:9'), 'http://127.0.0.1:9');
  assert.equal(await stored('http://[::1]/a/b'), 'http://[::1]/a/b');
});

test('200 with all targets of the tenant and no others, by id', async () => {
  const { key: one } = await worker.mintKey({ tenant: 'one' });
  const { key: other } = await worker.mintKey({ tenant: 'other' });
  assert.deepEqual(await list(one), []);
  for (const id of ['flow_b', 'agent_c', 'flow_a']) await put(id, upstream({ kind: 'echo' }), one);
  await put('flow_a', upstream(OPENAI), other);
  assert.deepEqual(await list(one), ['agent_c', 'flow_a', 'flow_b']);
  assert.equal((await get('flow_a', one)).json.target.upstream.kind, 'echo');
  assert.equal((await remove('flow_b', other)).status, 404);
});

test('200 with the kind of what answers for all others, and no more of it', async () => {
  const { key: own } = await worker.mintKey({ tenant: 'asking' });
  const token = { name: 'Asks', flowIds: ['flow_unknown'], allowedOrigins: ['https://a.example'] };
  const told = async (variant) => {
    const { defaultUpstream } = (await variant('GET', '/v1/targets', { key: own })).json;
    const { warnings } = (await variant('POST', '/v1/client-tokens', { key: own, body: token })).json;
    assert.equal(warnings.some(({ type }) => type === 'unknown_target'), defaultUpstream === null);
    return defaultUpstream;
  };
  const { withDefault, model, faulty, private: refused } = worker.variants;
  assert.equal(await told(api), null);
  assert.deepEqual(await told(withDefault), { kind: 'echo' });
  assert.deepEqual(await told(model), { kind: 'openai' });
  for (const none of [faulty, refused]) assert.equal(await told(none), null, 'one with faults answers nothing');
});

test('200 for a deletion, 404 for a second one and for what is gone', async () => {
  await put('flow_gone', upstream({ kind: 'echo' }));
  const { status, json } = await remove('flow_gone');
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json), ['success', 'message']);
  assert.equal(json.success, true);
  for (const answer of [await remove('flow_gone'), await get('flow_gone')]) {
    assert.equal(answer.status, 404);
    assert.equal(answer.json.error, 'Target not found');
  }
});

test('200 for a target from before these rules, as it stands', async () => {
  await put('flow_old', upstream(OPENAI));
  await sql("update targets set api_key_secret = 'OPENAI_API_KEY', base_url = 'https://10.0.0.1' where id = 'flow_old'");
  for (const { status, json } of [await get('flow_old'), await api('GET', '/v1/targets', { key })]) {
    assert.equal(status, 200);
    const { upstream } = json.target ?? json.targets.find(({ id }) => id === 'flow_old');
    assert.deepEqual([upstream.apiKeySecret, upstream.baseUrl], ['OPENAI_API_KEY', 'https://10.0.0.1']);
  }
});

test('409 for one target more than a tenant may have, and 200 for those that are there', async () => {
  const { key: full } = await worker.mintKey({ tenant: 'full' });
  await sql(
    `insert into targets (tenant_id, id, kind, created_at, updated_at)
with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 1000)
select 'full', 'flow_' || n, 'echo', 1, 1 from numbers`,
  );
  const answer = await put('flow_over', upstream({ kind: 'echo' }), full);
  assert.equal(answer.status, 409);
  assert.equal(answer.json.error, 'Too many targets');
  assert.match(answer.json.details[0].message, /\b1000\b/);
  assert.match(answer.json.hint, /Delete .*TENANT_QUOTAS/);
  assert.equal((await put('flow_7', upstream({ kind: 'echo' }), full)).status, 200);
  assert.equal((await list(full)).length, 1000);
});

test('403 when a test key would change a target, 200 when it reads', async () => {
  await put('flow_shared', upstream({ kind: 'echo' }));
  const { key: testKey } = await worker.mintKey({ environment: 'test' });
  for (const answer of [await put('flow_shared', upstream(OPENAI), testKey), await remove('flow_shared', testKey)]) {
    assert.equal(answer.status, 403);
    assert.equal(answer.json.error, 'Insufficient permissions');
  }
  assert.equal((await get('flow_shared', testKey)).json.target.upstream.kind, 'echo');
  assert.ok((await list(testKey)).includes('flow_shared'));
});

test('403 naming the scope for a key without it', async () => {
  const { key: reader } = await worker.mintKey({ permissions: 'TARGETS:READ' });
  const { key: writer } = await worker.mintKey({ permissions: 'TARGETS:WRITE' });
  const { key: both } = await worker.mintKey({ permissions: 'TARGETS:*' });
  assert.equal((await put('flow_scope', upstream({ kind: 'echo' }), both)).status, 201);
  for (const [method, scope] of [['GET', 'READ'], ['PUT', 'WRITE'], ['DELETE', 'WRITE']]) {
    const as = scope === 'READ' ? writer : reader;
    const body = method === 'PUT' ? upstream({ kind: 'echo' }) : undefined;
    const { status, json } = await api(method, '/v1/targets/flow_scope', { key: as, body });
    assert.equal(status, 403, method);
    assert.ok(json.details[0].message.includes(`TARGETS:${scope}`));
  }
  assert.deepEqual((await api('GET', '/v1/targets', { key: reader })).status, 200);
  assert.equal((await remove('flow_scope', writer)).status, 200);
});

test('405 with the methods of either path', async () => {
  const allow = async (method, path) => (await api(method, path, { key })).headers.allow;
  assert.equal(await allow('POST', '/v1/targets'), 'GET, HEAD');
  assert.equal(await allow('POST', '/v1/targets/flow_a'), 'GET, HEAD, PUT, DELETE');
});

test('2xx with one trip to read and two to write', async () => {
  const costs = async (answer, trips, read) => {
    assert.equal(answer.d1.trips, trips);
    assert.ok(answer.d1.read <= read, `${answer.d1.read} rows read`);
  };
  await costs(await put('flow_cost', upstream(OPENAI)), 2, 60);
  await costs(await get('flow_cost'), 1, 4);
  await costs(await api('GET', '/v1/targets', { key }), 1, 60);
  await costs(await remove('flow_cost'), 2, 24);
});
