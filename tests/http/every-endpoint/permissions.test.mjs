// Which permission each endpoint asks for, and which permissions grant it (contract section 4).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { COLLECTIONS, SCOPES, createToken, ofKey, ofTarget, ofToken } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api } = worker;
const { key: master } = await worker.mintKey();

/** Every endpoint, on a token, a key and a target made for the purpose. */
async function endpoints() {
  const { id } = await createToken(api, master);
  const target = ofTarget(`flow_${id}`);
  await api(target[0].method, target[0].path, { key: master, body: target[0].body });
  const body = { name: 'Target', permissions: ['API_KEYS:WRITE'] };
  const { apiKey } = (await api('POST', '/v1/api-keys', { key: master, body })).json;
  return [...COLLECTIONS, ...ofToken(id), ...ofKey(apiKey.id), ...target];
}

const keyWith = async (permissions) => (await worker.mintKey({ permissions: permissions.join() })).key;
const ask = (key, { method, path, body }) => api(method, path, { key, body });

async function isGranted(key, endpoint, yes) {
  const { status } = await ask(key, endpoint);
  assert.ok(yes ? status < 300 : status === 403, `${endpoint.method} ${endpoint.path}: ${status}`);
}

for (const scope of SCOPES) {
  test(`403 naming ${scope} for a key with every scope but that`, async () => {
    const key = await keyWith(SCOPES.filter((other) => other !== scope));
    for (const endpoint of (await endpoints()).filter((one) => one.scope === scope)) {
      const { status, headers, json } = await ask(key, endpoint);
      assert.equal(status, 403, `${endpoint.method} ${endpoint.path}`);
      assert.equal(json.error, 'Insufficient permissions');
      assert.ok(json.details[0].message.includes(scope));
      assert.equal(headers['www-authenticate'], `Bearer error="insufficient_scope", scope="${scope}"`);
    }
  });

  test(`2xx with ${scope} alone where it is asked for, 403 everywhere else`, async () => {
    const key = await keyWith([scope]);
    for (const endpoint of await endpoints()) await isGranted(key, endpoint, endpoint.scope === scope);
  });
}

for (const resource of ['CLIENT_TOKENS', 'API_KEYS', 'TARGETS', 'AUDIT']) {
  test(`2xx with ${resource}:* for its own endpoints, 403 for the others`, async () => {
    const key = await keyWith([`${resource}:*`]);
    for (const endpoint of await endpoints()) await isGranted(key, endpoint, endpoint.scope.startsWith(resource));
  });
}

test('a key that is minted without a word of permissions reaches client tokens alone', async () => {
  const { key } = await worker.mintKey({ permissions: undefined });
  for (const endpoint of await endpoints()) await isGranted(key, endpoint, endpoint.scope.startsWith('CLIENT_TOKENS'));
});

test('2xx with * everywhere', async () => {
  const key = await keyWith(['*']);
  for (const endpoint of await endpoints()) await isGranted(key, endpoint, true);
});

test('403 leaves everything as it was', async () => {
  const key = await keyWith(['CLIENT_TOKENS:READ']);
  const all = await endpoints();
  const dump = async () => [
    await worker.sql('select * from client_tokens order by id'),
    await worker.sql('select id, digest, permissions, revoked_at from api_keys order by id'),
    await worker.sql('select * from targets order by id'),
  ];
  const before = await dump();
  for (const endpoint of all.filter(({ scope }) => scope !== 'CLIENT_TOKENS:READ')) {
    assert.equal((await ask(key, endpoint)).status, 403);
  }
  assert.deepEqual(await dump(), before);
});
