// One request and its whole answer, as they go over the wire.
import { STATUS_CODES, request } from 'node:http';

/**
 * Gives `{ status, reason, headers, text }`; the headers are `[[name, value], …]` as they came. `begun` is called when the
 * answer begins.
 */
export function exchange(origin, { method, path, headers, payload }, begun = () => {}) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    let status;
    const outgoing = request({ agent: false, hostname, port, method, path, headers }, async (incoming) => {
      ({ statusCode: status } = incoming);
      begun();
      const reason = incoming.statusMessage || STATUS_CODES[status];
      const { rawHeaders } = incoming;
      const pairs = Array.from({ length: rawHeaders.length / 2 }, (_, n) => rawHeaders.slice(2 * n, 2 * n + 2));
      const chunks = await incoming.toArray();
      resolve({ status, reason, headers: pairs, text: Buffer.concat(chunks).toString('utf8') });
    });
    // A refused body may not be read to its end: what counts is the answer.
    outgoing.on('error', (error) => status ?? reject(error));
    outgoing.end(payload);
  });
}
