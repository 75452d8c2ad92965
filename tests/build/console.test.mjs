// The console as it is served: its size, and that its types fit the API's description.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { react } from '../../console/src/embed/snippets.ts';

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

test("the snippet for React fits the widget's types", (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'react-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (name, text) => writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'node_modules/react'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules/@runtypelabs'), join(folder, 'node_modules/@runtypelabs'));
  // All of React that the snippet uses.
  write('node_modules/react/index.d.ts', 'export function useEffect(effect: () => void | (() => void), inputs: unknown[]): void;');
  write('styles.d.ts', "declare module '*.css';");
  write('chat.tsx', react({ api: 'https://api.example', value: 'ct_live_x', widget: '', version: '' }));
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--jsx', 'preserve', '--module', 'esnext', '--moduleResolution', 'bundler', '--target', 'es2022'];
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, ...options, 'chat.tsx', 'styles.d.ts'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
});

test("the console's types fit the API's description", () => {
  execFileSync(process.execPath, ['console/check.mjs'], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
});
