// Runs the Worker on this machine, and ends it with this process, however that ends.
// Requests reach the runtime directly. `wrangler dev` has a server of its own in front of it, which ends when a visitor
// leaves in the middle of a request.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Miniflare, NoOpLog } from 'miniflare';
import { unstable_getVarsForDev as varsForDev } from 'wrangler';
import { databaseWorker, run, runAlone } from './database.mjs';
import { DEV_VARS, KEY_FILE, STATE } from './home.mjs';
import { takeLock } from './lock.mjs';
import { listen, send } from './sql-socket.mjs';
import { assets, config, worker } from './worker.mjs';

const PORT = port('PORT', 8787);
export const ORIGIN = `http://127.0.0.1:${PORT}`;
const PATIENCE_MS = 60_000;
const DAY_MS = 86_400_000;
const PARENT = process.ppid;

let miniflare;
/** What `runWorker` was asked for. */
let wanted;
/** The lock of the database, held until this process ends. */
let lock;
let stopping;
/** The Worker's output before `showOutput` is called. */
let held = '';

/** Ends the Worker, then this process: `await stop()` never returns. */
function stop(code) {
  stopping ??= Promise.race([miniflare?.dispose().catch(() => {}), sleep(5_000)]).then(() => process.exit(code));
  return stopping;
}

export async function fail(message) {
  if (!stopping) console.error(`${held ?? ''}${message}`);
  await stop(1);
}

/** The port in the variable `name`, `fallback` if it isn't set, or 0 if it is no port. */
export function port(name, fallback) {
  const number = Number(process.env[name] || fallback);
  return Number.isInteger(number) && number > 0 && number < 65_536 ? number : 0;
}

/** Ends everything if port `number`, of the variable `name`, can't be listened on. */
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

/** Takes the lock of the database. Waits only for a key that is being made, which is soon over. */
async function openDatabase() {
  for (const deadline = Date.now() + PATIENCE_MS; !(lock = takeLock()); await sleep(100)) {
    if (await send('')) await fail('Client Tokens is running already, with the same data. Stop it first.');
    if (Date.now() > deadline) await fail('Another program has the database open and does not let it go.');
  }
}

/** The Worker's variables: `chosen` override .dev.vars, which overrides wrangler.toml, which overrides defaults here. */
function variables(chosen) {
  const suitable = { SERVER_TIMING: 'on', ALLOW_PRIVATE_UPSTREAMS: 'on', DEFAULT_UPSTREAM: 'echo', SHEDDING: 'off' };
  const written = Object.entries(varsForDev(DEV_VARS, undefined, config.vars, undefined, true));
  const { DEFAULT_UPSTREAM } = process.env;
  return {
    ...suitable,
    ...Object.fromEntries(written.map(([name, { value }]) => [name, value])),
    ...(DEFAULT_UPSTREAM && { DEFAULT_UPSTREAM }),
    ...chosen,
  };
}

function say(chunk, stream) {
  if (held === undefined) stream.write(chunk);
  else held += chunk;
}

/** Miniflare reports a runtime that it can't start again to its log only. */
class Alarm extends NoOpLog {
  error(error) {
    if (error.code === 'ERR_RUNTIME_FAILURE') fail(error.message);
    else say(`${error.message}\n`, process.stderr);
  }
}

/** What Miniflare runs: the Worker that was built at `main`, with `chosen` variables, and the one for the database. */
function options({ chosen, main }) {
  const ours = {
    ...worker(main),
    ...assets(),
    bindings: variables(chosen),
    unsafeDirectSockets: [{ host: '127.0.0.1', port: PORT, proxy: false }],
  };
  return {
    workers: [ours, databaseWorker()],
    cf: false,
    log: new Alarm(),
    defaultPersistRoot: STATE,
    unsafeTriggerHandlers: true,
    handleRuntimeStdio(stdout, stderr) {
      stdout.on('data', (chunk) => say(chunk, process.stdout));
      stderr.on('data', (chunk) => say(chunk, process.stderr));
    },
    unsafeHandleRuntimeRestart: () => say('The runtime had stopped and was started again.\n', process.stderr),
  };
}

/** Starts the runtime. If it crashes, Miniflare starts it again, and nothing that was acknowledged is lost. */
async function serve() {
  miniflare = new Miniflare(options(wanted));
  await miniflare.ready;
}

/** Serves what is built, and what .dev.vars says, by now. Streams that are open end. */
export async function renew() {
  await miniflare.setOptions(options(wanted));
}

/** Calls the Worker's scheduled handler once a day, as Cloudflare does. */
async function runCrons() {
  for (const cron of config.triggers.crons ?? []) {
    await miniflare.dispatchFetch(`http://localhost/cdn-cgi/handler/scheduled?cron=${encodeURIComponent(cron)}`);
  }
}

async function isRefused(key) {
  const headers = { Authorization: `Bearer ${key}` };
  return (await fetch(`${ORIGIN}/v1/client-tokens?limit=1`, { headers })).status === 401;
}

async function mintKey() {
  const wanted = ['--tenant', 'local', '--name', 'Local development', '--permissions', '*'];
  const child = spawn('sh', ['scripts/key.sh', ...wanted], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [minted, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code !== 0) await fail('There is no API key to begin with.');
  return minted.trim();
}

/** The API key of the last start, or a new one if the Worker refuses it: database or TOKEN_KEYS may have changed. */
async function apiKey() {
  const known = existsSync(KEY_FILE) && readFileSync(KEY_FILE, 'utf8').trim();
  if (known && !(await isRefused(known))) return { key: known, isNew: false };
  const key = await mintKey();
  writeFileSync(KEY_FILE, `${key}\n`);
  return { key, isNew: true };
}

/** Prints the Worker's output, so far and from now on. */
export function showOutput() {
  process.stdout.write(held);
  held = undefined;
}

/**
 * Runs the Worker that was built at `main`, by default the one of wrangler.toml, with `chosen` variables; resolves to an
 * API key for it, and whether the key is new.
 */
export async function runWorker({ chosen, main } = {}) {
  wanted = { chosen, main };
  await refuseTakenPort('PORT', PORT);
  console.log('Starting…');
  await openDatabase();
  await runAlone().catch((error) => fail(error.message));
  await serve();
  await listen((sql) => run(miniflare, sql));
  const tidy = () => runCrons().catch((error) => say(`${error.message}\n`, process.stderr));
  setInterval(tidy, DAY_MS).unref();
  tidy();
  return apiKey();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0));
process.on('uncaughtException', (error) => fail(error.message));
// If npm is killed, no signal reaches this process, but its parent changes.
setInterval(() => process.ppid === PARENT || stop(0), 500).unref();
