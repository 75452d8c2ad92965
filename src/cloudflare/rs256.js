// RS256 (RFC 7518 section 3.3) with WebCrypto.

const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const LEAST_BITS = 2048;

/** A public key that verifies signatures. */
export class PublicKey {
  #key;

  constructor(key) {
    this.#key = key;
  }

  /** The key of a SubjectPublicKeyInfo; rejects what isn't one, or is shorter than RFC 7518 allows. */
  static async imported(spki) {
    const key = await crypto.subtle.importKey('spki', spki, RS256, false, ['verify']);
    if (key.algorithm.modulusLength < LEAST_BITS) throw new Error(`its key has less than ${LEAST_BITS} bits`);
    return new PublicKey(key);
  }

  /** Whether the signature is over these bytes. */
  verifies(signature, signed) {
    return crypto.subtle.verify(RS256, this.#key, signature, signed);
  }
}
