// The Worker's surroundings as wrangler reads them: date, flags and bindings of wrangler.toml, and the migrations.
// Loading wrangler takes more than a second and each test file is a process, so what it read is kept in a file until
// one of its sources changes.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const CACHE = join(ROOT, 'node_modules/.cache/client-tokens');
const CONFIG = join(ROOT, 'wrangler.toml');
const MIGRATIONS = readdirSync(join(ROOT, 'migrations'))
  .filter((name) => name.endsWith('.sql'))
  .sort()
  .map((name) => join(ROOT, 'migrations', name));
const SOURCES = [import.meta.filename, join(ROOT, 'node_modules/wrangler/package.json'), CONFIG, ...MIGRATIONS];

/**
 * `{ surroundings, migrations }`: options of Miniflare without any secret of this machine, and SQL texts in their
 * order, of which one may hold a trigger and the statements after it.
 */
export async function deployment() {
  const digest = createHash('sha256');
  for (const path of SOURCES) digest.update(readFileSync(path));
  const path = join(CACHE, `${digest.digest('hex')}.json`);
  if (!existsSync(path)) keep(path, await read());
  return JSON.parse(readFileSync(path, 'utf8'));
}

async function read() {
  // Or wrangler tells that it has seen .dev.vars.
  process.env.WRANGLER_LOG ??= 'warn';
  const { unstable_getMiniflareWorkerOptions: optionsOf, unstable_splitSqlQuery: split } = await import('wrangler');
  const { compatibilityDate, compatibilityFlags, d1Databases, durableObjects, ratelimits, assets } = optionsOf(CONFIG).workerOptions;
  return {
    surroundings: { compatibilityDate, compatibilityFlags, d1Databases, durableObjects, ratelimits, assets },
    migrations: MIGRATIONS.flatMap((path) => split(readFileSync(path, 'utf8'))),
  };
}

/** Whole or not at all, since other test files may be starting. */
function keep(path, value) {
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(value));
  renameSync(`${path}.${process.pid}`, path);
}
