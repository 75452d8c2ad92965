// Whose tenant a session token opens, and what it may do there (contract sections 3 and 4).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { clerk, inOrganisation } from '#support/clerk.mjs';
import { COLLECTIONS, MINIMAL, UNKNOWN_KEY, UNKNOWN_TOKEN, createToken, ofKey, ofTarget, ofToken } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const { token, pem } = clerk();
const worker = await start({
  bindings: { CLERK_JWT_KEY: pem },
  variants: { roles: { CLERK_ROLES: 'org:admin=API_KEYS:* CLIENT_TOKENS:READ, editor=CLIENT_TOKENS:*, org:guest=' } },
});
after(() => worker.stop());
const { api, sql, variants } = worker;

const admin = (org, version) => token(inOrganisation(org, 'admin', version));
const member = (org, version) => token(inOrganisation(org, 'member', version));
const tenants = async (id) => (await sql('select id from tenants where id = ?1', id)).length;
const ask = (key, { method, path, body }, at = api) => at(method, path, { key, body });

/** Every endpoint, on a token, a key and a target of the tenant whose all-powerful credential is given. */
async function endpoints(master) {
  const { id } = await createToken(api, master);
  const target = ofTarget(`flow_${id}`);
  await ask(master, target[0]);
  const body = { name: 'Target', permissions: ['API_KEYS:WRITE'] };
  const { apiKey } = (await api('POST', '/v1/api-keys', { key: master, body })).json;
  return [...COLLECTIONS, ...ofToken(id), ...ofKey(apiKey.id), ...target];
}

for (const version of [1, 2]) {
  test(`2xx everywhere for an admin of an organisation, claims of version ${version}`, async () => {
    const key = admin(`org_admin${version}`, version);
    for (const endpoint of await endpoints(key)) {
      const { status, text } = await ask(key, endpoint);
      assert.ok(status < 300, `${endpoint.method} ${endpoint.path}: ${text}`);
    }
  });

  test(`200 where tokens are read and 403 elsewhere for a member, claims of version ${version}`, async () => {
    const org = `org_member${version}`;
    const key = member(org, version);
    for (const endpoint of await endpoints(admin(org, version))) {
      const { status, headers, json, d1 } = await ask(key, endpoint);
      const may = endpoint.scope === 'CLIENT_TOKENS:READ';
      assert.equal(status, may ? 200 : 403, `${endpoint.method} ${endpoint.path}`);
      if (may) continue;
      assert.ok(json.details[0].message.includes(endpoint.scope));
      assert.equal(headers['www-authenticate'], `Bearer error="insufficient_scope", scope="${endpoint.scope}"`);
      assert.equal(d1.trips, 0);
    }
  });
}

test('2xx everywhere for a personal account', async () => {
  const key = token({ sub: 'user_alone' });
  for (const endpoint of await endpoints(key)) assert.ok((await ask(key, endpoint)).status < 300, endpoint.path);
});

test('200 or 403 as CLERK_ROLES says, and 403 for a role that it doesn\'t list', async () => {
  const body = { name: 'Made', permissions: ['CLIENT_TOKENS:READ'] };
  const status = async (role, method, path, sent) =>
    (await variants.roles(method, path, { key: token(inOrganisation('org_roles', role)), body: sent })).status;
  const makesToken = (role) => status(role, 'POST', '/v1/client-tokens', MINIMAL);
  const makesKey = (role) => status(role, 'POST', '/v1/api-keys', body);
  const lists = (role) => status(role, 'GET', '/v1/client-tokens');
  assert.deepEqual([await makesToken('admin'), await makesKey('admin'), await lists('admin')], [403, 201, 200]);
  assert.deepEqual([await makesToken('editor'), await makesKey('editor'), await lists('editor')], [201, 403, 200]);
  for (const role of ['guest', 'member']) {
    assert.deepEqual([await makesToken(role), await makesKey(role), await lists(role)], [403, 403, 403]);
  }
});

test('201 for the first write of a new tenant, which is made by it and by no read', async () => {
  for (const [org, path, body] of [
    ['org_new1', '/v1/client-tokens', MINIMAL],
    ['org_new2', '/v1/api-keys', { name: 'First', permissions: ['*'] }],
  ]) {
    const key = admin(org);
    assert.equal((await api('GET', path, { key })).status, 200);
    assert.equal((await api('DELETE', `/v1/client-tokens/${UNKNOWN_TOKEN}`, { key })).status, 404);
    assert.equal((await api('POST', path, { key, body: {} })).status, 400);
    assert.equal(await tenants(org), 0);
    assert.equal((await api('POST', path, { key, body })).status, 201);
    assert.equal(await tenants(org), 1);
  }
  const target = { upstream: { kind: 'echo' } };
  assert.equal((await api('PUT', '/v1/targets/flow_a', { key: admin('org_new3'), body: target })).status, 201);
  assert.equal(await tenants('org_new3'), 1);
});

