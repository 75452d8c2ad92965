// What Cloudflare's deploy button reads in the repository.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import { unstable_readConfig as readConfig } from 'wrangler';

const ROOT = join(import.meta.dirname, '../..');
const read = (name) => readFileSync(join(ROOT, name), 'utf8');
const { scripts, cloudflare: { bindings } } = JSON.parse(read('package.json'));
const config = readConfig({ config: join(ROOT, 'wrangler.toml') });
const asked = parseEnv(read('.dev.vars.example'));

test('what it asks for is described, and no secret has a value that anybody knows', () => {
  assert.deepEqual(asked, { BOOTSTRAP_KEY: '', DEFAULT_UPSTREAM: 'echo' });
  for (const name of Object.keys(asked)) assert.ok(bindings[name].description, name);
});

test('what is described is bound', () => {
  const bound = [...config.d1_databases.map(({ binding }) => binding), ...config.durable_objects.bindings.map(({ name }) => name)];
  for (const name of Object.keys(bindings)) assert.ok([...Object.keys(asked), ...bound].includes(name), name);
});

test('it finds the commands, and a database that is known by its name alone', () => {
  assert.ok(scripts.build && scripts.deploy);
  const [{ database_id: id, database_name: name, migrations_dir: folder }] = config.d1_databases;
  assert.deepEqual([id, name, folder], [undefined, 'client-tokens', 'migrations']);
  assert.match(read('scripts/deploy.sh'), /^wrangler d1 migrations apply DB --remote$/m);
});

test('the example is in the repository, and no file of secrets can get there', () => {
  const ignored = (name) => {
    try {
      return execFileSync('git', ['check-ignore', '--no-index', name], { cwd: ROOT, encoding: 'utf8' }).trim() === name;
    } catch {
      return false;
    }
  };
  assert.ok(!ignored('.dev.vars.example'));
  for (const name of ['.dev.vars', '.dev.vars.production', '.prod.vars', '.prod.vars.old']) assert.ok(ignored(name), name);
});
