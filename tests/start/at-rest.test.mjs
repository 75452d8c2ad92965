// What a start leaves on the disk and on the screen: nothing for other users, and the key once.
import assert from 'node:assert/strict';
import { chmodSync, lstatSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { newHome, start } from './support/program.mjs';

const home = newHome();
const FOLDERS = ['.local', '.wrangler/state'];
let first;
let second;
let known;

before(async () => {
  // As scripts without care for others' rights have left them.
  for (const folder of FOLDERS) mkdirSync(join(home.path, folder), { recursive: true });
  writeFileSync(join(home.path, '.dev.vars'), `TOKEN_KEYS="1:${'0123456789abcdef'.repeat(4)}"\n`);
  for (const folder of FOLDERS) writeFileSync(join(home.path, folder, 'older'), '');
  loosen();
  first = await run();
  known = readFileSync(join(home.path, '.local/api-key'), 'utf8').trim();
  loosen();
  second = await run();
});

after(() => home.remove());

/** Starts, copies the curl line, and stops; with the rights of others while it ran and after that. */
async function run() {
  const program = await start(home.path);
  const whileRunning = open();
  const [line] = /^curl .*$/m.exec(program.output());
  const answer = await program.copied(`${line} --silent`);
  await program.stop();
  return { output: program.output(), answer: JSON.parse(answer), open: [...whileRunning, ...open()] };
}

function paths() {
  const below = (folder) => readdirSync(join(home.path, folder), { recursive: true }).map((name) => join(folder, name));
  return ['.dev.vars', ...FOLDERS, ...FOLDERS.flatMap(below)].map((name) => join(home.path, name));
}

function loosen() {
  for (const path of paths()) chmodSync(path, lstatSync(path).mode | 0o066);
}

/** What others may do anything with. A database's journal may be gone by now. */
function open() {
  return paths().filter((path) => lstatSync(path, { throwIfNoEntry: false })?.mode & 0o077);
}

test('secrets, keys and data are for their owner only, those that were there before, too', () => {
  assert.ok(paths().some((path) => path.endsWith('.sqlite')));
  assert.deepEqual(first.open, []);
  assert.deepEqual(second.open, []);
});

test('the first start prints the key, and a curl line that works', () => {
  assert.match(known, /^rt_live_\w+$/);
  assert.equal(first.output.split(known).length, 2);
  assert.equal(first.answer.clientToken.name, 'My first token');
});

test('a later start prints where the key is, and a curl line that works', () => {
  assert.doesNotMatch(second.output, /rt_live_/);
  assert.match(second.output, /\.local\/api-key/);
  assert.equal(second.answer.clientToken.name, 'My first token');
});
