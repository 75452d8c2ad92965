// `npm test` with words: a part of the steps, in their order; stand-ins for the programs note what they are asked.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');
const FILES = [
  'console/src/usage/usage.test.mjs', 'tests/browser/docs.test.mjs', 'tests/browser/console/tokens.test.mjs', 'tests/build/docs.test.mjs',
  'tests/http/v1/client/cors.test.mjs', 'tests/http/v1/client-tokens/list.test.mjs', 'tests/start/dev.test.mjs',
];
const note = (name) => `#!/bin/sh\n[ "\${1:-}" != --version ] || { echo v24.0.0; exit; }\necho "${name} $*" >>calls\n`;
/** Three tests of two modules, and every step that FAILS names fails. */
const CARGO = `${note('cargo')}case "$*" in *--list) printf 'limiter::tests::one: test\\nlimiter::tests::two: test\\nid::long: test\\n' ;; *"\${FAILS:-none}"*) exit 1 ;; esac\n`;

/** Runs scripts/test.sh in a folder of its own, and gives what was called in order. */
function parts(words, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'parts-'));
  try {
    const programs = { cargo: CARGO, node: note('node'), wrangler: note('wrangler'), chromium: note('chromium') };
    const texts = {
      ...Object.fromEntries(FILES.map((file) => [file, ''])),
      ...Object.fromEntries(Object.entries(programs).map(([name, text]) => [`node_modules/.bin/${name}`, text])),
      'scripts/setup.sh': 'echo "setup $*" >>calls\n',
      'scripts/build.sh': 'echo build >>calls\n',
    };
    for (const [name, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text, { mode: 0o755 });
    }
    for (const name of ['scripts/test.sh', 'scripts/env.sh']) cpSync(join(ROOT, name), join(folder, name));
    const { CHROMIUM, ...own } = process.env;
    const { status, stdout, stderr } = spawnSync('sh', ['scripts/test.sh', ...words], { cwd: folder, encoding: 'utf8', env: { ...own, ...env } });
    const calls = existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n') : [];
    return { status, stdout, stderr, calls: calls.map((call) => call.trim()) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const NODE = 'node --test --test-reporter=spec';
const TITLES = [
  'Format', 'Lint', 'Lint, WebAssembly', 'Rust tests', 'Documentation', 'Build', 'Deployment, dry run', 'Console rules', 'Upload tests',
  'HTTP tests', 'Start tests', 'Browser tests',
];

test('without words everything runs in its order, each step with its time, and a table of them ends it', () => {
  const { status, stdout, stderr, calls } = parts([]);
  assert.equal(status, 0, stderr);
  assert.deepEqual(stdout.match(/^=== (?! |All).*$/gm), TITLES.map((title) => `=== ${title}`));
  const told = [...stdout.matchAll(/^=== *\d+ s {2}(.*)$/gm)].map(([, title]) => title);
  assert.deepEqual(told, TITLES);
  const table = [...stdout.matchAll(/^ *\d+ s {2}(.*)$/gm)].map(([, title]) => title);
  assert.deepEqual(table, TITLES);
  assert.match(stdout, /=== All passed\.\n$/);
  assert.equal(calls[0], 'setup --browser');
  const files = calls.filter((call) => call.startsWith(NODE)).flatMap((call) => call.split(' ').filter((word) => word.endsWith('.mjs')));
  assert.deepEqual(files.toSorted(), FILES.toSorted());
});

test('a part runs what is asked for, in the order of the whole, and sets up and builds no more than it needs', () => {
  for (const [words, expected] of [
    [['format'], ['setup --rust', 'cargo fmt --check']],
    [['docs', 'rust', 'limiter', 'id'], ['setup --rust', 'cargo test --quiet -- --list', 'cargo test -- limiter id', 'cargo doc --quiet --no-deps --document-private-items']],
    [['console'], ['setup --packages', `${NODE} console/src/usage/usage.test.mjs`]],
    [['console', 'usage', 'format'], ['setup --packages', 'setup --rust', 'cargo fmt --check', `${NODE} console/src/usage/usage.test.mjs`]],
    [['deploy'], ['setup', 'wrangler deploy --dry-run --outdir .local/dry-run']],
    [['http', 'client-tokens'], ['setup', 'build', `${NODE} --test-concurrency=2 tests/http/v1/client-tokens/list.test.mjs`]],
    [['upload', 'start', 'dev'], ['setup', 'build', `${NODE} tests/build/docs.test.mjs`, `${NODE} --test-concurrency=1 tests/start/dev.test.mjs`]],
    [['browser', 'browser/docs'], ['setup --browser', 'build', `${NODE} --test-concurrency=2 tests/browser/docs.test.mjs`]],
  ]) {
    const { status, stderr, calls } = parts(words);
    assert.equal(status, 0, stderr);
    assert.deepEqual(calls, expected, words.join(' '));
  }
});

test('an unknown step, a word that finds nothing and one too many are errors that say what there is, before anything runs', () => {
  for (const [words, told] of [
    [['htp'], /no step htp.*format lint rust docs build deploy console upload http start browser/],
    [['http', 'cors', 'nowhere'], /of http has nowhere in its path[^]*tests\/http\/v1\/client\/cors\.test\.mjs/],
    [['browser', '*'], /of browser has \* in its path[^]*tests\/browser\/docs\.test\.mjs/],
    [['lint', 'src'], /lint is run as a whole, without src/],
  ]) {
    const { status, stderr, calls } = parts(words);
    assert.equal(status, 1);
    assert.match(stderr, told);
    assert.deepEqual(calls, []);
  }
  const { status, stderr, calls } = parts(['rust', 'limiter', 'nothing']);
  assert.equal(status, 1);
  assert.match(stderr, /No Rust test has nothing in its name[^]*limiter::tests/);
  assert.ok(!calls.includes('cargo test -- limiter nothing'));
});

test('the first failure ends it, and says how to run its step alone', () => {
  const { status, stdout, stderr, calls } = parts([], { FAILS: 'clippy' });
  assert.equal(status, 1);
  assert.match(stderr, /=== Failed: Lint\. This step alone: npm test -- lint\n$/);
  assert.doesNotMatch(stdout, /All passed/);
  assert.deepEqual(calls, ['setup --browser', 'cargo fmt --check', 'cargo clippy --quiet --all-targets -- -D warnings']);
});

test('without a Chromium the rest passes and says so', () => {
  const { status, stdout, calls } = parts(['browser'], { CHROMIUM: '/nowhere' });
  assert.equal(status, 0);
  assert.match(stdout, /left out, for want of a Chromium/);
  assert.deepEqual(calls, ['setup --browser', 'build']);
});
