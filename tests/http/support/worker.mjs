// Starts the built Worker in Miniflare over an empty database, and ends it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Miniflare, NoOpLog } from 'miniflare';
import { client } from './client.mjs';
import { MODULE as DATABASE_MODULE, database, exported } from './database.mjs';
import { deployment } from './deployment.mjs';
import { MODULE as LAB_MODULE, lab } from './lab.mjs';
import { Logbook } from './logbook.mjs';
import { mintKey } from './mint-key.mjs';

const ROOT = join(import.meta.dirname, '../../..');
/** Where the built Worker is; another folder can be named to test another build. */
const BUILD = resolve(ROOT, process.env.BUILD_DIR ?? 'build');
const { surroundings, migrations } = await deployment();
const { durableObjects, ratelimits, assets, ...shared } = surroundings;

/** A signing key as `TOKEN_KEYS` lists it, with the given id. */
export const signingKey = (id) => `${id}:${randomBytes(32).toString('hex')}`;

/**
 * Starts the Worker. `bindings` are set beside the usual ones (`undefined` takes one away). Nothing executes a target
 * until a test sets one up, as in a deployment. `variants` names more instances over the same database, each with the
 * bindings in which it differs; they answer under `worker.variants.NAME`, and are at `worker.origins.NAME`. `folder`
 * keeps all data, for a later start; `dump` is what an export gave, loaded in the place of the migrations. `hasLab` puts `worker.lab` around the Worker, `hasAssets` the console and the other
 * files before it. Crowds are shed only with `hasShedding`: tests send many requests at once.
 */
export async function start({ tokenKeys = signingKey(1), bindings: own = {}, variants = {}, folder, dump, hasLab, hasAssets, hasShedding } = {}) {
  const isNew = !folder || !existsSync(join(folder, 'd1'));
  const usual = { SERVER_TIMING: 'on', ALLOW_PRIVATE_UPSTREAMS: 'on' };
  const bindings = { TOKEN_KEYS: tokenKeys, ...usual, ...own };
  const instances = Object.entries({ main: {}, ...variants });
  const logs = new Logbook();
  const mf = new Miniflare({
    cf: false,
    log: new NoOpLog(),
    handleRuntimeStdio: (stdout, stderr) => logs.read(stdout, stderr),
    ...(folder && { d1Persist: join(folder, 'd1'), durableObjectsPersist: join(folder, 'do') }),
    workers: [
      ...instances.map(([name, own]) => ({
        ...workerOptions(name, { ...bindings, ...own }, hasLab),
        ...(hasShedding && { ratelimits }),
        ...(hasAssets && { assets: { ...assets, directory: join(BUILD, 'assets') } }),
      })),
      options('database', [{ type: 'ESModule', path: join(ROOT, 'database.mjs'), contents: DATABASE_MODULE }]),
    ],
  });
  const origin = (name) => mf.unsafeGetDirectURL(name);
  const run = database(await origin('database'));
  if (isNew) await run(...(dump ?? migrations).map((sql) => [sql]));
  const apis = await Promise.all(instances.map(async ([name]) => [name, client(await origin(name))]));
  const { main, ...others } = Object.fromEntries(apis);
  const origins = await Promise.all(instances.map(async ([name]) => [name, (await origin(name)).origin]));
  const { main: mainOrigin, ...otherOrigins } = Object.fromEntries(origins);

  return {
    /** Where the Worker answers, for clients of another kind. */
    origin: mainOrigin,
    origins: otherOrigins,
    lab: lab(mainOrigin),
    api: main,
    variants: others,
    logs,
    /** Runs one statement past the Worker and gives its rows. */
    sql: async (text, ...params) => (await run([text, ...params]))[0],
    /** What D1 exports: statements, for `dump`. */
    exported: async () => exported(await origin('database')),
    /** A new API key `{ id, key, tenant }` that may do everything; `wish` has the options of mint-key. */
    mintKey: async (wish = {}) => {
      const { sql, ...minted } = mintKey({ permissions: '*', ...wish }, tokenKeys);
      await run([sql]);
      return minted;
    },
    /** Runs the scheduled handler to its end. */
    scheduled: async (cron) => (await mf.getWorker('main')).scheduled({ cron }),
    /** Ends everything; no line that was logged may hold a credential. */
    stop: async () => {
      await mf.dispose();
      assert.equal(logs.withCredentials().length, 0, 'lines of the log hold a credential');
    },
  };
}

function workerOptions(name, bindings, hasLab) {
  const modules = [
    ...(hasLab ? [{ type: 'ESModule', path: join(BUILD, 'lab-worker.mjs'), contents: LAB_MODULE }] : []),
    { type: 'ESModule', path: join(BUILD, 'index.js') },
    { type: 'CompiledWasm', path: join(BUILD, 'index_bg.wasm') },
  ];
  const set = Object.entries(bindings).filter(([, value]) => value !== undefined);
  return { ...options(name, modules), modulesRoot: BUILD, bindings: Object.fromEntries(set), durableObjects };
}

function options(name, modules) {
  return {
    name,
    modules,
    ...shared,
    // Straight to the Worker: Miniflare's own front would tidy up hostile requests.
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0, proxy: false }],
  };
}
