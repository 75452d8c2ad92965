// Session tokens that are refused, each by arithmetic (contract section 3, RFC 8725).
import assert from 'node:assert/strict';
import { constants } from 'node:crypto';
import { after, test } from 'node:test';
import { clerk, claimsOf, inOrganisation, part } from '#support/clerk.mjs';
import { start } from '#support/worker.mjs';

const instance = clerk();
const stranger = clerk();
const { token, pem, hmac, sealed } = instance;
const worker = await start({
  bindings: {
    CLERK_JWT_KEY: pem,
    CLERK_ISSUER: 'https://clerk.example',
    CLERK_AUTHORIZED_PARTIES: 'https://dashboard.example, http://localhost:3000',
  },
});
after(() => worker.stop());

const now = Math.floor(Date.now() / 1000);
const good = token();
const [header, claims, signature] = good.split('.');
const none = (alg) => `${part({ alg, typ: 'JWT', kid: 'ins_1' })}.${claims}.`;
const tampered = (change) => `${header}.${part(claimsOf(change))}.${signature}`;
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING };
const flipped = (text, at) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);

/** `[what it is, the credential, a word of its hint]`. */
const REFUSED = [
  ['the algorithm none', none('none'), 'RS256'],
  ['the algorithm None', none('None'), 'RS256'],
  ['none with the signature of a genuine token', `${none('none')}${signature}`, 'RS256'],
  ['no algorithm', token({}, { header: { alg: undefined } }), 'RS256'],
  ['HS256 with the PEM as its secret', token({}, { header: { alg: 'HS256' }, seal: hmac('sha256') }), 'RS256'],
  ['HS256 with the trimmed PEM', token({}, { header: { alg: 'HS256' }, seal: hmac('sha256', pem.trim()) }), 'RS256'],
  ['RS256 in the header and an HMAC of the public key', token({}, { seal: hmac('sha256') }), 'signature'],
  ['RS384', token({}, { header: { alg: 'RS384' }, seal: sealed('sha384') }), 'RS256'],
  ['RS512', token({}, { header: { alg: 'RS512' }, seal: sealed('sha512') }), 'RS256'],
  ['PS256', token({}, { header: { alg: 'PS256' }, seal: sealed('sha256', PSS) }), 'RS256'],
  ['RS256 in the header over SHA-512', token({}, { seal: sealed('sha512') }), 'signature'],
  ['RS256 in the header with the padding of PS256', token({}, { seal: sealed('sha256', PSS) }), 'signature'],
  ['the key of another instance', stranger.token(), 'signature'],
  ['a key in the header', stranger.token({}, { header: { jwk: stranger.jwk } }), 'signature'],
  ['an extension that must be understood', token({}, { header: { crit: ['exp'] } }), 'another kind'],
  ['an OAuth access token', token({}, { header: { typ: 'at+jwt' } }), 'another kind'],
  ['a kid that is no text', token({}, { header: { kid: 7 } }), 'another kind'],
  ['another user in the claims', tampered({ sub: 'user_2' }), 'signature'],
  ['another organisation in the claims', tampered(inOrganisation('org_1', 'admin')), 'signature'],
  ['a later end in the claims', tampered({ exp: now + 9999 }), 'signature'],
  ['another header', `${part({ alg: 'RS256' })}.${claims}.${signature}`, 'signature'],
  ['a changed signature', `${header}.${claims}.${flipped(signature, 9)}`, 'signature'],
  ['a signature that is cut off', good.slice(0, header.length + claims.length + 2 + 300), 'signature'],
  ['an empty signature', `${header}.${claims}.`, 'signature'],
  ['a signature of zeros', `${header}.${claims}.${Buffer.alloc(256).toString('base64url')}`, 'signature'],
  ['a token that is over', token({ exp: now - 6, nbf: now - 70, iat: now - 60 }), 'expired'],
  ['a token without an end', token({ exp: undefined }), 'exp'],
  ['an end that is no number', token({ exp: `${now + 60}` }), 'exp'],
  ['a token of the future', token({ nbf: now + 60 }), 'future'],
  ['a token that is made in the future', token({ iat: now + 60, nbf: undefined }), 'future'],
  ['another issuer', token({ iss: 'https://clerk.example.evil' }), 'CLERK_ISSUER'],
  ['no issuer', token({ iss: undefined }), 'CLERK_ISSUER'],
  ['another party', token({ azp: 'https://evil.example' }), 'azp'],
  ['no party', token({ azp: undefined }), 'azp'],
  ['several parties', token({ azp: ['https://dashboard.example'] }), 'azp'],
  ['no user', token({ sub: undefined }), 'sub'],
  ['a user that Clerk doesn\'t name so', token({ sub: 'acme' }), 'sub'],
  ['a machine', token({ sub: 'mch_1' }), 'sub'],
  ['an organisation that Clerk doesn\'t name so', token({ o: { id: 'acme', rol: 'admin' } }), 'o.id'],
  ['an organisation that is no object', token({ o: 'org_1' }), 'claim o'],
  ['two organisations', token({ o: { id: 'org_1', rol: 'admin' }, org_id: 'org_2' }), 'o.id'],
  ['a token for an audience', token({ aud: 'https://hasura.example' }), 'audience'],
  ['a pending session', token({ sts: 'pending' }), 'pending'],
  ['one dot', `${header}.${claims}`, 'two dots'],
  ['two dots too many', `${good}.${signature}.${signature}`, 'two dots'],
  ['dots alone', '..', 'two dots'],
  ['Base64 with padding', `${header}.${claims}.${signature}==`, 'base64url'],
  ['claims that are a list', `${header}.${part('[]')}.${signature}`, 'signature'],
  ['a header that is no JSON', `${part('{')}.${claims}.${signature}`, 'JSON'],
  ['a header with two algorithms', `${part('{"alg":"none","alg":"RS256"}')}.${claims}.${signature}`, 'JSON'],
  ['8 KiB and a byte', `${good}${'A'.repeat(8193 - good.length)}`, '8192'],
];

