// RS256 (RFC 7518 section 3.3) with WebCrypto.

const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const LEAST_BITS = 2048;

/** The public key of a SubjectPublicKeyInfo; rejects what isn't one, or is shorter than RFC 7518 allows. */
export async function imported(spki) {
  const key = await crypto.subtle.importKey('spki', spki, RS256, false, ['verify']);
  if (key.algorithm.modulusLength < LEAST_BITS) throw new Error(`its key has less than ${LEAST_BITS} bits`);
  return key;
}

/** Whether the signature over these bytes is the key's. */
export const verifies = (key, signature, signed) => crypto.subtle.verify(RS256, key, signature, signed);
