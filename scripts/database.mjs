// The local database: brings its schema up to date, and runs SQL on it.
// Applied migrations are noted in wrangler's own table, so that its commands see them too.
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Miniflare, NoOpLog } from 'miniflare';
import { unstable_splitSqlQuery as split } from 'wrangler';
import { STATE } from './home.mjs';
import { bindings, config } from './worker.mjs';

const [{ binding: BINDING, migrations_dir: FOLDER }] = config.d1_databases;
const HOST = 'database.invalid';
/** Keeps other users of this machine out: they can reach Miniflare's port, too. */
const SECRET = randomUUID();

/** The same table that wrangler makes. */
const TABLE = `create table if not exists d1_migrations (
  id integer primary key autoincrement,
  name text unique,
  applied_at timestamp default current_timestamp not null
)`;

/**
 * A Worker that runs statements in one transaction and answers with the rows of each. Miniflare's own access to D1
 * makes this process wait for the runtime, which may be waiting for this process to read its log.
 */
export function databaseWorker() {
  const { compatibilityDate, d1Databases } = bindings();
  return {
    name: 'database',
    routes: [`${HOST}/*`],
    compatibilityDate,
    d1Databases: { DB: d1Databases[BINDING] },
    bindings: { SECRET },
    modules: true,
    script: `export default {
      async fetch(request, { DB, SECRET }) {
        if (request.headers.get('Authorization') !== SECRET) return new Response('', { status: 401 });
        const statements = await request.json();
        try {
          const results = await DB.batch(statements.map((statement) => DB.prepare(statement)));
          return Response.json(results.map((result) => result.results));
        } catch (error) {
          return new Response(error.message, { status: 500 });
        }
      },
    }`,
  };
}

/** Runs statements in one transaction and gives the rows of each. `databaseWorker` is one of `miniflare`'s Workers. */
export async function run(miniflare, sql) {
  const statements = split(sql).filter((statement) => statement.trim());
  if (statements.length === 0) return [];
  const headers = { Authorization: SECRET };
  const body = JSON.stringify(statements);
  const response = await miniflare.dispatchFetch(`http://${HOST}/`, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

const ofAnotherVersion = (migration) => `
The local database is of another version of Client Tokens, whose data this one can't take over: it has the migration
${migration}, which isn't in ${relative('', FOLDER)}. Put the data away, and start anew:

  mv ${STATE} ${STATE}.old
`;

async function migrate(miniflare) {
  await run(miniflare, TABLE);
  const [rows] = await run(miniflare, 'select name from d1_migrations');
  const applied = new Set(rows.map(({ name }) => name));
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.sql')).sort();
  const strange = [...applied].find((name) => !names.includes(name));
  if (strange) throw new Error(ofAnotherVersion(strange));
  for (const name of names.filter((name) => !applied.has(name))) {
    const sql = readFileSync(join(FOLDER, name), 'utf8');
    await run(miniflare, `${sql}\ninsert into d1_migrations (name) values ('${name}');`);
  }
}

/**
 * Brings the schema up to date, runs `sql` while our Worker is down and gives the rows of each statement. The caller
 * holds the lock of lock.mjs.
 */
export async function runAlone(sql = '') {
  const miniflare = new Miniflare({ ...databaseWorker(), cf: false, log: new NoOpLog(), defaultPersistRoot: STATE });
  try {
    await migrate(miniflare);
    return await run(miniflare, sql);
  } finally {
    await miniflare.dispose();
  }
}
