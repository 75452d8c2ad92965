// The console as it is served: its size, and that its types fit the API's description.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'build/assets/console');
const KIB = 1024;
/** What a first visit loads. */
const MAX_CONSOLE = 150 * KIB;

test(`the console has at most ${MAX_CONSOLE / KIB} KiB, gzipped`, (t) => {
  const files = ['index.html', 'icon.svg', ...readdirSync(join(FOLDER, 'static')).map((name) => join('static', name))];
  const size = files.reduce((sum, name) => sum + gzipSync(readFileSync(join(FOLDER, name))).length, 0);
  t.diagnostic(`${(size / KIB).toFixed(1)} KiB`);
  assert.ok(size <= MAX_CONSOLE);
});

test('every part of the widget that its script may load stands beside it', (t) => {
  const folder = join(ROOT, 'build/assets/persona');
  const script = readFileSync(join(folder, 'index.global.js'), 'utf8');
  const parts = [...script.matchAll(/"([\w-]+\.js)\$1"/g)].map(([, name]) => name);
  assert.ok(parts.length > 2);
  for (const name of ['widget.css', ...parts]) assert.ok(readdirSync(folder).includes(name), name);
  const size = ['index.global.js', 'widget.css', 'markdown-parsers.js']
    .reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name))).length, 0);
  t.diagnostic(`a page that embeds it loads ${(size / KIB).toFixed(1)} KiB, gzipped`);
});

test("the console's types fit the API's description", () => {
  execFileSync(process.execPath, ['console/check.mjs'], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
});
