// What is left after WebAssembly trapped: all but the request that it happened in.
// It is here because an instance that trapped can't be used again, and a deployment would be dead for good.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken } from './support/contract.mjs';
import { UNLIMITED, Visitor } from './support/page.mjs';
import { start } from './support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, lab, logs } = worker;
const { key } = await worker.mintKey();

const NEW_INSTANCE = /new one was started/;

const LIST = new URL('/v1/client-tokens', worker.origin);
const headers = { Authorization: `Bearer ${key}` };

// The clock is looked at when a request comes, and again when the database has answered.
for (const [nth, when] of [[1, 'at once'], [2, 'after it waited'], [1, 'at once, again']]) {
  test(`500 for a request that traps ${when} and 200 for the next, with a line in the log`, async () => {
    const told = () => logs.entries().filter(({ level, cause }) => level === 'error' && NEW_INSTANCE.test(cause)).length;
    const before = told();
    await lab.trapAt(nth);
    assert.equal((await fetch(LIST, { headers })).status, 500);
    assert.equal((await api('GET', '/v1/client-tokens', { key })).status, 200);
    await logs.find(() => told() === before + 1);
  });
}

test('a limiter that was there before counts on in the new instance', async () => {
  const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'], rateLimitPerMinute: 3 });
  const visitor = new Visitor(worker.origin, token.tokenValue);
  assert.equal((await visitor.init()).status, 200);
  await lab.trapAt(1);
  assert.equal((await fetch(LIST, { headers })).status, 500);
  const statuses = [];
  for (let n = 0; n < 3; n += 1) statuses.push((await visitor.init()).status);
  assert.deepEqual(statuses, [200, 200, 429]);
});
