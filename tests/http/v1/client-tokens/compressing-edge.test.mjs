// Safe edits through an edge that compresses answers, and so weakens their entity tags (contract section 3, HTTP's own
// safety nets).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { compressing } from '#support/compressing.mjs';
import { createToken } from '#support/contract.mjs';
import { seedConversations } from '#support/seed.mjs';
import { start } from '#support/worker.mjs';

const worker = await start();
after(() => worker.stop());
const edges = { any: await compressing(worker.origin), heeding: await compressing(worker.origin, { heeds: true }) };
after(() => Promise.all(Object.values(edges).map((edge) => edge.stop())));
const { api, sql } = worker;
const { key } = await worker.mintKey();
const DIGEST = '0123456789abcdef01234567';

/** Asks through an edge, as a client that takes what is compressed. */
async function ask(method, path, { body, headers, edge = edges.any } = {}) {
  const sent = { 'Accept-Encoding': 'gzip', Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', ...headers };
  const answer = await fetch(`${edge.origin}${path}`, { method, headers: sent, body: body && JSON.stringify(body) });
  const text = await answer.text();
  const header = (name) => answer.headers.get(name);
  return { status: answer.status, etag: header('etag'), encoding: header('content-encoding'), cache: header('cache-control'), json: text && JSON.parse(text) };
}

const at = (id, rest = '') => `/v1/client-tokens/${id}${rest}`;
const get = (id, headers) => ask('GET', at(id), { headers });
/** Everything that takes a condition; the deletion comes last. */
const changes = {
  put: (id, match) => ask('PUT', at(id), { body: { name: `Edit ${Math.random()}` }, headers: { 'If-Match': match } }),
  'put without a change': (id, match) => ask('PUT', at(id), { body: {}, headers: { 'If-Match': match } }),
  'read-modify-write': (id, match) => ask('PUT', at(id), { body: { environment: 'live', name: 'Whole' }, headers: { 'If-Match': match } }),
  regenerate: (id, match) => ask('POST', at(id, '/regenerate'), { headers: { 'If-Match': match } }),
  delete: (id, match) => ask('DELETE', at(id), { headers: { 'If-Match': match } }),
};

test('200 for every change with the tag of the answer before it, weakened on its way', async () => {
  const made = await ask('POST', '/v1/client-tokens', { body: { name: 'A', allowedOrigins: ['*'] } });
  assert.equal(made.encoding, 'gzip');
  const { id } = made.json.clientToken;
  let seen = made.etag;
  for (const [name, change] of Object.entries(changes)) {
    assert.match(seen, /^W\/"\d+-[0-9a-f]{24}"$/, name);
    const answer = await change(id, seen);
    assert.equal(answer.status, 200, name);
    seen = answer.etag;
  }
});

test('200 for every change with the weakened tag in a list, among others, and with *', async () => {
  const lists = [
    (tag) => `"x", ${tag}`,
    (tag) => `W/"1-${DIGEST}",${tag} ,`,
    (tag) => `${tag.replace('W/', '')}, ${tag}`,
    () => '*',
  ];
  for (const list of lists) {
    const { id } = await createToken(api, key);
    for (const [name, change] of Object.entries(changes)) {
      const { etag } = await get(id);
      assert.match(etag, /^W\//);
      assert.equal((await change(id, list(etag))).status, 200, `${name}: ${list(etag)}`);
    }
  }
});

test('200 for a weakened tag from before a chat, which shows in the answer but changes no setting', async () => {
  const { id } = await createToken(api, key);
  const { etag } = await get(id);
  await seedConversations(sql, { token: id, count: 1, series: 1 });
  assert.notEqual((await get(id)).etag, etag);
  assert.equal((await changes.put(id, etag)).status, 200);
});

test('412 with the present tag and no change, for a stale weakened tag and for weak tags of others', async () => {
  const { id } = await createToken(api, key);
  const { etag: stale } = await get(id);
  await changes.put(id, stale);
  const { etag: present } = await get(id);
  const [, version] = /^W\/"(\d+)-/.exec(present);
  const lists = [stale, `W/"1-${DIGEST}"`, 'W/"x"', 'W/""', `W/"${version}"`, `W/"${version}-gzip"`, `W/"${DIGEST}"`, `${stale}, W/"x", "y"`];
  for (const list of lists) {
    for (const [name, change] of Object.entries(changes)) {
      const answer = await change(id, list);
      assert.deepEqual([answer.status, answer.etag], [412, present], `${name}: ${list}`);
      assert.equal(answer.cache, 'no-store, no-transform');
    }
  }
  assert.equal((await get(id)).etag, present);
});

test('200 for the tag that a 412 brought, weakened as well', async () => {
  const { id } = await createToken(api, key);
  for (const [name, change] of Object.entries(changes)) {
    const refused = await change(id, `"1-${DIGEST}"`);
    assert.equal(refused.status, 412);
    assert.match(refused.etag, /^W\//);
    assert.equal((await change(id, refused.etag)).status, 200, name);
  }
});

test('one 200 and nineteen 412 for twenty edits at once of what all have read through the edge', async () => {
  const { id } = await createToken(api, key);
  const { etag } = await get(id);
  const answers = await Promise.all(Array.from({ length: 20 }, () => changes.put(id, etag)));
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, ...Array(19).fill(412)]);
});

test('304 for the weakened tag, and its answer says again not to transform', async () => {
  const { id } = await createToken(api, key);
  const { etag } = await get(id);
  const answer = await get(id, { 'If-None-Match': etag });
  assert.deepEqual([answer.status, answer.cache], [304, 'no-store, no-transform']);
  await seedConversations(sql, { token: id, count: 1, series: 2 });
  assert.equal((await get(id, { 'If-None-Match': etag })).status, 200);
});

test('2xx with a strong tag, uncompressed, through an edge that heeds no-transform', async () => {
  const edge = edges.heeding;
  const body = { name: 'A', allowedOrigins: ['*'] };
  const made = await ask('POST', '/v1/client-tokens', { body, edge });
  const path = at(made.json.clientToken.id);
  const answers = [made, await ask('GET', path, { edge }), await ask('PUT', path, { body, edge }), await ask('POST', `${path}/regenerate`, { edge })];
  for (const { etag, encoding, cache } of answers) {
    assert.match(etag, /^"/);
    assert.deepEqual([encoding, cache], [null, 'no-store, no-transform']);
  }
  // What has no tag may be compressed.
  const list = await ask('GET', '/v1/client-tokens', { edge });
  assert.deepEqual([list.encoding, list.cache, list.etag], ['gzip', 'no-store', null]);
});
