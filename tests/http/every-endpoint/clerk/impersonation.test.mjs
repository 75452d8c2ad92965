// A session token that somebody uses as another user (the claim `act`): whom the audit log names, and what becomes of a
// claim that can't be read (contract section 3.13).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { clerk, inOrganisation } from '#support/clerk.mjs';
import { MINIMAL } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const { token, pem } = clerk();
const worker = await start({ bindings: { CLERK_JWT_KEY: pem } });
after(() => worker.stop());
const { api } = worker;

const own = () => token({ sub: 'user_x', ...inOrganisation('org_a', 'admin') });
const actedBy = (sub, role = 'admin') => token({ sub: 'user_x', act: { iss: 'https://dashboard.clerk.com', sub }, ...inOrganisation('org_a', role) });
const make = (key) => api('POST', '/v1/client-tokens', { key, body: MINIMAL });
const log = async (query = '') => (await api('GET', `/v1/audit-log${query}`, { key: own() })).json.auditLog;

const made = {};
for (const [who, key] of [['x', own()], ['y', actedBy('user_y')], ['z', actedBy('user_z')]]) {
  const { status, json } = await make(key);
  assert.equal(status, 201);
  made[who] = json.clientToken.id;
}

test('200 with both names in each entry, and found by either and by both', async () => {
  assert.deepEqual((await log()).map(({ actor }) => actor), ['user_x by user_z', 'user_x by user_y', 'user_x']);
  for (const [actor, found] of [
    ['user_x', [made.z, made.y, made.x]],
    ['user_y', [made.y]],
    ['user_x by user_y', [made.y]],
    ['user_y by user_x', []],
    ['user_x by user_x', []],
  ]) {
    const filtered = await log(`?actor=${encodeURIComponent(actor)}`);
    assert.deepEqual(filtered.map(({ objectId }) => objectId), found, actor);
  }
});

test('200 with both names for a value that was revealed', async () => {
  assert.equal((await api('GET', `/v1/client-tokens/${made.x}/token`, { key: actedBy('user_y') })).status, 200);
  const [{ action, actor }] = await log('?limit=1');
  assert.deepEqual([action, actor], ['client_token.reveal', 'user_x by user_y']);
});

test("403 for what the user may not do, whoever acts as the user", async () => {
  assert.equal((await make(actedBy('user_y', 'member'))).status, 403);
});

test('401 naming the claim when it can\'t be read, and nothing done', async () => {
  const before = await log();
  for (const act of [{}, [], 'user_y', 7, true, { sub: null }, { sub: '' }, { sub: 'a b' }, { sub: "a'b" }, { sub: 'user_x' }, { act: { sub: 'user_y' } }]) {
    const { status, json, headers, d1 } = await make(token({ sub: 'user_x', act, ...inOrganisation('org_a', 'admin') }));
    assert.equal(status, 401, JSON.stringify(act));
    assert.ok(json.hint.includes('act.sub'), json.hint);
    assert.equal(headers['www-authenticate'], 'Bearer error="invalid_token"');
    assert.equal(d1.trips, 0);
  }
  assert.deepEqual(await log(), before);
  assert.equal((await make(token({ sub: 'user_x', act: null, ...inOrganisation('org_a', 'admin') }))).status, 201);
});
