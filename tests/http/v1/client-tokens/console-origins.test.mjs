// What the console says of an origin while it is typed, beside what the API says of it (contract section 5).
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { build } from 'esbuild';
import { MINIMAL } from '#support/contract.mjs';
import { start } from '#support/worker.mjs';

const { outputFiles: [{ text: code }] } = await build({
  entryPoints: ['console/src/origin.ts'], bundle: true, format: 'esm', write: false,
});
const { originFault, originMeaning } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

const worker = await start();
after(() => worker.stop());
const { key } = await worker.mintKey();

const isTaken = async (entry) => {
  const body = { ...MINIMAL, allowedOrigins: [entry] };
  return (await worker.api('POST', '/v1/client-tokens', { key, body })).status === 201;
};

const RIGHT = [
  'https://app.example.com', 'http://localhost:3000', 'HTTPS://App.Example.com', ' https://a.example ', 'https://a.example/',
  'https://*.example.com', 'https://*.example.com:8443', 'example.com', 'example.com/', 'localhost:3000', 'localhost', '*.example.com', '*',
  'native', 'NATIVE', 'http://127.0.0.1', 'http://127.0.0.1:8787', 'https://[::1]', 'http://[2001:db8::1]:81', 'a_b.example', 'xn--bcher-kva.example',
  'https://a.example:443', 'http://a.example:65535', 'a-b.c-d.example', '1.2.3.4', `${'a'.repeat(63)}.example`, '1a.example',
];

const WRONG = [
  '', ' ', 'null', 'https://', 'https:/a.example', 'https:a.example', 'ftp://a.example', 'mailto:x', 'chrome-extension://abc', '*://a.example',
  'https://user@a.example', 'user:pass@a.example', 'https://a.example/shop', 'https://a.example//', 'https://a.example\\', 'https://a.example?x',
  'https://a.example#x', 'a.example/?', 'https://*.com', '*.localhost', 'https://a.*.example.com', 'https://*a.example.com', '**', '*.*', 'https://*',
  'https://*.127.0.0.1', 'https://*.[::1]', '127.1', '0x7f.0.0.1', '1.2.3.256', '1.2.3.4.5', '01.2.3.4', 'a.1', 'https://a.example:', 'https://a.example:0',
  'https://a.example:65536', 'https://a.example:080', 'https://a.example:x', 'a.example.', '.a.example', 'a..example', 'https://b%C3%BCcher.example',
  'https://bücher.example', 'a b.example', 'a\tb', 'a!b.example', '[::1', '::1', 'https://[::1%25eth0]', `${'a'.repeat(64)}.example`,
  `${'a.'.repeat(126)}example`, '//a.example', 'https://:80', ',', 'https://a.example,https://b.example',
];

test('what the console calls right, the API takes', async () => {
  for (const entry of RIGHT) {
    assert.equal(originFault(entry), undefined, entry);
    assert.ok(await isTaken(entry), entry);
  }
});

test('what the console calls wrong, the API refuses, and the other way round', async () => {
  for (const entry of WRONG) {
    assert.match(originFault(entry) ?? '', /\w+ \w+/, entry);
    assert.ok(!(await isTaken(entry)), entry);
  }
});

test('a wide entry is explained, a plain one speaks for itself', () => {
  for (const entry of ['*', 'native', 'example.com', '*.example.com', 'https://*.example.com', 'localhost:3000']) {
    assert.ok(originMeaning(entry), entry);
  }
  for (const entry of ['https://a.example', 'http://localhost:3000', '', 'https://', 'null']) assert.equal(originMeaning(entry), undefined);
});
