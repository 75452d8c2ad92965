// What the Worker is expected to reach, and the measuring of its weight.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

/**
 * The least ratios of requests per second, the Worker's to another's, with as many connections as are measured at
 * most: with one, the way there and back takes most of the time. Speed varies, so falling short is told, not failed.
 */
export const EXPECTED = [
  { scenario: 'get', against: 'hono', atLeast: 1.3 },
  { scenario: 'forged', against: 'hono', atLeast: 5 },
  { scenario: 'forged', against: 'empty', atLeast: 0.5 },
  { scenario: 'init', against: 'hono', atLeast: 1.5 },
  { scenario: 'forgedToken', against: 'hono', atLeast: 5 },
  { scenario: 'forgedToken', against: 'empty', atLeast: 0.5 },
];

const CODE = /\.(js|mjs|wasm)$/;

/** The modules that `wrangler deploy` would send, the main one first; it builds if something has changed. */
export async function upload() {
  const folder = await mkdtemp(join(tmpdir(), 'upload-'));
  try {
    const wrangler = ['node_modules/wrangler/bin/wrangler.js', 'deploy', '--dry-run', '--outdir', folder];
    await promisify(execFile)(process.execPath, wrangler);
    const names = (await readdir(folder)).filter((name) => CODE.test(name)).sort(mainFirst);
    return await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const mainFirst = (a, b) => a.endsWith('.wasm') - b.endsWith('.wasm') || a.localeCompare(b);

/** Raw and compressed bytes of the wasm, of the JS, and of everything together. */
export function sizes(modules) {
  const wasm = modules.filter(({ name }) => name.endsWith('.wasm'));
  const js = modules.filter(({ name }) => !name.endsWith('.wasm'));
  return { wasm: size(wasm), js: size(js), upload: size([...wasm, ...js]) };
}

function size(modules) {
  const bytes = Buffer.concat(modules.map((module) => module.bytes));
  return { raw: bytes.length, gzip: gzipSync(bytes).length };
}
