// Sets up, builds, migrates and runs the Worker on this machine, and ends everything that it has started.
// It isn't sh because it must do the latter however it is told to end itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const PORT = port('PORT', 8787);
export const ORIGIN = `http://127.0.0.1:${PORT}`;
export const KEY_FILE = '.local/api-key';
const PATIENCE_MS = 60_000;
const PARENT = process.ppid;

/** The children that are running, each the leader of a process group of its own. */
const children = new Set();
let stopping;
let isSilent = true;

/** Signals a child and all its descendants, and tells whether there still were any; the signal 0 only asks. */
function signalGroup({ pid }, signal) {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

/** Ends every child with all its descendants, then this process; nothing runs after `await stop()`. */
function stop(code) {
  stopping ??= end(code);
  return stopping;
}

async function end(code) {
  const leaders = [...children];
  for (const child of leaders) signalGroup(child, 'SIGTERM');
  for (let tries = 0; tries < 60 && leaders.some((child) => signalGroup(child, 0)); tries += 1) await sleep(50);
  for (const child of leaders) signalGroup(child, 'SIGKILL');
  process.exit(code);
}

export async function fail(message) {
  console.error(message);
  await stop(1);
}

/** In a process group of its own, so that it can be signalled as a whole and can't ask the terminal anything. */
function launch(command, args, stdio) {
  const child = spawn(command, args, { detached: true, stdio: ['ignore', ...stdio] });
  children.add(child);
  child.on('error', (error) => fail(`${command}: ${error.message}`));
  child.on('exit', () => {
    if (stopping) return;
    signalGroup(child, 'SIGKILL'); // What it left behind.
    children.delete(child);
  });
  return child;
}

/** Runs a script of this folder to its end and resolves to what it wrote, when `stdout` is 'pipe'. */
async function script(name, args = [], stdout = 'inherit') {
  const child = launch('sh', [`scripts/${name}.sh`, ...args], [stdout, 'inherit']);
  let written = '';
  child.stdout?.on('data', (chunk) => (written += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) await stop(1);
  return written.trim();
}

/** The port that the variable `name` gives, or 0 when that can't be one. */
export function port(name, fallback) {
  const number = Number(process.env[name] || fallback);
  return Number.isInteger(number) && number > 0 && number < 65_536 ? number : 0;
}

/** Ends everything if the port of the variable `name` can't be listened on. */
export async function refuseTakenPort(name, number) {
  if (!number) await fail(`${name} must be a number from 1 to 65535, not "${process.env[name]}".`);
  const probe = createServer();
  const error = await new Promise((resolve) => {
    probe.once('error', resolve);
    probe.listen(number, '127.0.0.1', () => probe.close(resolve));
  });
  if (!error) return;
  const problem = error.code === 'EADDRINUSE' ? 'is taken' : `can't be used (${error.code})`;
  const command = `npm run ${process.env.npm_lifecycle_event ?? 'start'}`;
  await fail(`Port ${number} ${problem}. Free it or choose another: ${name}=${number + 2} ${command}`);
}

/** The status of a GET, or 0 when nothing answers. */
async function status(path, headers = {}) {
  try {
    return (await fetch(ORIGIN + path, { headers, signal: AbortSignal.timeout(10_000) })).status;
  } catch {
    return 0;
  }
}

/** What holds on this machine only: timings are shown, and without an upstream of your own the Worker echoes. */
function variables(chosen) {
  const own = existsSync('.dev.vars') && /^DEFAULT_UPSTREAM\s*=/m.test(readFileSync('.dev.vars', 'utf8'));
  const upstream = chosen ?? process.env.DEFAULT_UPSTREAM ?? (own ? undefined : 'echo');
  const set = { SERVER_TIMING: 'on', ...(upstream && { DEFAULT_UPSTREAM: upstream }) };
  return Object.entries(set).flatMap(([name, value]) => ['--var', `${name}:${value}`]);
}

/** Starts the Worker and resolves when it answers. What wrangler says until then is shown only if it doesn't. */
async function serve(upstream, secretsFile) {
  const where = ['--ip', '127.0.0.1', '--port', String(PORT), '--inspector-port', '0'];
  // Naming one file of secrets makes wrangler leave out its own.
  const secrets = secretsFile ? ['--env-file', '.dev.vars', '--env-file', secretsFile] : [];
  const options = [...where, ...secrets, ...variables(upstream)];
  const child = launch('wrangler', ['dev', '--local', ...options], ['pipe', 'pipe']);
  let held = '';
  child.stdout.on('data', (chunk) => (isSilent ? (held += chunk) : process.stdout.write(chunk)));
  child.stderr.on('data', (chunk) => (isSilent ? (held += chunk) : process.stderr.write(chunk)));
  child.on('close', () => stopping || fail(`${isSilent ? held : ''}The Worker has stopped.`));

  const deadline = Date.now() + PATIENCE_MS;
  while (!(await status('/'))) {
    if (Date.now() > deadline) await fail(`${held}The Worker doesn't answer.`);
    await sleep(100);
  }
}

/** The key of the last start, or a new one if the Worker refuses it: the database or TOKEN_KEYS may have changed. */
async function apiKey() {
  const known = existsSync(KEY_FILE) && readFileSync(KEY_FILE, 'utf8').trim();
  if (known && (await status('/v1/client-tokens?limit=1', { Authorization: `Bearer ${known}` })) !== 401) return known;

  const wanted = ['--tenant', 'local', '--name', 'Local development', '--permissions', '*'];
  const minted = await script('key', wanted, 'pipe');
  writeFileSync(KEY_FILE, `${minted}\n`, { mode: 0o600 });
  chmodSync(KEY_FILE, 0o600);
  return minted;
}

/** From here on, what wrangler and the Worker say is shown. */
export function showOutput() {
  isSilent = false;
}

/** Runs the Worker and resolves to an API key for it. `secretsFile` adds to the secrets of .dev.vars. */
export async function runWorker({ upstream, secretsFile } = {}) {
  await refuseTakenPort('PORT', PORT);
  await script('build');
  console.log('Starting…');
  await script('migrate');
  await serve(upstream, secretsFile);
  return apiKey();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0));
process.on('uncaughtException', (error) => fail(error.message));
// npm may be killed without having the time to pass it on.
setInterval(() => process.ppid === PARENT || stop(0), 500).unref();
