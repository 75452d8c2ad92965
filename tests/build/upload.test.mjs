// What is uploaded: its size, its largest function, and that plain stable Rust makes it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const ROOT = join(import.meta.dirname, '../..');
const KIB = 1024;
/** What the platform takes on its free plan. */
const MAX_UPLOAD = 3_000_000;
/** What is larger is compiled in one piece when it is first called, and that request waits. */
const MAX_FUNCTION = 64 * KIB;

const FILES = ['build/index.js', 'build/index_bg.wasm'].map((name) => readFileSync(join(ROOT, name)));

test(`the upload is at most ${MAX_UPLOAD / 1_000_000} MB, gzipped`, (t) => {
  const size = FILES.reduce((sum, file) => sum + gzipSync(file).length, 0);
  t.diagnostic(`${(size / KIB).toFixed(1)} KiB`);
  assert.ok(size <= MAX_UPLOAD);
});

test(`no function has more than ${MAX_FUNCTION / KIB} KiB`, (t) => {
  const largest = Math.max(...functionSizes(FILES[1]));
  t.diagnostic(`the largest has ${(largest / KIB).toFixed(1)} KiB`);
  assert.ok(largest <= MAX_FUNCTION);
});

test('nothing asks for a nightly compiler', () => {
  const tricks = ['RUSTC_BOOTSTRAP', '-Z ?build-std', 'immediate-abort', 'rust-src'];
  const options = ['grep', '-nE', tricks.join('|'), '--', '.', ':!tests/build'];
  const found = () => execFileSync('git', options, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
  assert.throws(found, { status: 1 }, 'git found one of them');
});

/** The bytes of each function in the code section (WebAssembly specification, 5.5.13). */
function functionSizes(wasm) {
  let at = 8;
  const number = () => {
    let [value, shift, byte] = [0, 0, 0];
    do {
      byte = wasm[at++];
      value += (byte & 127) * 2 ** shift;
      shift += 7;
    } while (byte & 128);
    return value;
  };
  while (at < wasm.length) {
    const id = wasm[at++];
    const end = number() + at;
    if (id === 10) {
      return Array.from({ length: number() }, () => {
        const size = number();
        at += size;
        return size;
      });
    }
    at = end;
  }
  return [];
}
