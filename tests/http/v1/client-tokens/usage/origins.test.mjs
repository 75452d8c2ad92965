// GET /v1/client-tokens/:id/observed-origins, and the end of a ledger.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createToken, echoTargets, faults } from '#support/contract.mjs';
import { ORIGIN, UNLIMITED, Visitor } from '#support/page.mjs';
import { until } from '#support/until.mjs';
import { start } from '#support/worker.mjs';
import { reader } from './set-up.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, lab } = worker;
const { key } = await worker.mintKey();
await echoTargets(api, key, 'flow_a');
const { origins, once, seen, total } = reader(api, key);
const DAY = 86_400_000;

async function visitor(settings) {
  const token = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'], ...settings });
  return Object.assign(new Visitor(worker.origin, token.tokenValue), { id: token.id });
}

test('200 with an empty list for a new token', async () => {
  const { id } = await visitor();
  assert.deepEqual((await origins(id)).json, { origins: [], windowDays: 7 });
  assert.deepEqual(faults(await origins(id, '?limit=1')), ['limit UNKNOWN_FIELD']);
});

test('200 with allowed and refused origins, the latest seen first, as the present list allows them', async () => {
  const one = await visitor();
  const began = Date.now();
  for (const from of [ORIGIN, ORIGIN, 'https://staging.example.com', null, 'null', 'https://a.example/path', 'capacitor://localhost']) {
    await one.init({}, { from });
  }
  assert.deepEqual((await seen(6, one.id)).sort(), [
    ['capacitor://localhost', false, 1],
    [ORIGIN, true, 2],
    ['https://staging.example.com', false, 1],
    ['native', false, 1],
    ['null', false, 1],
  ]);
  const { json } = await origins(one.id);
  const last = json.origins.map(({ lastSeenAt }) => lastSeenAt);
  assert.deepEqual(last, [...last].sort().reverse());
  for (const { firstSeenAt, lastSeenAt } of json.origins) {
    assert.ok(Date.parse(firstSeenAt) >= began - 1_000 && firstSeenAt <= lastSeenAt);
  }
  const allowedOrigins = [ORIGIN, 'https://*.example.com', 'native'];
  await api('PUT', `/v1/client-tokens/${one.id}`, { key, body: { allowedOrigins } });
  const allowed = (await origins(one.id)).json.origins.filter(({ allowed }) => allowed).map(({ origin }) => origin);
  assert.deepEqual(allowed.sort(), [ORIGIN, 'https://staging.example.com', 'native']);
});

test('200 with the real origins after a flood of made-up ones, which is counted', async () => {
  const one = await visitor();
  await one.init();
  await one.init({}, { from: 'https://staging.example.com' });
  await one.init({}, { from: 'https://staging.example.com' });
  await once(3, one.id);
  for (const part of [0, 1, 2]) {
    for (let n = 0; n < 100; n += 1) await one.init({}, { from: `https://x${part * 100 + n}.invalid` });
    await once(3 + (part + 1) * 100, one.id);
  }
  const list = await seen(303, one.id);
  assert.ok(list.length <= 200, `${list.length} origins`);
  assert.ok(list.some(([origin, allowed]) => origin === ORIGIN && allowed));
  assert.deepEqual(list.find(([origin]) => origin === 'https://staging.example.com'), ['https://staging.example.com', false, 2]);
  assert.equal(list.reduce((all, [, , count]) => all + count, 0), 303);
  const other = list.find(([origin]) => origin === 'other');
  assert.ok(other && !other[1] && other[2] >= 100);
});

test('200 without an origin that wasn\'t seen for seven days, which begins anew', async () => {
  const one = await visitor();
  await one.init();
  await one.init();
  await once(2, one.id);
  await lab.advance(8 * DAY);
  assert.deepEqual((await origins(one.id)).json.origins, []);
  await one.init();
  assert.deepEqual(await seen(1, one.id), [[ORIGIN, true, 1]]);
});

test('200 with what is kept, and with nothing once a ledger\'s alarm finds all of it over', async () => {
  const one = await visitor();
    await lab.ledgerAlarmIn(20);
  await one.init();
  await once(1, one.id);
  // It rings again and again, since something is left.
  await until(async () => (await lab.peek()).ledgerAlarms > 2);
  assert.equal((await total(one.id)).inits, 1);
  await lab.ledgerAlarmIn(20, 402 * DAY);
  await until(async () => (await lab.peek()).ledgerAlarms > 0);
  await lab.advance(-402 * DAY);
  await until(async () => (await total(one.id)).inits === 0);
  assert.deepEqual((await origins(one.id)).json.origins, []);
  await one.init();
  assert.equal((await once(1, one.id)).inits, 1);
});

test('200 with nothing of a token that was purged, were it ever to come back', async () => {
  const worker = await start();
  try {
    const { api, sql } = worker;
    const { key } = await worker.mintKey();
    await echoTargets(api, key, 'flow_a');
    const { origins, once, total } = reader(api, key);
    const { id, tokenValue } = await createToken(api, key, { ...UNLIMITED, flowIds: ['flow_a'] });
    await new Visitor(worker.origin, tokenValue).init();
    await once(1, id);
    const [row] = await sql('select * from client_tokens where id = ?1', id);
    await sql('update client_tokens set deleted_at = 1 where id = ?1', id);
    assert.equal((await worker.scheduled('*/10 * * * *')).outcome, 'ok');
    assert.deepEqual(await sql('select id from client_tokens where id = ?1', id), []);
    const columns = Object.keys(row);
    await sql(`insert into client_tokens (${columns}) values (${columns.map((_, n) => `?${n + 1}`)})`, ...Object.values(row));
    assert.equal((await total(id)).requests, 0);
    assert.deepEqual((await origins(id)).json.origins, []);
    // It counts again from the beginning.
    await new Visitor(worker.origin, tokenValue).init();
    assert.equal((await once(1, id)).inits, 1);
  } finally {
    await worker.stop();
  }
});
