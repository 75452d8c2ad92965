// A database that fails at the first write of a user's tenant: tenant and row are both there, or neither.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { clerk } from '#support/clerk.mjs';
import { MINIMAL } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const { token, pem } = clerk();
const worker = await start({ hasLab: true, bindings: { CLERK_JWT_KEY: pem } });
after(() => worker.stop());
const { api, lab, logs, sql } = worker;

const WRITES = [
  ['client_tokens', 'POST', '/v1/client-tokens', MINIMAL],
  ['api_keys', 'POST', '/v1/api-keys', { name: 'First', permissions: ['*'] }],
  ['targets', 'PUT', '/v1/targets/flow_a', { upstream: { kind: 'echo' } }],
];

const count = async (table, column, tenant) =>
  (await sql(`select count(*) as n from ${table} where ${column} = ?1`, tenant))[0].n;

for (const [table, method, path, body] of WRITES) {
  for (const mode of ['before', 'after']) {
    test(`500 for a first ${method} ${path} when its one call breaks ${mode} it, and 201 or 200 for the next`, async () => {
      const tenant = `user_${table}_${mode}`;
      const key = token({ sub: tenant });
      const there = async () => [await count('tenants', 'id', tenant), await count(table, 'tenant_id', tenant)];
      await lab.fault({ nth: 1, mode });
      const broken = await api(method, path, { key, body });
      assert.equal(broken.status, 500);
      assert.match((await logs.of(broken)).cause, /injected fault/);
      assert.equal((await lab.calls()).length, 1);
      const [tenants, rows] = await there();
      assert.equal(tenants, rows);
      assert.equal(rows, mode === 'before' ? 0 : 1);
      const again = await api(method, path, { key, body });
      assert.ok([200, 201].includes(again.status), again.text);
      assert.equal(await count('tenants', 'id', tenant), 1);
    });
  }
}
