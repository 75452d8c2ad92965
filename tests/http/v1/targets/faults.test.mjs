// What a target may not be (contract section 10): it says where visitors' words go and with which key.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faults } from '#support/contract.mjs';
import { OPENAI, api, get, key, put, upstream, worker } from './set-up.mjs';

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
    '', 'a.example', 'ftp://a.example', 'http://a.example', 'http://8.8.8.8', 'https://user:pass@a.example', 'https://a.example?x=1',
    'https://a.example/#x', 'https://a.example/a b', 'https://127.1', 'https://a.example:0', 'https://bücher.example',
    `https://a.example/${'x'.repeat(512)}`,
  ]) {
    const answer = await put('flow_bad', upstream({ kind: 'events', baseUrl }));
    assert.equal(answer.status, 400, baseUrl);
    assert.deepEqual(answer.json.details.map(({ path }) => path), ['upstream.baseUrl'], baseUrl);
  }
});

test('400 for an inward host in a form that fetch would read as one, even where such hosts are allowed', async () => {
  for (const host of [
    '127.1', '2130706433', '0x7f000001', '0x7f.0.0.1', '017700000001', '0177.0.0.1', '127.0.0.01', '10.0x', '127.0.0.1.', 'localhost.', 'a.local.',
    'local%68ost', '%31%30.0.0.1', '１２７.0.0.1', 'ⓛocalhost', 'local\u00adhost', '10。0。0。1', 'xn--ii7c.localhost', '[::1%25eth0]', '[fe80::1%eth0]',
    '[::ffff:10.0.0.1]', '[0:0:0:0:0:0:0:1]', '[::01]', 'a.example\\@localhost', 'a.example@localhost', 'a.example#@localhost', '/localhost', 'local\thost',
  ]) {
    for (const by of [api, worker.variants.strict]) {
      const { status, json } = await by('PUT', '/v1/targets/flow_bad', { key, body: upstream({ kind: 'events', baseUrl: `https://${host}` }) });
      assert.equal(status, 400, host);
      assert.deepEqual(json.details.map(({ path }) => path), ['upstream.baseUrl'], host);
    }
  }
});

test('400 for a key in place of its name, which is neither repeated nor logged', async () => {
  const secret = 'sk-proj-c0ffee0123456789';
  const answer = await put('flow_bad', upstream({ ...OPENAI, apiKeySecret: secret }));
  assert.deepEqual(faults(answer), ['upstream.apiKeySecret INVALID_FORMAT']);
  assert.match(answer.json.details[0].message, /name of a Worker secret/);
  assert.match(answer.json.hint, /Locally.*\.dev\.vars.*Deployed.*secret put/);
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
    assert.match(json.hint, /Locally.*\.dev\.vars.*Deployed.*wrangler\.toml/);
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

test('400 for a private, loopback or link-local address, or a name that leads there, unless the variable is on', async () => {
  const { strict } = worker.variants;
  for (const baseUrl of [
    'http://localhost:11434', 'http://127.0.0.1', 'http://[::1]:9', 'https://a.localhost', 'https://10.1.2.3', 'https://172.31.0.1',
    'https://192.168.1.1', 'https://169.254.169.254', 'https://100.64.0.1', 'https://0.0.0.0', 'https://[::]',
    'https://[fd00::1]', 'https://[fe80::1]', 'https://[::ffff:a00:1]', 'https://[64:ff9b::7f00:1]',
    'https://metadata.google.internal', 'https://printer.local', 'http://10.1.2.3:8000', 'http://ollama:11434', 'http://models.team.svc',
    'http://host.docker.internal:8000', 'https://nas.lan', 'https://a.home', 'https://a.corp', 'https://a.test', 'https://a.invalid',
    'https://a.onion', 'https://LOCALHOST', 'https://Metadata.Google.INTERNAL', 'https://wiki.intranet', 'https://localhost.localdomain',
    'https://192.0.0.8', 'https://198.18.0.1', 'https://224.0.0.1', 'https://255.255.255.255', 'https://[::7f00:1]', 'https://[::ffff:0:a00:1]',
    'https://[64:ff9b:1::808:808]', 'https://[2002:a00:1::1]', 'https://[2001::1]', 'https://[fec0::1]', 'https://[ff02::1]', 'https://[2001:db8::1]',
    'https://[100::1]', 'https://[2606:4700::5efe:a00:1]', 'https://10.0.0.1.nip.io', 'https://app-0a000001.sslip.io', 'https://a.b.LocalTest.me',
    'https://lvh.me', 'https://192-168-1-1.traefik.me',
  ]) {
    const body = upstream({ kind: 'events', baseUrl });
    const answer = await strict('PUT', '/v1/targets/flow_private', { key, body });
    assert.equal(answer.status, 400, baseUrl);
    assert.deepEqual(faults(answer), ['upstream.baseUrl INVALID_FORMAT']);
    assert.match(answer.json.details[0].message, /ALLOW_PRIVATE_UPSTREAMS/);
    assert.ok((await put('flow_private', body)).status < 300, baseUrl);
  }
  for (const baseUrl of ['https://172.32.0.1', 'https://[2606:4700::1111]', 'https://[64:ff9b::808:808]', 'https://nip.io.example']) {
    const body = upstream({ kind: 'events', baseUrl });
    assert.equal((await strict('PUT', '/v1/targets/flow_private', { key, body })).status, 200, baseUrl);
  }
});
