// Requests as the bytes that go over the wire.
// They are made beforehand: nothing but sending and receiving happens while the clock runs.

/** `body`, when there is one, is sent as JSON. */
export function request(method, path, headers, body) {
  const payload = body === undefined ? '' : JSON.stringify(body);
  const sized = payload && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) };
  const lines = Object.entries({ Host: '127.0.0.1', ...headers, ...sized }).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${payload}`);
}

/** Credentials that look right and were never made: two characters of a real one change places. */
export function forgeries(credential) {
  const swapped = Array.from({ length: 32 }, (_, n) => {
    const at = n + 16;
    return credential.slice(0, at) + credential[at + 1] + credential[at] + credential.slice(at + 2);
  });
  return swapped.filter((forged) => forged !== credential);
}
