// The Worker's variables belong to the dashboard: no deploy takes one away or sets one (contract section 14, Deployment).
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { unstable_readConfig as readConfig } from 'wrangler';

const ROOT = join(import.meta.dirname, '../..');
const read = (name) => readFileSync(join(ROOT, name), 'utf8');
const TOML = read('wrangler.toml');
const config = readConfig({ config: join(ROOT, 'wrangler.toml') });

/** The configuration, with the # of the variables' lines taken away. */
function withVariables() {
  const folder = mkdtempSync(join(tmpdir(), 'variables-'));
  try {
    const path = join(folder, 'wrangler.toml');
    writeFileSync(path, TOML.replace(/^# (?=\[vars\]$|[A-Z_]+ = )/gm, ''));
    return readConfig({ config: path });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The variables that the README's table of the configuration names. */
function described() {
  const rows = read('README.md').matchAll(/^\| `([A-Z_]+)` \| ([^|]*) \|/gm);
  return [...rows].filter(([, , kind]) => kind.includes('variable')).map(([, name]) => name);
}

/** The names that the Worker's code asks its environment for, but for those that it makes of a secret's name. */
function asked() {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true }).filter((name) => name.endsWith('.rs'));
  const calls = files.flatMap((name) => [...read(join('src', name)).matchAll(/(?<!env::)\bvar(?:iable)?\(\s*"([A-Z][A-Z_]*)"/g)]);
  return calls.map(([, name]) => name);
}

test('a deploy keeps what is set in the dashboard, and sets nothing', () => {
  assert.equal(config.keep_vars, true);
  assert.deepEqual(config.vars, {});
  // An environment of wrangler's has variables of its own.
  assert.doesNotMatch(TOML, /^\s*(\[(env\.[^\]]+\.)?vars\]|vars\s*[.=])/m);
  assert.doesNotMatch(read('scripts/deploy.sh') + read('package.json'), /wrangler[^\n]* (--var\b|--keep-vars[= ]false|--no-keep-vars)/);
});

test('each variable that the README names has a line to uncomment', () => {
  const { vars, ...rest } = withVariables();
  assert.deepEqual(Object.keys(vars).sort(), described().sort());
  for (const [name, value] of Object.entries(vars)) assert.ok(typeof value === 'string' && value, name);
  assert.deepEqual(rest.d1_databases.length, config.d1_databases.length);
});

test('what the Worker asks for is described, or is a secret', () => {
  const secrets = ['BOOTSTRAP_KEY', 'TOKEN_KEYS'];
  assert.ok(asked().includes('DEFAULT_UPSTREAM'));
  assert.deepEqual(asked().filter((name) => ![...described(), ...secrets].includes(name)), []);
});
