// `npm run deploy` without Cloudflare: a stand-in for wrangler answers as it would, and notes what it is asked.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');
const KEYS = `1:${'0123456789abcdef'.repeat(4)}`;
const OTHER = KEYS.replace('1:', '2:');
const ACCOUNTS = [{ id: 'a'.repeat(32), name: 'Mine' }];
const NO_WORKER = 'Worker "client-tokens" not found.';

/** Notes its arguments, and the file of secrets if there is one. `answers` begin with the first words that they answer. */
const standIn = (answers) => `#!${process.execPath}
const { appendFileSync, readFileSync } = require('node:fs');
const args = process.argv.slice(2);
const file = args[args.indexOf('--secrets-file') + 1];
const secrets = args.includes('--secrets-file') ? readFileSync(file === '/dev/stdin' ? 0 : file, 'utf8') : undefined;
appendFileSync('calls', JSON.stringify({ call: args.join(' '), secrets }) + '\\n');
const found = Object.entries(${JSON.stringify(answers)}).find(([words]) => args.join(' ').startsWith(words));
const [code, text] = found?.[1] ?? [0, ''];
(code ? process.stderr : process.stdout).write(text);
process.exit(code);
`;

/** Deploys from a copy of the scripts; `files` are there besides. */
function deploy({ answers = {}, files = {}, env = {}, args = [], config = (text) => text } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
  try {
    cpSync(join(ROOT, 'scripts'), join(folder, 'scripts'), { recursive: true });
    cpSync(join(ROOT, 'package-lock.json'), join(folder, 'package-lock.json'));
    mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules/wrangler'), join(folder, 'node_modules/wrangler'));
    cpSync(join(ROOT, 'package-lock.json'), join(folder, 'node_modules/.installed-from'));
    const toml = config(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8'));
    const whoami = [0, JSON.stringify({ loggedIn: true, accounts: ACCOUNTS })];
    const all = { 'wrangler.toml': toml, 'scripts/build.sh': 'echo \'{"call":"build"}\' >>calls\n', ...files };
    for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'node_modules/.bin/wrangler'), standIn({ whoami, ...answers }), { mode: 0o755 });
    const { CLOUDFLARE_ACCOUNT_ID, TOKEN_KEYS, BOOTSTRAP_KEY, WORKERS_CI, ...own } = process.env;
    const options = { cwd: folder, encoding: 'utf8', env: { ...own, ...env } };
    const { status, stdout, stderr } = spawnSync('sh', ['scripts/deploy.sh', ...args], options);
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    const stored = existsSync(join(folder, '.prod.vars')) ? readFileSync(join(folder, '.prod.vars'), 'utf8') : undefined;
    return { status, output: stdout + stderr, calls: calls.map(({ call }) => call), secrets: calls.at(-1).secrets, stored };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const withoutChecks = (calls) => calls.filter((call) => !/^(whoami|d1 info|secret list)/.test(call));

test('what is missing is told before anything is built or changed', () => {
  const files = { '.prod.vars': 'BOOTSTRAP_KEY="short"\n' };
  const answers = { whoami: [1, '{"loggedIn":false}'] };
  const { status, output, calls } = deploy({ answers, files });
  assert.equal(status, 1);
  assert.deepEqual(calls, ['whoami --json']);
  for (const words of ['A login:', 'TOKEN_KEYS in .prod.vars:', 'A BOOTSTRAP_KEY that']) assert.ok(output.includes(`- ${words}`), output);
});

test('with --check it ends when nothing is missing', () => {
  const { status, output, calls } = deploy({ args: ['--check'] });
  assert.equal(status, 0, output);
  assert.match(output, /All is in place to deploy the Worker client-tokens to the account Mine\./);
  assert.deepEqual(calls, ['whoami --json']);
});

test('the first time it makes the database by its name, migrates it, and makes signing keys', () => {
  const answers = { 'd1 info': [1, "Couldn't find a D1 DB named 'mine' (bound as 'DB') in the API."], 'secret list': [1, NO_WORKER] };
  const config = (text) => text.replace('database_name = "client-tokens"', 'database_name = "mine"');
  const { status, output, calls, secrets, stored } = deploy({ answers, config });
  assert.equal(status, 0, output);
  const wanted = ['build', 'd1 create mine', 'd1 migrations apply DB --remote', 'deploy --secrets-file .prod.vars'];
  assert.deepEqual(withoutChecks(calls), wanted);
  assert.match(secrets, /^TOKEN_KEYS="1:[0-9a-f]{64}"\n$/);
  assert.ok(stored === secrets);
  assert.match(output, /Keep a copy/);
});

test('later it keeps database and keys', () => {
  const answers = { 'secret list': [0, '[{"name":"TOKEN_KEYS","type":"secret_text"}]'] };
  const { status, output, calls, stored } = deploy({ answers });
  assert.equal(status, 0, output);
  assert.deepEqual(withoutChecks(calls), ['build', 'd1 migrations apply DB --remote', 'deploy']);
  assert.equal(stored, undefined);
});

test('a build service gets keys that it is told nobody else knows, and the secrets of its environment', () => {
  const env = { WORKERS_CI: '1', BOOTSTRAP_KEY: 'a-secret/of=32+characters~or_more.' };
  const first = deploy({ env, answers: { 'secret list': [1, NO_WORKER] } });
  assert.equal(first.status, 0, first.output);
  assert.match(first.output, /nobody else knows them/);
  assert.ok(first.secrets.endsWith(`\nBOOTSTRAP_KEY="${env.BOOTSTRAP_KEY}"\n`));
  const later = deploy({ env, answers: { 'secret list': [0, '[{"name":"TOKEN_KEYS"}]'] } });
  assert.equal(later.secrets, `BOOTSTRAP_KEY="${env.BOOTSTRAP_KEY}"\n`);
  for (const { output } of [first, later]) assert.ok(!output.includes(env.BOOTSTRAP_KEY) && !/[0-9a-f]{64}/.test(output));
});

test('keys of .prod.vars or of the environment are uploaded, and never others than the stored ones', () => {
  const stored = deploy({ files: { '.prod.vars': `TOKEN_KEYS="${KEYS}"\n` } });
  assert.equal(stored.secrets, `TOKEN_KEYS="${KEYS}"\n`);
  assert.equal(deploy({ env: { TOKEN_KEYS: KEYS } }).secrets, `TOKEN_KEYS="${KEYS}"\n`);
  const both = deploy({ files: { '.prod.vars': `TOKEN_KEYS="${KEYS}"\n` }, env: { TOKEN_KEYS: OTHER } });
  assert.equal(both.status, 1);
  assert.match(both.output, /differ/);
});

test('a failure of Cloudflare ends it before the upload', () => {
  for (const words of ['d1 info', 'd1 migrations apply', 'secret list']) {
    const { status, output, calls } = deploy({ answers: { [words]: [1, 'Something broke.'] } });
    assert.notEqual(status, 0, words);
    assert.match(output, /Something broke\./);
    assert.ok(!calls.some((call) => call.startsWith('deploy')), words);
  }
});

test('a database id that is in no account is told before it starts', () => {
  const config = (text) => text.replace('binding = "DB"', `binding = "DB"\ndatabase_id = "${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}"`);
  const { status, output, calls } = deploy({ config, answers: { 'd1 info': [1, 'The database was not found.'] } });
  assert.equal(status, 1);
  assert.match(output, /The database was not found\. Take the line database_id away/);
  assert.deepEqual(calls, ['whoami --json', 'd1 info DB --json']);
});
