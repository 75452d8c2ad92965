// An export that doesn't come to its end: its last line says so, and nothing goes on for nobody.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, test } from 'node:test';
import { holdToTheErrorShape } from '#support/client.mjs';
import { createToken } from '#support/contract.mjs';
import { seedConversations, seededId } from '#support/seed.mjs';
import { until } from '#support/until.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, lab, logs, sql } = worker;
const { key } = await worker.mintKey();

const CONVERSATIONS = 30;
const BYTES = 1_000_000;
const { id: token } = await createToken(api, key);
await seedConversations(sql, { token, count: CONVERSATIONS, series: 1 });
await sql('update conversations set message_count = 0');
for (let n = 1; n <= CONVERSATIONS; n += 1) {
  await sql(
    `insert into messages (conversation_id, id, position, role, content, created_at)
values (?1, 'm1', 1, 'user', json_quote(?2), 1)`,
    seededId('conv', 1, n), 'x'.repeat(BYTES),
  );
}

/** An export whose body isn't read yet. */
function begin(as = key) {
  const { hostname, port } = new URL(worker.origin);
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${as}` };
    const outgoing = request({ agent: false, hostname, port, path: `/v1/client-tokens/${token}/conversations/export`, headers });
    outgoing.on('response', (incoming) => resolve({ incoming, outgoing, id: incoming.headers['x-request-id'] }));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** How many bytes come, and whether that was all; the last line says so, however the connection ends. */
async function read({ incoming }) {
  let text = '';
  try {
    for await (const chunk of incoming.setEncoding('utf8')) text += chunk;
  } catch (error) {
    assert.equal(error.code, 'ECONNRESET');
  }
  assert.ok(text.endsWith('\n'));
  const last = JSON.parse(text.slice(text.lastIndexOf('\n', text.length - 2) + 1));
  if (last.error) holdToTheErrorShape(last);
  return { bytes: text.length, isWhole: !last.error };
}

const line = (id, cause) => logs.find((entry) => entry.cause?.includes(cause) && JSON.stringify(entry).includes(id));

test('an export that nothing breaks is whole', async () => {
  const { bytes, isWhole } = await read(await begin());
  assert.ok(isWhole && bytes > CONVERSATIONS * BYTES, `${bytes}`);
});

test('500 when the database breaks before the first line', async () => {
  await lab.fault({ nth: 1, mode: 'before' });
  const { status } = await api('GET', `/v1/client-tokens/${token}/conversations/export`, { key });
  assert.equal(status, 500);
});

test('a database that breaks in the middle is told in the last line and in the log', async () => {
  for (const nth of [2, 5]) {
    await lab.fault({ nth, mode: 'before' });
    const one = await begin();
    const { bytes, isWhole } = await read(one);
    await lab.calls();
    assert.deepEqual([one.incoming.statusCode, isWhole], [200, false]);
    assert.ok(bytes < CONVERSATIONS * BYTES);
    await line(one.id, 'an export broke off');
  }
});

test('a key that is revoked in the middle is told in the last line: nothing more is no end', async () => {
  const { key: short, id } = await worker.mintKey();
  const one = await begin(short);
  await sql('update api_keys set revoked_at = 1 where id = ?1', id);
  assert.equal((await read(one)).isWhole, false);
  await line(one.id, 'the token or the key went meanwhile');
});

test('a client that doesn\'t read isn\'t read for, and one that leaves ends the reading', async () => {
  await lab.calls();
  const one = await begin();
  const trips = async () => (await lab.calls()).filter((call) => call.startsWith('d1:')).length;
  let asked = 0;
  for (let news = 1; news > 0;) {
    await sleep(300);
    news = await trips();
    asked += news;
  }
  assert.ok(asked > 0 && asked < CONVERSATIONS / 2, `${asked} trips`);
  one.outgoing.destroy();
  await sleep(300);
  assert.ok((await trips()) <= 1);
  assert.equal((await api('GET', '/v1/client-tokens', { key })).status, 200);
});

test('an instance that is lost breaks its exports off, and says so', async () => {
  const one = await begin();
  await lab.trapAt(1);
  await api('GET', '/v1/client-tokens', { key }).catch(() => {});
  await lab.calls();
  assert.equal((await read(one)).isWhole, false);
  await until(() => logs.entries().some((entry) => entry.requestId === one.id && /an export was cut off/.test(entry.cause)));
  assert.equal((await read(await begin())).isWhole, true);
});