test('201 for each of ten first writes at once, of one tenant', async () => {
  const key = admin('org_rush');
  const made = await Promise.all(Array.from({ length: 10 }, () => api('POST', '/v1/client-tokens', { key, body: MINIMAL })));
  assert.deepEqual(made.map(({ status }) => status), Array(10).fill(201));
  assert.equal(await tenants('org_rush'), 1);
  assert.equal((await api('GET', '/v1/client-tokens', { key })).json.clientTokens.length, 10);
});

test('one trip for what a user reads or writes in a token', async () => {
  const key = admin('org_trips');
  const { id } = await createToken(api, key);
  const answers = [
    await api('GET', '/v1/client-tokens', { key }),
    await api('POST', '/v1/client-tokens', { key, body: MINIMAL }),
    ...await Promise.all(ofToken(id).slice(0, -1).map((endpoint) => ask(key, endpoint))),
    await api('PUT', '/v1/targets/flow_trips', { key, body: { upstream: { kind: 'echo' } } }),
    await api('POST', '/v1/api-keys', { key, body: { name: 'A', permissions: ['*'] } }),
  ];
  assert.deepEqual(answers.map(({ d1 }) => d1.trips), answers.map(() => 1));
});

test('200 with the same for every user of an organisation and for its API keys', async () => {
  const { key } = await worker.mintKey({ tenant: 'org_shared' });
  const { id } = await createToken(api, key);
  const mine = await createToken(api, admin('org_shared'), { environment: 'test' });
  for (const one of [key, admin('org_shared', 1), token({ sub: 'user_2', ...inOrganisation('org_shared', 'member') })]) {
    const { clientTokens } = (await api('GET', '/v1/client-tokens', { key: one })).json;
    assert.deepEqual(clientTokens.map((each) => each.id).sort(), [id, mine.id].sort());
  }
});

test('404 for another tenant\'s token, key and target, and nothing of it changes', async () => {
  const owner = admin('org_owner');
  const own = await createToken(api, owner);
  const body = { name: 'Key', permissions: ['*'] };
  const { apiKey } = (await api('POST', '/v1/api-keys', { key: owner, body })).json;
  const dump = async () => [
    await sql('select * from client_tokens where id = ?1', own.id),
    await sql('select * from api_keys where id = ?1', apiKey.id),
  ];
  const before = await dump();
  for (const stranger of [admin('org_other'), token({ sub: 'user_other' }), token({ sub: 'user_1' })]) {
    for (const [seen, unseen] of [[ofToken(own.id), ofToken(UNKNOWN_TOKEN)], [ofKey(apiKey.id), ofKey(UNKNOWN_KEY)]]) {
      for (const [n, endpoint] of seen.entries()) {
        const answer = await ask(stranger, endpoint);
        assert.equal(answer.status, 404, `${endpoint.method} ${endpoint.path}`);
        assert.equal(answer.text, (await ask(stranger, unseen[n])).text);
      }
    }
  }
  assert.deepEqual(await dump(), before);
});

test('201 with a key that has no maker and need not end; 403 for one that may more than the role', async () => {
  const body = { name: 'Server', permissions: ['CLIENT_TOKENS:READ'] };
  const key = token(inOrganisation('org_keys', 'admin'));
  const made = await variants.roles('POST', '/v1/api-keys', { key, body });
  assert.equal(made.status, 201);
  const { createdBy, expiresAt, environment } = made.json.apiKey;
  assert.deepEqual([createdBy, expiresAt, environment], [null, null, 'live']);
  assert.equal((await api('GET', '/v1/client-tokens', { key: made.json.key })).status, 200);
  for (const permissions of [['CLIENT_TOKENS:WRITE'], ['*']]) {
    const { status, json } = await variants.roles('POST', '/v1/api-keys', { key, body: { ...body, permissions } });
    assert.equal(status, 403);
    assert.match(json.details[0].message, /more than its maker has/);
  }
});

test('403 for revoking or regenerating a key that may more than the role, 200 for one that may not', async () => {
  const { id: strong } = await worker.mintKey({ tenant: 'org_ends' });
  const { id: weak } = await worker.mintKey({ tenant: 'org_ends', permissions: 'CLIENT_TOKENS:READ' });
  const key = admin('org_ends');
  const status = async (method, path) => (await variants.roles(method, path, { key })).status;
  assert.equal(await status('DELETE', `/v1/api-keys/${strong}?cascade=true`), 403);
  assert.equal(await status('POST', `/v1/api-keys/${strong}/regenerate`), 403);
  assert.equal(await status('POST', `/v1/api-keys/${weak}/regenerate`), 200);
  assert.equal(await status('DELETE', `/v1/api-keys/${weak}`), 200);
  assert.equal((await api('DELETE', `/v1/api-keys/${strong}`, { key })).status, 200);
});
