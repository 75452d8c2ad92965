// Runs the Worker on this machine, and builds and serves it anew when a source file is saved.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { greet } from './greeting.mjs';
import { DEV_VARS, QUICK_MAIN } from './home.mjs';
import { renew, runWorker, showOutput } from './local.mjs';

const FOLDERS = ['src', 'assets', 'console', 'docs'];
const FILES = ['Cargo.toml', 'Cargo.lock', DEV_VARS];
/** A build writes it. */
const MADE = join('console', 'generated');
const LOOK_MS = 400;

/**
 * Which files there are, and when each was saved. It is looked at again and again, since what the system tells of
 * changes is lost in some editors' ways of saving and in folders that another machine shares.
 */
function looks() {
  const below = (folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  const paths = [...FOLDERS.flatMap(below), ...FILES].filter((path) => !path.startsWith(MADE));
  return paths.map((path) => `${path} ${statSync(path, { throwIfNoEntry: false })?.mtimeMs}`).join('\n');
}

/** Waits until the files look other than `seen`, and gives how they look then. */
async function change(seen) {
  for (;; await sleep(LOOK_MS)) {
    try {
      const found = looks();
      if (found !== seen) return found;
    } catch (error) {
      if (error.code !== 'ENOENT') throw error; // A folder went away while it was read.
    }
  }
}

async function isBuilt() {
  const child = spawn('sh', ['scripts/build.sh', 'quick'], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'close');
  return code === 0;
}

async function serveAnew() {
  const began = performance.now();
  if (!(await isBuilt())) return console.error('It was not built. What was served before still is.');
  try {
    await renew();
    console.log(`Served anew, after ${((performance.now() - began) / 1000).toFixed(1)} s.`);
  } catch (error) {
    console.error(`What was built does not start: ${error.message}`);
  }
}

let seen = looks();
// What was saved while the first build was under way is built now; mostly there is nothing.
await isBuilt();
greet(await runWorker({ main: QUICK_MAIN }));
showOutput();
for (;;) {
  seen = await change(seen);
  await serveAnew();
}
