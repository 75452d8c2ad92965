// `npm run wrangler`: the pinned one, on a Node.js that it takes, whatever this machine's own is. `npx wrangler` would
// run it on the machine's, which may be too old.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { unstable_readConfig as readConfig } from 'wrangler';

const ROOT = join(import.meta.dirname, '../..');
const read = (name) => readFileSync(join(ROOT, name), 'utf8');
const { devDependencies: pinned } = JSON.parse(read('package.json'));

/** What wrangler says on a machine whose PATH begins with `folder`. */
function wrangler(folder, ...args) {
  const env = { ...process.env, PATH: [folder, process.env.PATH].filter(Boolean).join(delimiter) };
  return execFileSync('npm', ['run', '--silent', 'wrangler', '--', ...args], { cwd: ROOT, env, encoding: 'utf8' }).trim();
}

test('npm run wrangler is the pinned version', () => {
  assert.equal(wrangler('', '--version'), pinned.wrangler);
});

test('it runs where node is too old for it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'old-node-'));
  try {
    const node = join(folder, 'node');
    // For npm it is the real one, as an old Node.js would be; what it says of itself and what it refuses are the old one's.
    const real = process.execPath;
    const script = `#!/bin/sh\ncase "$*" in --version) echo v20.20.2 ;; *wrangler/bin*|*.bin/wrangler*) echo 'Wrangler requires at least Node.js v22' >&2; exit 1 ;; *) exec '${real}' "$@" ;; esac\n`;
    writeFileSync(node, script);
    chmodSync(node, 0o755);
    assert.equal(wrangler(folder, '--version'), pinned.wrangler);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('its arguments reach it as they are, and its failure is ours', () => {
  assert.match(wrangler('', 'secret', 'put', '--help'), /secret put <key>/);
  assert.throws(() => wrangler('', 'no-such-command'), ({ status, stderr }) => status !== 0 && /Unknown argument/.test(stderr));
});

/** Files that people read or that print what people read. */
function* readable() {
  yield* ['README.md', 'package.json', 'wrangler.toml'];
  for (const folder of ['scripts', 'src', 'console/src', 'docs', 'demo']) {
    for (const entry of readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) yield join(entry.parentPath, entry.name).slice(ROOT.length + 1);
    }
  }
}

test('nothing tells anybody to run npx wrangler', () => {
  const files = [...readable()];
  assert.ok(files.includes(join('scripts', 'missing.mjs')) && files.length > 100);
  assert.deepEqual(files.filter((name) => /npx\s+(--?\S+\s+)*wrangler/.test(read(name))), []);
});

test('what the README runs is there, and names what wrangler.toml has', () => {
  const commands = [...read('README.md').matchAll(/`npm run wrangler -- ([^`]+)`/g)].map(([, command]) => command);
  for (const wanted of ['login', 'secret put UPSTREAM_OPENAI', 'tail', 'delete']) assert.ok(commands.includes(wanted), wanted);
  for (const command of new Set(commands)) {
    const words = command.split(' ');
    const [, usage] = /^wrangler ([a-z0-9 -]+[a-z0-9])/m.exec(wrangler('', ...words, '--help'));
    assert.ok(command === usage || command.startsWith(`${usage} `), `${command}: ${usage}`);
  }
  const { d1_databases: [database], observability } = readConfig({ config: join(ROOT, 'wrangler.toml') });
  assert.ok(commands.includes(`d1 delete ${database.database_name}`));
  assert.equal(observability.enabled, true, 'the log is in the dashboard');
});
