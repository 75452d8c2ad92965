// Runs the scripts as `npm start` and `npm run key` do, with a port, secrets and data of their own.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { client } from '../../http/support/client.mjs';
import { until } from '../../http/support/until.mjs';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../..');
/** A first start makes the first key, for which a program has to be compiled. */
const PATIENCE_MS = 300_000;

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A folder for everything that the scripts keep; `remove` takes it away. */
export function newHome() {
  const path = mkdtempSync(join(tmpdir(), 'start-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

const environment = (home, more) => ({ ...process.env, CLIENT_TOKENS_DIR: home, ...more });

/** Runs a script to its end and gives what it wrote. */
export function script(home, name, args = [], more = {}) {
  return run('sh', [`scripts/${name}.sh`, ...args], { cwd: ROOT, env: environment(home, more) });
}

/** A new API key for a tenant of its own. */
export async function key(home, tenant) {
  const { stdout } = await script(home, 'key', ['--tenant', tenant]);
  return stdout.trim();
}

/** Starts the program, as `npm start` or `npm run dev` does, from the folder `root`; resolves when it says that it runs. */
export async function start(home, more = {}, { program = 'start', root = ROOT } = {}) {
  const { PORT: port = String(await freePort()) } = more;
  const env = environment(home, { ...more, PORT: port });
  const child = spawn('sh', [`scripts/${program}.sh`], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));

  // The last that it says, whole.
  const isRunning = () => /^The console, which .*\n\n/m.test(output);
  for (const deadline = Date.now() + PATIENCE_MS; !isRunning(); ) {
    const isOver = await Promise.race([ended, once(child.stdout, 'data').then(() => false)]);
    if (isOver || Date.now() > deadline) throw new Error(`it doesn't start:\n${output}`);
  }
  const origin = new URL(`http://127.0.0.1:${port}`);
  return {
    origin,
    api: client(origin),
    /** What it has said so far. */
    output: () => output,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    /** The process of the runtime. */
    runtime: () => until(() => runtimeOf(child.pid), PATIENCE_MS),
    /** Runs a command as its user would copy it. */
    copied: async (command) => (await run('sh', ['-c', command], { cwd: ROOT })).stdout,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function runtimeOf(parent) {
  const { stdout } = await run('ps', ['-eo', 'pid=,ppid=,args=']);
  const lines = stdout.split('\n').map((line) => line.trim().split(/\s+/));
  const found = lines.find(([, ppid, program]) => Number(ppid) === parent && program.endsWith('workerd'));
  return found && Number(found[0]);
}
