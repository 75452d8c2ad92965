// Bundles the console into the folder that is named: index.html, and scripts and styles named by their digests.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const HERE = import.meta.dirname;
const folder = process.argv[2];

const { metafile } = await build({
  absWorkingDir: HERE,
  entryPoints: { console: 'src/main.tsx', style: 'style/index.css' },
  outdir: join(process.cwd(), folder, 'static'),
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

const names = Object.keys(metafile.outputs).map((path) => basename(path));
const named = (start, end) => names.find((name) => name.startsWith(start) && name.endsWith(end));
const page = readFileSync(join(HERE, 'index.html'), 'utf8')
  .replace('console.js', named('console-', '.js'))
  .replace('style.css', named('style-', '.css'));
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'index.html'), page);
cpSync(join(HERE, 'icon.svg'), join(folder, 'icon.svg'));
