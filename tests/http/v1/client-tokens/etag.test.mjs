// ETag, If-None-Match and If-Match on client tokens (contract section 3, HTTP's own safety nets; RFC 9110 section 13).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { UNKNOWN_TOKEN, createToken, faults } from '#support/contract.mjs';
import { seedConversations } from '#support/seed.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const { api, sql } = worker;
const { key } = await worker.mintKey();
const { key: foreign } = await worker.mintKey({ tenant: 'foreign' });
const { key: reader } = await worker.mintKey({ permissions: 'CLIENT_TOKENS:READ' });
const STALE = '"1-0123456789abcdef01234567"';

const at = (id, rest = '') => `/v1/client-tokens/${id}${rest}`;
const get = (id, headers) => api('GET', at(id), { key, headers });
const put = (id, body, match) => api('PUT', at(id), { key, body, headers: { 'If-Match': match } });
const regenerate = (id, match) => api('POST', at(id, '/regenerate'), { key, headers: { 'If-Match': match } });
const remove = (id, match) => api('DELETE', at(id), { key, headers: { 'If-Match': match } });
const tag = async (id) => (await get(id)).headers.etag;
const version = (etag) => /^"(\d+)-/.exec(etag)[1];

test('2xx with the entity tag of GET on every answer that shows the token', async () => {
  const made = await api('POST', '/v1/client-tokens', { key, body: { name: 'A', allowedOrigins: ['*'] } });
  const { id } = made.json.clientToken;
  assert.match(made.headers.etag, /^"\d+-[0-9a-f]{24}"$/);
  assert.equal(await tag(id), made.headers.etag);
  for (const change of [() => put(id, { name: 'B' }, null), () => put(id, {}, null), () => regenerate(id, null)]) {
    const answer = await change();
    assert.equal(answer.status, 200);
    assert.equal(await tag(id), answer.headers.etag);
    assert.notEqual(answer.headers.etag, made.headers.etag);
  }
  assert.equal((await api('HEAD', at(id), { key })).headers.etag, await tag(id));
});

test('200 with another tag for whatever the answer shows, and another version for settings and value only', async () => {
  const { id } = await createToken(api, key);
  const seen = [await tag(id)];
  const changes = [
    () => seedConversations(sql, { token: id, count: 1, series: 1 }),
    () => sql('update client_tokens set last_used_at = ?1 where id = ?2', Date.now(), id),
    () => put(id, { rateLimitPerMinute: 9 }, null),
    () => regenerate(id, null),
  ];
  for (const change of changes) {
    await change();
    const now = await tag(id);
    assert.ok(!seen.includes(now));
    seen.push(now);
  }
  const [first, chat, use, edit, value] = seen.map(version);
  assert.deepEqual([chat, use], [first, first]);
  assert.equal(new Set([first, edit, value]).size, 3);
});

test('304 without a body, in one trip, for the present tag in any list', async () => {
  const { id } = await createToken(api, key);
  const etag = await tag(id);
  for (const list of [etag, '*', `W/${etag}`, `${STALE}, ${etag}`, `,"a,b",W/${etag} ,`]) {
    for (const method of ['GET', 'HEAD']) {
      const answer = await api(method, at(id), { key, headers: { 'If-None-Match': list } });
      assert.equal(answer.status, 304, list);
      assert.equal(answer.text, '');
      assert.equal(answer.headers.etag, etag);
      assert.equal(answer.d1.trips, 1);
    }
  }
});

test('200 for a tag that is no longer the present one, and for a header that is no list of tags', async () => {
  const { id } = await createToken(api, key);
  const etag = await tag(id);
  for (const list of [STALE, etag.replaceAll('"', ''), `${etag} ${etag}`, '', 'W/']) {
    assert.equal((await get(id, { 'If-None-Match': list })).status, 200, list);
  }
  await seedConversations(sql, { token: id, count: 1, series: 2 });
  assert.equal((await get(id, { 'If-None-Match': etag })).status, 200);
});

