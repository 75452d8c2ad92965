// /v1/targets (contract section 10), and the warning of a token whose targets nothing executes (section 2).
// It is here because a target says where visitors' words go and with which key: what is stored must be what was meant.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MINIMAL, createToken, faults } from './support/contract.mjs';
import { start } from './support/worker.mjs';

const worker = await start({
  bindings: {
    UPSTREAM_OPENAI_HOSTS: 'api.example.com, eu.example.com:8443',
    UPSTREAM_ACME_HOSTS: 'api.example.com', UPSTREAM_ACME_TENANTS: 'acme, sister',
    UPSTREAM_BROKEN_HOSTS: 'https://api.example.com',
  },
  variants: {
    without: { DEFAULT_UPSTREAM: undefined },
    faulty: { DEFAULT_UPSTREAM: '{"kind":"openai"}' },
    private: { DEFAULT_UPSTREAM: '{"kind":"events","baseUrl":"http://localhost:9"}', ALLOW_PRIVATE_UPSTREAMS: 'off' },
    strict: { ALLOW_PRIVATE_UPSTREAMS: undefined },
  },
});
after(() => worker.stop());
const { api, sql } = worker;
const { key } = await worker.mintKey();

const FIELDS = ['id', 'name', 'description', 'upstream', 'createdAt', 'updatedAt'];
const ECHO = { kind: 'echo', baseUrl: null, model: null, systemPrompt: null, apiKeySecret: null };
const OPENAI = {
  kind: 'openai', baseUrl: 'https://api.example.com/v1', model: 'gpt-x', systemPrompt: 'Be kind.\nBe brief.',
  apiKeySecret: 'UPSTREAM_OPENAI',
};
const put = (id, body, as = key) => api('PUT', `/v1/targets/${id}`, { key: as, body });
const get = (id, as = key) => api('GET', `/v1/targets/${id}`, { key: as });
const remove = (id, as = key) => api('DELETE', `/v1/targets/${id}`, { key: as });
const list = async (as) => (await api('GET', '/v1/targets', { key: as })).json.targets.map(({ id }) => id);
const upstream = (fields) => ({ upstream: fields });

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

test('400 with a hint and no trip to the database for an id that can be none', async () => {
  for (const id of ['flow', 'flow_', 'agent_', 'step_a', 'FLOW_a', 'flow_a%20b', 'flow_a.b', `flow_${'a'.repeat(124)}`]) {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status, json, d1 } = await api(method, `/v1/targets/${id}`, { key });
      assert.equal(status, 400, `${method} ${id}`);
      assert.equal(json.error, 'Invalid target ID');
      assert.match(json.hint, /flow_.*agent_/);
      assert.equal(d1.trips, 0);
    }
  }
  assert.equal((await get(`flow_${'a'.repeat(123)}`)).status, 404);
});

test('400 with every fault at once, each with its nested path', async () => {
  const answer = await put('flow_bad', {
    name: '', description: 'x'.repeat(1001), colour: 'red',
    upstream: {
      kind: 'openai', baseURL: 'https://a.example', baseUrl: 'http://a.example', model: 'x'.repeat(129), systemPrompt: 7,
    },
  });
  assert.equal(answer.status, 400);
  assert.deepEqual(faults(answer).sort(), [
    'colour UNKNOWN_FIELD', 'description TOO_LONG', 'name INVALID_FORMAT', 'upstream.baseURL UNKNOWN_FIELD',
    'upstream.baseUrl INVALID_FORMAT', 'upstream.model TOO_LONG', 'upstream.systemPrompt INVALID_TYPE',
  ]);
  assert.equal(answer.json.details.find(({ path }) => path === 'upstream.baseURL').suggestion, 'baseUrl');
  assert.equal((await get('flow_bad')).status, 404);
});

test('400 for what a kind needs and hasn\'t, or has and doesn\'t take', async () => {
  const cases = [
    [{}, ['upstream MISSING_REQUIRED_FIELD']],
    [{ upstream: null }, ['upstream INVALID_TYPE']],
    [upstream({}), ['upstream.kind MISSING_REQUIRED_FIELD']],
    [upstream({ kind: 'opanai' }), ['upstream.kind INVALID_ENUM']],
    [upstream({ kind: 'openai' }), ['upstream.baseUrl MISSING_REQUIRED_FIELD', 'upstream.model MISSING_REQUIRED_FIELD']],
    [upstream({ kind: 'events' }), ['upstream.baseUrl MISSING_REQUIRED_FIELD']],
    [upstream({ kind: 'events', baseUrl: 'https://a.example', model: 'x' }), ['upstream.model UNKNOWN_FIELD']],
    [upstream({ kind: 'echo', baseUrl: 'https://a.example' }), ['upstream.baseUrl UNKNOWN_FIELD']],
  ];
  for (const [body, wanted] of cases) {
    const answer = await put('flow_bad', body);
    assert.equal(answer.status, 400);
    assert.deepEqual(faults(answer), wanted);
  }
});

