// A change without its entry or an entry without its change is impossible, whatever of the database fails and when.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MINIMAL, createToken } from '#support/contract.mjs';
import { seedConversations, seedMessages, seededId } from '#support/seed.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, sql, lab } = worker;
const { key } = await worker.mintKey();

let names = 0;
/** A name that nothing has had, since a change to what is there already is none. */
const newName = () => `Name ${(names += 1)}`;

/** All that a change can touch. */
const state = async () => JSON.stringify([
  await sql('select * from client_tokens order by id'),
  await sql('select id, name, digest, previous_digest, revoked_at from api_keys order by id'),
  await sql('select * from targets order by tenant_id, id'),
  await sql('select * from conversations order by id'),
  await sql('select * from messages order by conversation_id, id'),
]);

let series = 0;
/** The ids of new conversations of a token, each with messages. */
async function talks(token, count) {
  series += 1;
  await seedConversations(sql, { token, count, series });
  const ids = Array.from({ length: count }, (_, n) => seededId('conv', series, n + 1));
  await sql('update conversations set message_count = 0 where client_token_id = ?1', token);
  for (const id of ids) await seedMessages(sql, { conversation: id, count: 2 });
  return ids;
}

/** Every endpoint that changes or reveals, on objects made for the purpose. */
async function changes() {
  const { id } = await createToken(api, key);
  const { apiKey } = (await api('POST', '/v1/api-keys', { key, body: { name: 'K', permissions: ['*'] } })).json;
  const target = `/v1/targets/flow_${id}`;
  await api('PUT', target, { key, body: { upstream: { kind: 'echo' } } });
  const token = `/v1/client-tokens/${id}`;
  const [deleted, erased] = await talks(id, 2);
  await sql("update conversations set user_id = 'user_1' where id = ?1", erased);
  const owned = `/v1/api-keys/${apiKey.id}`;
  return [
    ['POST', '/v1/client-tokens', MINIMAL],
    ['PUT', token, { get name() { return newName(); } }],
    ['POST', `${token}/regenerate`],
    ['GET', `${token}/token`],
    ['DELETE', `${token}/conversations/${deleted}`],
    ['DELETE', `${token}/conversations?userId=user_1`],
    ['DELETE', token],
    ['POST', '/v1/api-keys', { name: 'Made', permissions: ['*'] }],
    ['POST', `${owned}/regenerate`, { gracePeriodSeconds: 60 }],
    ['DELETE', `${owned}?cascade=true`],
    ['PUT', target, { get name() { return newName(); }, upstream: { kind: 'echo' } }],
    ['DELETE', target],
  ];
}

/** How many entries there are, and all that they speak of. */
const seen = async () => ({ entries: (await sql('select count(*) as n from audit_log'))[0].n, state: await state() });

for (const mode of ['before', 'after']) {
  test(`500 when the database breaks ${mode} any of its transactions: the entry is there if and only if the change is`, async () => {
    for (const [method, path, body] of await changes()) {
      for (const nth of [1, 2]) {
        const was = await seen();
        await lab.fault({ nth, mode });
        const { status } = await api(method, path, { key, body });
        await lab.calls();
        const is = await seen();
        const what = `${method} ${path}, ${mode} trip ${nth}`;
        if (nth === 1) assert.equal(status, 500, what);
        const isReveal = path.endsWith('/token');
        const grew = is.entries - was.entries;
        if (!isReveal) assert.equal(grew, is.state === was.state ? 0 : 1, what);
        // A value that was read and didn't arrive counts as revealed.
        else assert.equal(grew, status === 200 || mode === 'after' ? 1 : 0, what);
        if (mode === 'before' && status === 500) assert.equal(grew, 0, what);
      }
    }
  });
}

test('500 when no entry can be written, and nothing is changed or revealed', async () => {
  const all = await changes();
  await sql(`create trigger refused before insert on audit_log begin select raise(abort, 'injected'); end`);
  const was = await seen();
  for (const [method, path, body] of all) {
    const { status, json } = await api(method, path, { key, body });
    assert.equal(status, 500, `${method} ${path}`);
    assert.deepEqual([json.token, json.key], [undefined, undefined]);
  }
  assert.deepEqual(await seen(), was);
  await sql('drop trigger refused');
});

test('500 when a change is refused after its entry was written, and there is no entry', async () => {
  const all = await changes();
  for (const table of ['client_tokens', 'api_keys', 'targets', 'conversations']) {
    for (const event of ['insert', 'update', 'delete']) {
      // It is refused last of all, when the other triggers have run.
      await sql(`create trigger refused_${event}_${table} after ${event} on ${table} begin select raise(abort, 'injected'); end`);
    }
  }
  const was = await seen();
  for (const [method, path, body] of all.filter(([, path]) => !path.endsWith('/token'))) {
    assert.equal((await api(method, path, { key, body })).status, 500, `${method} ${path}`);
  }
  assert.deepEqual(await seen(), was);
  for (const table of ['client_tokens', 'api_keys', 'targets', 'conversations']) {
    for (const event of ['insert', 'update', 'delete']) await sql(`drop trigger refused_${event}_${table}`);
  }
});

test('2xx again afterwards, each with exactly one entry and none with another request\'s words', async () => {
  for (const [method, path, body] of await changes()) {
    const was = await seen();
    const { status, headers } = await api(method, path, { key, body });
    assert.ok(status < 300, `${method} ${path}`);
    assert.equal((await seen()).entries - was.entries, 1, `${method} ${path}`);
    const { json } = await api('GET', '/v1/audit-log?limit=1', { key });
    assert.equal(json.auditLog[0].requestId, headers['x-request-id']);
  }
  assert.deepEqual(await sql('select * from audit_context'), []);
});
