// Starts the Workers, each in a Miniflare of its own with the same data, so that none shares a runtime or a database.
// Requests reach each directly, past Miniflare's own front.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import workerd from 'workerd';
import { bindings } from '../scripts/worker.mjs';
import { CREATED_NAME } from './scenarios.mjs';
import { makePlain, seed, storeTokenDigests } from './seed.mjs';

const started = [];

/**
 * A runtime whose log goes to a file, as a server's does. Over a pipe each line would wake this process up, and that
 * takes longer than to write it, from the one that writes and from the one that measures.
 */
function loggingRuntime() {
  const folder = mkdtempSync(join(tmpdir(), 'runtime-'));
  const program = join(folder, 'workerd');
  writeFileSync(program, `#!/bin/sh\nexec '${workerd.default}' "$@" >>'${folder}/log'\n`, { mode: 0o755 });
  return program;
}

/** All of them, ours first; `modules` are what would be deployed. */
export async function start(modules, credentials) {
  return [await ours(modules, credentials), await hono(credentials), await empty()];
}

/** Those with a database, whose calls of it and of Durable Objects take `far` milliseconds longer (geography.mjs). */
export async function startFar(modules, credentials, far) {
  return [await ours(modules, credentials, {}, far), await hono(credentials, far)];
}

/** Ends those that were started, whether or not all of them were. */
export async function stop() {
  await Promise.all(started.splice(0).map((miniflare) => miniflare.dispose()));
}

async function launch(worker, far) {
  process.env.MINIFLARE_WORKERD_PATH ??= loggingRuntime();
  const miniflare = new Miniflare(options(far ? distant(worker, far) : worker));
  started.push(miniflare);
  const { port } = await miniflare.unsafeGetDirectURL();
  return { miniflare, port: Number(port) };
}

function options(worker) {
  return {
    ...worker,
    cf: false,
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0, proxy: false }],
    // What it complains of is shown.
    handleRuntimeStdio(_stdout, stderr) {
      stderr.on('data', (chunk) => process.stderr.write(chunk));
    },
  };
}

/** With far.mjs around it, whose own main module is `index.js`. */
function distant({ modules, bindings, ...worker }, far) {
  const around = module('far.mjs', readFileSync('bench/far.mjs'));
  return { ...worker, modules: [around, ...modules], bindings: { ...bindings, FAR: far } };
}

/** Another one of ours, with the same data once more, that says in Server-Timing what an answer cost. */
export async function startTelling(modules, credentials) {
  return ours(modules, credentials, { SERVER_TIMING: 'on' });
}

/** There are as many tokens as a tenant may have by default, and some are made. */
const QUOTAS = 'tokens=1000000';

/** With the bindings and dates that wrangler.toml gives it when deployed, and what `more` sets. */
async function ours(modules, { tokenKeys, sql }, more, far) {
  const bound = bindings();
  const { miniflare, port } = await launch({
    ...bound,
    bindings: { ...bound.bindings, TOKEN_KEYS: tokenKeys, SHEDDING: 'off', TENANT_QUOTAS: QUOTAS, ...more },
    modules: modules.map(({ name, bytes }) => module(name, bytes)),
  }, far);
  const db = await miniflare.getD1Database('DB');
  await seed(db, { sql });
  return { id: 'ours', title: 'Client Tokens', port, tidy: () => remove(db, CREATED_TOKENS, CHATS) };
}

function module(path, bytes) {
  return path.endsWith('.wasm')
    ? { type: 'CompiledWasm', path, contents: bytes }
    : { type: 'ESModule', path, contents: bytes.toString() };
}

async function hono({ key, sql }, far) {
  const { compatibilityDate } = bindings();
  const { miniflare, port } = await launch({
    compatibilityDate,
    d1Databases: { DB: 'hono' },
    modules: [module('index.js', await bundled('bench/peers/hono.mjs'))],
  }, far);
  const db = await miniflare.getD1Database('DB');
  await seed(db, { sql });
  await makePlain(db, { key });
  return {
    id: 'hono',
    title: 'Hono + D1',
    port,
    know: (ids, values) => storeTokenDigests(db, ids, values),
    tidy: () => remove(db, CREATED_TOKENS, SESSIONS),
  };
}

async function empty() {
  const { compatibilityDate } = bindings();
  const { port } = await launch({
    compatibilityDate,
    modules: [module('index.js', await bundled('bench/peers/empty.mjs'))],
  });
  return { id: 'empty', title: 'Empty worker', port, status: 200, unlimited: true, tidy: async () => {} };
}

async function bundled(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    write: false,
  });
  return Buffer.from(outputFiles[0].contents);
}

const CREATED_TOKENS = `delete from client_tokens where name = '${CREATED_NAME}'`;
/** With their messages and sessions; the seeded ones have no origin. */
const CHATS = 'delete from conversations where origin is not null';
const SESSIONS = 'delete from page_sessions';

/** So that every measurement finds the same rows. */
async function remove(db, ...statements) {
  await db.batch(statements.map((statement) => db.prepare(statement)));
}