test('400 for a base URL that fetch would repair, leak or send in the clear', async () => {
  for (const baseUrl of [
    '', 'a.example', 'ftp://a.example', 'http://a.example', 'http://10.0.0.1', 'https://user:pass@a.example', 'https://a.example?x=1',
    'https://a.example/#x', 'https://a.example/a b', 'https://127.1', 'https://a.example:0', 'https://bücher.example',
    `https://a.example/${'x'.repeat(512)}`,
  ]) {
    const answer = await put('flow_bad', upstream({ kind: 'events', baseUrl }));
    assert.equal(answer.status, 400, baseUrl);
    assert.deepEqual(answer.json.details.map(({ path }) => path), ['upstream.baseUrl'], baseUrl);
  }
});

test('400 for a key in place of its name, which is neither repeated nor logged', async () => {
  const secret = 'sk-proj-c0ffee0123456789';
  const answer = await put('flow_bad', upstream({ ...OPENAI, apiKeySecret: secret }));
  assert.deepEqual(faults(answer), ['upstream.apiKeySecret INVALID_FORMAT']);
  assert.match(answer.json.details[0].message, /name of a Worker secret/);
  await worker.logs.of(answer);
  assert.ok(![answer.text, ...worker.logs.lines].some((text) => text.includes('c0ffee')));
  for (const name of ['TOKEN_KEYS', 'openai_api_key', '', 'UPSTREAM_', `UPSTREAM_${'A'.repeat(56)}`]) {
    assert.equal((await put('flow_bad', upstream({ ...OPENAI, apiKeySecret: name }))).status, 400, name);
  }
});

test('400 for a secret of any other name, with the name that it could have', async () => {
  const answer = await put('flow_bad', upstream({ ...OPENAI, apiKeySecret: 'OPENAI_API_KEY' }));
  assert.equal(answer.status, 400);
  const [{ path, message, suggestion }] = answer.json.details;
  assert.deepEqual([path, suggestion], ['upstream.apiKeySecret', 'UPSTREAM_OPENAI_API_KEY']);
  assert.match(message, /must begin with UPSTREAM_/);
});

test('201 for a secret and a host that its variable lists, 400 naming the variable for every other', async () => {
  const secret = (apiKeySecret, baseUrl, as) => put('flow_secret', upstream({ ...OPENAI, baseUrl, apiKeySecret }), as);
  for (const baseUrl of ['https://api.example.com/v1', 'https://API.example.com:99', 'https://eu.example.com:8443']) {
    assert.ok((await secret('UPSTREAM_OPENAI', baseUrl)).status < 300, baseUrl);
  }
  const refused = async (answer, variable) => {
    const { status, json, text } = await answer;
    assert.equal(status, 400);
    assert.deepEqual(json.details.map(({ path }) => path), ['upstream.apiKeySecret']);
    assert.ok(json.details[0].message.includes(` ${variable} `), json.details[0].message);
    assert.doesNotMatch(text, /eu\.example\.com:8443|sister/, 'what the variable holds is told');
  };
  for (const baseUrl of ['https://evil.example', 'https://api.example.com.evil.example', 'https://x.api.example.com', 'https://eu.example.com']) {
    await refused(secret('UPSTREAM_OPENAI', baseUrl), 'UPSTREAM_OPENAI_HOSTS');
  }
  const allowed = 'https://api.example.com';
  await refused(secret('UPSTREAM_OTHER', allowed), 'UPSTREAM_OTHER_HOSTS');
  await refused(secret('UPSTREAM_BROKEN', allowed), 'UPSTREAM_BROKEN_HOSTS');
  await refused(secret('UPSTREAM_OPENAI_HOSTS', allowed), 'UPSTREAM_OPENAI_HOSTS_HOSTS');
  assert.equal((await secret('UPSTREAM_ACME', allowed)).status, 200);
  const { key: stranger } = await worker.mintKey({ tenant: 'stranger' });
  await refused(secret('UPSTREAM_ACME', allowed, stranger), 'UPSTREAM_ACME_TENANTS');
  assert.equal((await get('flow_secret', stranger)).status, 404);
});

