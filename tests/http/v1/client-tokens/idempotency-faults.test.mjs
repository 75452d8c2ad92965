// What becomes of a request under an Idempotency-Key when the database breaks, and the client asks again.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { MINIMAL, createToken } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const worker = await start({ hasLab: true });
after(() => worker.stop());
const { api, sql, lab } = worker;
const { key } = await worker.mintKey();

const create = (name) => api('POST', '/v1/client-tokens', { key, body: MINIMAL, headers: { 'Idempotency-Key': name } });
const regenerate = (id, name) =>
  api('POST', `/v1/client-tokens/${id}/regenerate`, { key, headers: { 'Idempotency-Key': name } });
const count = async () => (await sql('select count(*) as n from client_tokens'))[0].n;
const generation = async (id) => (await sql('select generation from client_tokens where id = ?1', id))[0].generation;

test('201 or 500, and one token, when the database breaks before or after the write and the client asks again', async () => {
  for (const mode of ['before', 'after']) {
    const before = await count();
    const name = randomUUID();
    await lab.fault({ nth: 1, mode });
    assert.equal((await create(name)).status, 500);
    assert.equal(await count(), before + (mode === 'after' ? 1 : 0));
    const second = await create(name);
    assert.equal(second.status, 201);
    assert.equal(second.headers['idempotent-replayed'], mode === 'after' ? 'true' : undefined);
    assert.equal(await count(), before + 1);
    // The reading of what is recorded breaks, too: it is asked for again.
    await lab.fault({ nth: 2, mode });
    assert.equal((await create(name)).status, 500);
    const third = await create(name);
    assert.equal(third.status, 201);
    assert.ok(third.text === second.text, 'another answer');
    assert.equal(await count(), before + 1);
  }
});

test('500, and one new value, when the database breaks around a regenerate', async () => {
  for (const mode of ['before', 'after']) {
    const { id } = await createToken(api, key);
    const name = randomUUID();
    await lab.fault({ nth: 1, mode });
    assert.equal((await regenerate(id, name)).status, 500);
    const { status, json } = await regenerate(id, name);
    assert.equal(status, 200);
    assert.equal(await generation(id), 1);
    assert.ok((await api('GET', `/v1/client-tokens/${id}/token`, { key })).json.token === json.token);
  }
});
