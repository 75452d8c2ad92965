// A Clerk instance that signs session tokens, well and badly.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';

export const part = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** The claims of a personal account's token, made now; `undefined` among `more` leaves one out. */
export function claimsOf(more = {}) {
  const now = Math.floor(Date.now() / 1000);
  return {
    azp: 'https://dashboard.example', exp: now + 60, fva: [0, -1], iat: now, iss: 'https://clerk.example',
    nbf: now - 10, sid: 'sess_1', sub: 'user_1', v: 2, ...more,
  };
}

/** The claims of a token in an organisation, of version 1 or 2. */
export const inOrganisation = (id, role, version = 2) =>
  version === 2 ? { o: { id, rol: role, slg: 'slug' } } : { v: undefined, org_id: id, org_role: `org:${role}` };

export function clerk({ kid = 'ins_1', bits = 2048 } = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const rs256 = (text) => sign('sha256', text, privateKey).toString('base64url');
  return {
    pem,
    kid,
    privateKey,
    jwk: { use: 'sig', alg: 'RS256', kid, ...publicKey.export({ format: 'jwk' }) },
    /** A token with these claims beside the usual ones; `header` likewise; `seal` signs another way. */
    token: (claims, { header = {}, seal = rs256 } = {}) => {
      const signed = `${part({ alg: 'RS256', kid, typ: 'JWT', ...header })}.${part(claimsOf(claims))}`;
      return `${signed}.${seal(Buffer.from(signed))}`;
    },
    /** What signs with HMAC under the public key, for the confusion of algorithms. */
    hmac: (hash, secret = pem) => (text) => createHmac(hash, secret).update(text).digest('base64url'),
    /** What signs with another digest or padding. */
    sealed: (digest, more = {}) => (text) => sign(digest, text, { key: privateKey, ...more }).toString('base64url'),
  };
}