test('400 for a private, loopback or link-local address, unless the variable is on', async () => {
  const { strict } = worker.variants;
  for (const baseUrl of [
    'http://localhost:11434', 'http://127.0.0.1', 'http://[::1]:9', 'https://a.localhost', 'https://10.1.2.3', 'https://172.31.0.1',
    'https://192.168.1.1', 'https://169.254.169.254', 'https://100.64.0.1', 'https://0.0.0.0', 'https://[::]',
    'https://[fd00::1]', 'https://[fe80::1]', 'https://[::ffff:a00:1]', 'https://[64:ff9b::7f00:1]',
    'https://metadata.google.internal', 'https://printer.local',
  ]) {
    const body = upstream({ kind: 'events', baseUrl });
    const answer = await strict('PUT', '/v1/targets/flow_private', { key, body });
    assert.equal(answer.status, 400, baseUrl);
    assert.deepEqual(faults(answer), ['upstream.baseUrl INVALID_FORMAT']);
    assert.match(answer.json.details[0].message, /ALLOW_PRIVATE_UPSTREAMS/);
    assert.ok((await put('flow_private', body)).status < 300, baseUrl);
  }
  const body = upstream({ kind: 'events', baseUrl: 'https://172.32.0.1' });
  assert.equal((await strict('PUT', '/v1/targets/flow_private', { key, body })).status, 200);
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

test('400 for one target more than a tenant may have, and 200 for those that are there', async () => {
  const { key: full } = await worker.mintKey({ tenant: 'full' });
  await sql(
    `insert into targets (tenant_id, id, kind, created_at, updated_at)
with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 1000)
select 'full', 'flow_' || n, 'echo', 1, 1 from numbers`,
  );
  const answer = await put('flow_over', upstream({ kind: 'echo' }), full);
  assert.equal(answer.status, 400);
  assert.equal(answer.json.error, 'Too many targets');
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
  await costs(await remove('flow_cost'), 2, 10);
});

test('201 and 200 with unknown_target until the target is there, without a default upstream', async () => {
  const { without } = worker.variants;
  const flows = { ...MINIMAL, flowIds: ['flow_w1', 'flow_w2'], agentIds: ['agent_w3'] };
  await put('flow_w1', upstream({ kind: 'echo' }));
  const made = await without('POST', '/v1/client-tokens', { key, body: flows });
  const [warning, ...others] = made.json.warnings;
  assert.deepEqual([warning.type, others], ['unknown_target', []]);
  assert.match(warning.message, /flow_w2, agent_w3/);
  assert.doesNotMatch(warning.message, /flow_w1/);
  const path = `/v1/client-tokens/${made.json.clientToken.id}`;
  const update = async (body) => (await without('PUT', path, { key, body })).json.warnings;
  assert.deepEqual(await update({}), [warning]);
  assert.deepEqual((await update({ flowIds: ['flow_w1'] })).map(({ message }) => /flow_/.test(message)), [false]);
  await put('agent_w3', upstream({ kind: 'echo' }));
  assert.deepEqual(await update({}), []);
  assert.deepEqual(await update({ name: 'Renamed' }), []);
});

test('200 with no unknown_target when a default upstream executes all, and with it when that one is faulty', async () => {
  const { id } = await createToken(api, key, { flowIds: ['flow_nowhere'] });
  const types = async (as) => {
    const { json } = await as('PUT', `/v1/client-tokens/${id}`, { key, body: {} });
    return json.warnings.map(({ type }) => type);
  };
  assert.deepEqual(await types(api), []);
  for (const bad of ['faulty', 'private']) assert.deepEqual(await types(worker.variants[bad]), ['unknown_target'], bad);
});

test('201 with unknown_target for a target that only another tenant has', async () => {
  const { key: other } = await worker.mintKey({ tenant: 'another' });
  await put('flow_theirs', upstream({ kind: 'echo' }), other);
  const body = { ...MINIMAL, flowIds: ['flow_theirs'] };
  const { json } = await worker.variants.without('POST', '/v1/client-tokens', { key, body });
  assert.deepEqual(json.warnings.map(({ type }) => type), ['unknown_target']);
  assert.equal((await get('flow_theirs')).status, 404);
});
