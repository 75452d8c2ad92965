// How a deployment is told of its Clerk instance, and what becomes of tokens when it is told nothing or nonsense.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, test } from 'node:test';
import { clerk } from '#support/clerk.mjs';
import { start } from '#support/worker.mjs';

const [first, second, small] = [clerk(), clerk({ kid: 'ins_2' }), clerk({ bits: 1024 })];
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const EC = { kid: 'ins_ec', use: 'sig', ...ec.export({ format: 'jwk' }) };
const KEYS = {
  pem: first.pem,
  escaped: first.pem.trim().replaceAll('\n', '\\n'),
  oneLine: first.pem.replaceAll('\n', ' '),
  jwks: JSON.stringify({ keys: [EC, first.jwk, second.jwk] }),
  single: JSON.stringify({ keys: [second.jwk] }),
  nonsense: 'nonsense-0123456789',
  private: first.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  curve: ec.export({ type: 'spki', format: 'pem' }),
  short: small.pem,
  noRsa: JSON.stringify({ keys: [EC] }),
  broken: `-----BEGIN PUBLIC KEY-----\n${'A'.repeat(64)}\n-----END PUBLIC KEY-----`,
};
const variants = Object.fromEntries(Object.entries(KEYS).map(([name, key]) => [name, { CLERK_JWT_KEY: key }]));
const worker = await start({
  variants: {
    ...variants,
    blank: { CLERK_JWT_KEY: ' ' },
    roles: { CLERK_JWT_KEY: first.pem, CLERK_ROLES: 'admin=EVERYTHING' },
    native: { CLERK_JWT_KEY: first.pem, CLERK_AUTHORIZED_PARTIES: 'native' },
  },
});
after(() => worker.stop());
const { key: apiKey } = await worker.mintKey();
const ask = (at, key) => (at ? worker.variants[at] : worker.api)('GET', '/v1/client-tokens', { key });

test('401 with a hint that Clerk isn\'t set up, without a key or with a blank one', async () => {
  for (const at of [undefined, 'blank']) {
    const { status, json, headers, d1 } = await ask(at, first.token());
    assert.equal(status, 401);
    assert.match(json.hint, /Clerk isn't set up/);
    assert.equal(headers['www-authenticate'], 'Bearer error="invalid_token"');
    assert.equal(d1.trips, 0);
    assert.equal((await ask(at, apiKey)).status, 200);
  }
});

test('200 with a PEM, however its lines end, and whatever the kid', async () => {
  for (const at of ['pem', 'escaped', 'oneLine']) {
    assert.equal((await ask(at, first.token())).status, 200, at);
    assert.equal((await ask(at, first.token({}, { header: { kid: 'ins_9' } }))).status, 200, at);
    assert.equal((await ask(at, second.token())).status, 401, at);
  }
});

test('200 for each key of a JWKS under its own kid, 401 under another, unknown or none', async () => {
  for (const [instance, other] of [[first, second], [second, first]]) {
    for (let round = 0; round < 2; round += 1) assert.equal((await ask('jwks', instance.token())).status, 200);
    const confused = await ask('jwks', instance.token({}, { header: { kid: other.kid } }));
    assert.equal(confused.status, 401);
    assert.match(confused.json.hint, /signature/);
  }
  for (const kid of ['ins_9', 'ins_ec', '', undefined]) {
    const { status, json } = await ask('jwks', first.token({}, { header: { kid } }));
    assert.equal(status, 401);
    assert.match(json.hint, /kid/);
  }
  assert.equal((await ask('single', second.token())).status, 200);
  assert.equal((await ask('single', first.token())).status, 401);
});

for (const at of ['nonsense', 'private', 'curve', 'short', 'noRsa', 'broken']) {
  test(`500 for a session token and 200 for an API key with a CLERK_JWT_KEY that can't be used: ${at}`, async () => {
    for (let round = 0; round < 2; round += 1) {
      const answer = await ask(at, first.token());
      assert.equal(answer.status, 500);
      assert.ok(!answer.text.includes('CLERK'));
      const { cause } = await worker.logs.of(answer);
      assert.match(cause, /CLERK_JWT_KEY/);
      assert.ok(!cause.includes(KEYS[at].slice(-50, -30) || 'nonsense'), cause);
    }
    assert.equal((await ask(at, apiKey)).status, 200);
  });
}

test('500 for a session token with a CLERK_ROLES that can\'t be used, and the cause in the log', async () => {
  const answer = await ask('roles', first.token());
  assert.equal(answer.status, 500);
  assert.match((await worker.logs.of(answer)).cause, /CLERK_ROLES names a permission/);
  assert.equal((await ask('roles', apiKey)).status, 200);
});

test('200 for any party and none without a list, and for none where the list has native', async () => {
  assert.equal((await ask('pem', first.token({ azp: undefined }))).status, 200);
  assert.equal((await ask('pem', first.token({ azp: 'https://any.example', iss: 'x' }))).status, 200);
  assert.equal((await ask('native', first.token({ azp: undefined }))).status, 200);
  assert.equal((await ask('native', first.token())).status, 401);
});