const withHeader = (Authorization) => worker.api('GET', '/v1/client-tokens', { headers: { Authorization } });

for (const [what, credential, word] of REFUSED) {
  test(`401 invalid_token for ${what}`, async () => {
    const { status, headers, json, d1 } = await withHeader(`Bearer ${credential}`);
    assert.equal(status, 401);
    assert.equal(json.error, 'Unauthorized');
    assert.ok(json.hint.includes(word), json.hint);
    assert.equal(headers['www-authenticate'], 'Bearer error="invalid_token"');
    assert.equal(d1.trips, 0);
  });
}

test('200 for the genuine token that the others were made of', async () => {
  for (const scheme of ['Bearer', 'bearer']) assert.equal((await withHeader(`${scheme} ${good}`)).status, 200);
  const late = token({ exp: now - 2, nbf: undefined, iat: undefined });
  assert.equal((await withHeader(`Bearer ${late}`)).status, 200);
});

test('401 for the genuine token with any one character changed', async () => {
  const places = Array.from(good, (_, at) => at).filter((at) => good[at] !== '.');
  for (let from = 0; from < places.length; from += 20) {
    const some = places.slice(from, from + 20);
    const statuses = await Promise.all(some.map(async (at) => (await withHeader(`Bearer ${flipped(good, at)}`)).status));
    assert.deepEqual(statuses, some.map(() => 401), `from ${from}`);
  }
});

test('401 for claims that are signed and no object', async () => {
  const signed = `${header}.${part('[]')}`;
  const { status, json } = await withHeader(`Bearer ${signed}.${sealed('sha256')(Buffer.from(signed))}`);
  assert.equal(status, 401);
  assert.match(json.hint, /JSON objects/);
});

test('401 for 100 KB of text, with dots and without', async () => {
  for (const text of ['a.'.repeat(50_000), `${good}${'A'.repeat(100_000)}`, `${'A'.repeat(50_000)}..`, '.'.repeat(100_000)]) {
    const { status, json, d1 } = await withHeader(`Bearer ${text}`);
    assert.equal(status, 401);
    assert.match(json.hint, /8192/);
    assert.equal(d1.trips, 0);
  }
  assert.equal((await withHeader(`Bearer ${'A'.repeat(100_000)}`)).status, 401);
});

test('401 for two tokens at once, for one in the query or a cookie', async () => {
  assert.equal((await withHeader(`Bearer ${good}, Bearer ${good}`)).status, 401);
  assert.equal((await withHeader([`Bearer ${good}`, `Bearer ${good}`])).status, 401);
  const anonymous = (path, headers) => worker.api('GET', path, { headers });
  assert.equal((await anonymous(`/v1/client-tokens?__session=${good}`)).status, 401);
  assert.equal((await anonymous('/v1/client-tokens', { Cookie: `__session=${good}` })).status, 401);
});

test('400 for a malformed id before anything is said of rights, 401 before either', async () => {
  const reader = token(inOrganisation('org_1', 'member'));
  const malformed = (key) => worker.api('DELETE', '/v1/client-tokens/x', { key });
  assert.equal((await malformed(reader)).status, 400);
  assert.equal((await malformed(none('none'))).status, 401);
});

test('nothing of a token is logged', async () => {
  const answer = await withHeader(`Bearer ${good}`);
  const line = await worker.logs.of(answer);
  assert.equal(line.tenant, 'user_1');
  assert.ok(worker.logs.lines.every((text) => !text.includes(signature) && !text.includes(claims)));
});
