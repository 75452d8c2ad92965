// `npm run dev`: what is saved is served, in a copy of this folder. Run alone, this prints how long it takes, the median
// of CHANGES changed lines: CHANGES=5 node --test tests/start/dev.test.mjs
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '../http/support/until.mjs';
import { newHome, start } from './support/program.mjs';

const ROOT = join(import.meta.dirname, '../..');
const NOT_COPIED = ['.git', '.local', '.tools', '.wrangler', 'build', 'node_modules', 'target', '.dev.vars', '.prod.vars'];
const CHANGES = Number(process.env.CHANGES || 2);
const PATIENCE_MS = 300_000;
const SOURCE = 'src/api/bootstrap_hint.rs';
const WORDS = 'This deployment has no secret';

const home = newHome();
const folder = mkdtempSync(join(tmpdir(), 'dev-'));
const path = (name) => join(folder, name);
let program;

before(async () => {
  const names = readdirSync(ROOT).filter((name) => !NOT_COPIED.includes(name));
  for (const name of names) cpSync(join(ROOT, name), path(name), { recursive: true });
  for (const name of ['node_modules', '.tools']) symlinkSync(join(ROOT, name), path(name));
  // What the program is made of, but for itself, is compiled already.
  program = await start(home.path, { CARGO_TARGET_DIR: join(ROOT, 'target'), DEFAULT_UPSTREAM: undefined }, { program: 'dev', root: folder });
});

after(async () => {
  await program?.stop();
  home.remove();
  rmSync(folder, { recursive: true, force: true });
  // Cargo takes what was made of the copy for what this folder would give.
  execFileSync('cargo', ['clean', '--quiet', '-p', 'client-tokens', '--profile', 'quick', '--target', 'wasm32-unknown-unknown'], { cwd: ROOT });
});

function edit(name, change) {
  writeFileSync(path(name), change(readFileSync(path(name), 'utf8')));
}

/** The body of an answer, unless the Worker is just being exchanged for a newer one. */
async function fetched(url, options) {
  return fetch(new URL(url, program.origin), options).then((answer) => answer.text()).catch(() => {});
}

/** What the Worker says of a missing BOOTSTRAP_KEY. */
function said() {
  return fetched('/v1/bootstrap', { method: 'POST' });
}
const served = (words) => until(async () => (await said())?.includes(words), PATIENCE_MS);

test('it prints what a start prints, on the port that it is given', () => {
  const { origin } = program.origin;
  assert.equal(program.output().match(new RegExp(`^curl .*${origin}/v1/`, 'gm')).length, 2);
  assert.ok(program.output().endsWith(`\nThe console, which asks for the API key: ${origin}/console/\n\n`));
});

test('a changed line of Rust is served', async (t) => {
  const took = [];
  for (let n = 0; n < CHANGES; n += 1) {
    const began = performance.now();
    edit(SOURCE, (text) => text.replace(/"[^"]*? has no secret/, `"Change ${n} has no secret`));
    await served(`Change ${n} has no secret`);
    took.push((performance.now() - began) / 1000);
  }
  const median = took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)];
  t.diagnostic(`${took.map((seconds) => seconds.toFixed(1)).join(', ')} s; the median is ${median.toFixed(1)} s`);
});

test('what can not be built is told, and the last version goes on until it is mended', async () => {
  const before = await said();
  const length = program.output().length;
  edit(SOURCE, (text) => `${text}\nlet it = be;\n`);
  const told = () => program.output().slice(length);
  // The compiler and the program tell it over two pipes, of which either may come first.
  const words = ['What was served before still is.', /error: .*\n.*bootstrap_hint\.rs/];
  for (const one of words) await until(() => told().match(one), PATIENCE_MS);
  assert.equal(await said(), before);
  edit(SOURCE, (text) => text.replace('\nlet it = be;\n', '').replace(/"[^"]*? has no secret/, `"${WORDS}`));
  await served(WORDS);
});

test('a changed file of the console or of .dev.vars is served, and the data is there', async () => {
  const [key] = /rt_live_\w+/.exec(program.output());
  edit('console/index.html', (text) => text.replace('<title>', '<title>New: '));
  await until(async () => (await fetched('/console/'))?.includes('<title>New: '), PATIENCE_MS);

  const file = join(home.path, '.dev.vars');
  writeFileSync(file, `${readFileSync(file, 'utf8')}BOOTSTRAP_KEY="${'0123456789abcdef'.repeat(2)}"\n`);
  await until(async () => (await said())?.includes('Send the value of the'), PATIENCE_MS);
  assert.equal((await program.api('GET', '/v1/client-tokens', { key })).status, 200);
});