test('200 for a change at the present version, whatever visitors did since', async () => {
  const { id } = await createToken(api, key);
  const [seen, other] = [await tag(id), STALE];
  await seedConversations(sql, { token: id, count: 1, series: 3 });
  assert.notEqual(await tag(id), seen);
  const edited = await put(id, { name: 'Edited' }, `${other}, ${seen}`);
  assert.equal(edited.status, 200);
  assert.equal(edited.d1.trips, 1);
  const again = await regenerate(id, edited.headers.etag);
  assert.equal(again.status, 200);
  assert.equal((await put(id, {}, again.headers.etag)).status, 200);
  assert.equal((await put(id, { environment: 'live', name: 'C' }, again.headers.etag)).status, 200);
  assert.equal((await remove(id, '*')).status, 200);
});

test('412 with the present tag and no change, for PUT, regenerate and DELETE', async () => {
  const { id } = await createToken(api, key);
  const seen = await tag(id);
  await put(id, { name: 'By another' }, null);
  const current = await tag(id);
  const lists = [seen, STALE, `W/${seen}`, '"x"', `${seen}, W/"x"`, current.replace('-', '0-')];
  for (const list of lists) {
    const bodies = [{ name: 'Lost' }, {}, { environment: 'live', name: 'Lost' }, { agentIds: [], targetVersionId: 'v' }];
    const answers = [...(await Promise.all(bodies.map((body) => put(id, body, list)))), await regenerate(id, list), await remove(id, list)];
    for (const { status, headers, json, d1 } of answers) {
      assert.equal(status, 412, list);
      assert.equal(headers.etag, current);
      assert.equal(json.error, 'Client token has changed');
      assert.ok(d1.trips <= 2);
    }
  }
  assert.equal(await tag(id), current);
});

test('one 200 and nineteen 412 for twenty edits at once of what all have read', async () => {
  const { id } = await createToken(api, key);
  const seen = await tag(id);
  const edits = Array.from({ length: 20 }, (_, n) => put(id, { name: `Edit ${n}` }, seen));
  const statuses = (await Promise.all(edits)).map(({ status }) => status);
  assert.deepEqual(statuses.toSorted(), [200, ...Array(19).fill(412)]);
});

test('400 for an If-Match header that is no list of tags, and nothing changes', async () => {
  const { id } = await createToken(api, key);
  const before = await tag(id);
  for (const list of [before.replaceAll('"', ''), ',', '"a" "b"', '*, "a"', '"a', 'w/"a"', '"a b"']) {
    for (const { status, json } of [await put(id, { name: 'x' }, list), await regenerate(id, list), await remove(id, list)]) {
      assert.equal(status, 400, `If-Match: <${list}>`);
      assert.equal(json.error, 'Invalid If-Match header');
      assert.ok(json.hint);
    }
  }
  assert.equal(await tag(id), before);
});

test('401, 403 and 404 before any condition', async () => {
  const { id } = await createToken(api, key);
  const etag = await tag(id);
  const ask = (as, match) => api('DELETE', at(id), { key: as, headers: { 'If-Match': match } });
  for (const match of [etag, STALE, 'x']) {
    assert.equal((await ask('rt_live_made_up', match)).status, 401);
    assert.equal((await ask(reader, match)).status, 403);
  }
  for (const match of [etag, STALE, '*']) {
    const other = await ask(foreign, match);
    assert.equal(other.status, 404);
    assert.equal(other.headers.etag, undefined);
    assert.equal((await remove(UNKNOWN_TOKEN, match)).status, 404);
    assert.equal((await put(UNKNOWN_TOKEN, { name: 'x' }, match)).status, 404);
  }
  const none = await api('GET', at(id), { key: foreign, headers: { 'If-None-Match': '*' } });
  assert.equal(none.status, 404);
});

test('400 with the faults of a body that no version would take', async () => {
  const { id } = await createToken(api, key);
  const answer = await put(id, { name: '' }, await tag(id));
  assert.equal(answer.status, 400);
  assert.deepEqual(faults(answer), ['name INVALID_FORMAT']);
});
