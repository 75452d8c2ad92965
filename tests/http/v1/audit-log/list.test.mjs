// GET /v1/audit-log: pages, filters, and who sees what.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINIMAL, createToken, faults } from '#support/contract.mjs';
import { actions, actor, api, key, log, sql, worker } from './set-up.mjs';

const list = (query, as = key) => api('GET', `/v1/audit-log${query}`, { key: as });

test('200 newest first, in pages that neither repeat nor miss an entry while others are written', async () => {
  for (let n = 0; n < 7; n += 1) await createToken(api, key);
  const whole = (await log('?limit=200')).map(({ position }) => position);
  assert.deepEqual(whole, [...whole].sort((a, b) => b - a));
  assert.deepEqual(whole, Array.from(whole, (_, n) => whole.length - n), 'no gaps');
  const seen = [];
  for (let cursor = ''; cursor !== undefined;) {
    const { json } = await list(`?limit=3${cursor}`);
    seen.push(...json.auditLog.map(({ position }) => position));
    assert.equal(json.pagination.limit, 3);
    const { nextCursor } = json.pagination;
    cursor = nextCursor === null ? undefined : `&cursor=${nextCursor}`;
    await createToken(api, key);
  }
  assert.deepEqual(seen, whole);
});

test('200 with what the filters name together, and nothing for an id that nothing has', async () => {
  const { id } = await createToken(api, key);
  await api('POST', `/v1/client-tokens/${id}/regenerate`, { key });
  const other = await worker.mintKey({ tenant: 'acme' });
  await api('DELETE', `/v1/client-tokens/${id}`, { key: other.key });
  assert.deepEqual(actions(await log(`?objectId=${id}`)), ['client_token.delete', 'client_token.regenerate', 'client_token.create']);
  assert.deepEqual(actions(await log(`?objectId=${id}&actor=${actor}`)), ['client_token.regenerate', 'client_token.create']);
  assert.deepEqual(actions(await log(`?actor=${other.id}`)), ['client_token.delete']);
  const deleted = await log('?action=client_token.delete');
  assert.deepEqual(deleted.map(({ objectId }) => objectId), [id]);
  assert.deepEqual(await log(`?objectId=${id}&action=target.put`), []);
  assert.deepEqual(await log('?objectId=%00&actor='), []);
  const { json } = await list(`?objectId=${id}&limit=2`);
  const rest = await list(`?objectId=${id}&limit=2&cursor=${json.pagination.nextCursor}`);
  assert.deepEqual([actions(rest.json.auditLog), rest.json.pagination.nextCursor], [['client_token.create'], null]);
});

test('200 with one trip and a few rows read for each that is shown, in a long log', async () => {
  const { key: own } = await worker.mintKey({ tenant: 'long' });
  await sql(`with recursive numbers (n) as (select 2 union all select n + 1 from numbers where n < 20000)
    insert into audit_log (tenant_id, position, at, action, environment, object_kind, object_id)
    select 'long', n, n, 'target.put', 'live', 'target', 'flow_' || (n % 10000) from numbers`);
  for (const [query, shown, read] of [['?limit=50', 50, 350], ['?objectId=flow_7', 2, 20], ['?action=target.delete', 0, 6]]) {
    const { json, d1 } = await list(query, own);
    assert.equal(json.auditLog.length, shown);
    assert.ok(d1.trips === 1 && d1.read <= read && d1.written === 0, `${query}: ${JSON.stringify(d1)}`);
  }
});

test('400 with every fault of the query', async () => {
  const answer = await list('?limit=201&cursor=1&action=client_token.created&object_id=x&actor=a&actor=b');
  assert.equal(answer.status, 400);
  assert.deepEqual(faults(answer), [
    'limit OUT_OF_RANGE', 'cursor INVALID_FORMAT', 'actor DUPLICATE_FIELD', 'action INVALID_ENUM', 'object_id UNKNOWN_FIELD',
  ]);
  assert.equal(answer.json.details[3].suggestion, 'client_token.create');
});

test('403 without AUDIT:READ, and 405 for any change of it', async () => {
  const { key: other } = await worker.mintKey({ tenant: 'acme', permissions: 'CLIENT_TOKENS:*,API_KEYS:*,TARGETS:*' });
  const { status, headers } = await list('', other);
  assert.deepEqual([status, headers['www-authenticate']], [403, 'Bearer error="insufficient_scope", scope="AUDIT:READ"']);
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await api(method, '/v1/audit-log', { key });
    assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD']);
  }
});

test('200 with nothing of another tenant, its objects\' ids and its keys\' ids included', async () => {
  const { id } = await createToken(api, key);
  const stranger = await worker.mintKey({ tenant: 'stranger' });
  for (const query of [`?objectId=${id}`, `?actor=${actor}`, '?action=client_token.create']) {
    assert.deepEqual(await log(query, stranger.key), []);
  }
  assert.deepEqual((await log('', stranger.key)).map(({ position, objectId }) => [position, objectId]), [[1, stranger.id]]);
});

test('200 for a test key with what was done to test tokens and test keys, whoever did it', async () => {
  const { key: trial, id } = await worker.mintKey({ tenant: 'mixed', environment: 'test' });
  const { key: live, id: liveId } = await worker.mintKey({ tenant: 'mixed' });
  await createToken(api, live);
  const { id: token } = await createToken(api, live, { environment: 'test' });
  await api('PUT', '/v1/targets/flow_a', { key: live, body: { upstream: { kind: 'echo' } } });
  const seen = (await log('', trial)).map(({ action, objectId, actor: by }) => [action, objectId, by]);
  assert.deepEqual(seen, [['client_token.create', token, liveId], ['api_key.create', id, null]]);
  assert.deepEqual(await log(`?objectId=${liveId}`, trial), []);
  assert.equal((await log('', live)).length, 5);
});

test('an entry goes with the first scheduled run 400 days later', async () => {
  const { key: own } = await worker.mintKey({ tenant: 'old' });
  await createToken(api, own);
  await createToken(api, own);
  // Rows are final, so the old ones are made so.
  const DAY = 86_400_000;
  for (const [position, age] of [[10, 399 * DAY], [11, 400 * DAY]]) {
    await sql(`insert into audit_log (tenant_id, position, at, action, environment, object_kind, object_id)
      values ('old', ?1, ?2, 'target.put', 'live', 'target', 'flow_a')`, position, Date.now() - age);
  }
  await worker.scheduled('*/10 * * * *');
  assert.deepEqual((await log('', own)).map(({ position }) => position), [10, 3, 2, 1]);
});

test('201 for many changes at once, each with its one entry', async () => {
  const { key: own } = await worker.mintKey({ tenant: 'busy' });
  const answers = await Promise.all(Array.from({ length: 25 }, () => api('POST', '/v1/client-tokens', { key: own, body: MINIMAL })));
  const entries = await log('?action=client_token.create', own);
  const told = entries.map(({ objectId, requestId }) => `${objectId} ${requestId}`).sort();
  assert.deepEqual(told, answers.map(({ json, headers }) => `${json.clientToken.id} ${headers['x-request-id']}`).sort());
});
