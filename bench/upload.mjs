// The modules that `wrangler deploy` would send: what is measured is what would run.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CODE = /\.(js|mjs|wasm)$/;

/** `{ name, bytes }` of each, the main one first; wrangler builds if something has changed. */
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
