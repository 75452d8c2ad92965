// The Worker secret TOKEN_KEYS: its rotation, and what happens without it (contract sections 2 and 3.6).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { COLLECTIONS, MINIMAL, createToken } from '#support/contract.mjs';
import { mintKey } from '#support/mint-key.mjs';
import { signingKey, start } from '#support/worker.mjs';

const [one, two] = [signingKey(1), signingKey(2)];
const hex = one.slice(2);
const malformed = {
  empty: '', blank: ' ', 'no id': hex, 'id 0': `0:${hex}`, 'id 256': `256:${hex}`, 'a word for an id': `one:${hex}`,
  'a short key': `1:${hex.slice(1)}`, 'a long key': `1:${hex}0`, 'a key that is not hex': `1:${hex.slice(1)}g`,
  'the same id twice': `${one},1:${two.slice(2)}`, 'the same key twice': `${one},2:${hex.toUpperCase()}`,
  'a key of zeros': `1:${'0'.repeat(64)}`, 'a key of one byte': `${one},2:${'a1'.repeat(32)}`, 'a trailing comma': `${one},`, semicolons: `${one};${two}`,
};

const nameOf = (what) => what.replaceAll(' ', '-');
const worker = await start({
  tokenKeys: one,
  variants: {
    rotated: { TOKEN_KEYS: `${two},${one}` },
    dropped: { TOKEN_KEYS: two },
    spaced: { TOKEN_KEYS: ` ${two} , ${one} ` },
    missing: { TOKEN_KEYS: undefined },
    ...Object.fromEntries(Object.entries(malformed).map(([what, TOKEN_KEYS]) => [nameOf(what), { TOKEN_KEYS }])),
  },
});
after(() => worker.stop());
const { api: before, logs } = worker;
const { rotated, dropped, spaced, missing } = worker.variants;
const { key } = await worker.mintKey();

const get = (api, id, as = key) => api('GET', `/v1/client-tokens/${id}`, { key: as });
const value = (api, id, as = key) => api('GET', `/v1/client-tokens/${id}/token`, { key: as });
const regenerate = (api, id, as = key) => api('POST', `/v1/client-tokens/${id}/regenerate`, { key: as });

/** A key that the new signing key made. */
async function newKey() {
  const body = { name: 'New', permissions: ['*'] };
  const { status, json } = await rotated('POST', '/v1/api-keys', { key, body });
  assert.equal(status, 201);
  return json.key;
}

test('200 with old values and old keys while the old signing key is listed', async () => {
  const made = await createToken(before, key);
  for (const api of [rotated, spaced]) {
    const { status, json } = await value(api, made.id);
    assert.equal(status, 200);
    assert.ok(json.token === made.tokenValue);
  }
});

test('200 with a value signed by the new key after regenerate', async () => {
  const made = await createToken(before, key);
  const { token } = (await regenerate(rotated, made.id)).json;
  assert.ok(token !== made.tokenValue);
  assert.ok((await value(dropped, made.id, await newKey())).json.token === token);
  assert.equal((await value(before, made.id)).status, 400, 'the old key alone must not derive it');
});

test('201 with a value and an API key signed by the new key', async () => {
  const made = await createToken(rotated, key);
  const fresh = await newKey();
  assert.ok((await value(dropped, made.id, fresh)).json.token === made.tokenValue);
  assert.equal((await get(before, made.id, fresh)).status, 401);
});

test('200 with an old API key regenerated under the new signing key', async () => {
  const { key: old, id } = await worker.mintKey();
  const { json } = await rotated('POST', `/v1/api-keys/${id}/regenerate`, { key: old });
  assert.equal((await dropped('GET', '/v1/client-tokens', { key: json.key })).status, 200);
  assert.equal((await rotated('GET', '/v1/client-tokens', { key: old })).status, 401);
});

test('400 with a hint that names regenerate for a value whose signing key was dropped', async () => {
  const made = await createToken(before, key);
  const { status, json } = await value(dropped, made.id, await newKey());
  assert.equal(status, 400);
  assert.deepEqual(Object.keys(json), ['error', 'hint']);
  assert.match(json.hint, /regenerate/);
});

test('200 with null for value and hint in get, list and update when the signing key was dropped', async () => {
  const { id } = await createToken(before, key);
  const fresh = await newKey();
  const list = (await dropped('GET', '/v1/client-tokens?limit=200', { key: fresh })).json.clientTokens;
  const update = await dropped('PUT', `/v1/client-tokens/${id}`, { key: fresh, body: { name: 'Still changeable' } });
  const shown = [
    (await get(dropped, id, fresh)).json.clientToken, list.find((token) => token.id === id), update.json.clientToken,
  ];
  for (const { tokenValue, tokenHint, tokenPrefix } of shown) {
    assert.deepEqual([tokenValue, tokenHint, tokenPrefix], [null, null, 'ct_live']);
  }
});

test('200 with a living value again after regenerate when the signing key was dropped', async () => {
  const { id } = await createToken(before, key);
  const fresh = await newKey();
  const { status, json } = await regenerate(dropped, id, fresh);
  assert.equal(status, 200);
  assert.ok((await value(dropped, id, fresh)).json.token === json.token);
});

test('401 for an API key whose signing key was dropped, without asking the database', async () => {
  const { status, headers, d1 } = await dropped('GET', '/v1/client-tokens', { key });
  assert.equal(status, 401);
  assert.match(headers['www-authenticate'], /error="invalid_token"/);
  assert.equal(d1.trips, 0);
});

/** Every endpoint must answer with the fixed text and log one line that names TOKEN_KEYS and no key. */
async function isBroken(api) {
  for (const { method, path, body } of COLLECTIONS) {
    const answer = await api(method, path, { key, body });
    assert.equal(answer.status, 500);
    assert.equal(answer.json.error, 'Internal server error');
    assert.ok(!answer.text.includes('TOKEN_KEYS'));
    const { cause } = await logs.of(answer);
    assert.match(cause, /TOKEN_KEYS/);
    assert.equal(logs.entries().filter(({ requestId }) => requestId === answer.headers['x-request-id']).length, 1);
  }
  assert.ok(!logs.lines.some((line) => line.includes(hex.slice(1, 20))), 'a signing key is logged');
}

test('500 with the fixed text, and TOKEN_KEYS named in the log, when the secret is missing', async () => {
  await isBroken(missing);
});

for (const what of Object.keys(malformed)) {
  test(`500 with the fixed text, and TOKEN_KEYS named in the log, for ${what}`, async () => {
    await isBroken(worker.variants[nameOf(what)]);
  });
}

test('no key is minted with TOKEN_KEYS that anybody can guess, and the fault is named', () => {
  const faults = { 'a key of zeros': /random/, 'a key of one byte': /random/, 'the same key twice': /the same key/ };
  for (const [what, fault] of Object.entries(faults)) {
    assert.throws(() => mintKey({}, malformed[what]), ({ stderr }) => /^TOKEN_KEYS: /.test(stderr) && fault.test(stderr));
  }
});

test('404 and 405 still when the secret is missing', async () => {
  assert.equal((await missing('GET', '/nowhere')).status, 404);
  assert.equal((await missing('PATCH', '/v1/client-tokens')).status, 405);
});

test('201 again from a Worker whose secret is whole, beside the broken ones', async () => {
  assert.equal((await before('POST', '/v1/client-tokens', { key, body: MINIMAL })).status, 201);
});
