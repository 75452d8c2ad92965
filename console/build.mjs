// Bundles the console into the folder that is named: its pages, and scripts and styles named by their digests.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const HERE = import.meta.dirname;
const folder = process.argv[2];
const { version } = JSON.parse(readFileSync(join(HERE, '../node_modules/@runtypelabs/persona/package.json'), 'utf8'));

/** Each page with the script and the style that it names, which the digests are put into. */
const PAGES = { 'index.html': ['console', 'style'], 'preview.html': ['preview', 'preview'] };

const { metafile } = await build({
  absWorkingDir: HERE,
  entryPoints: [
    { in: 'src/main.tsx', out: 'console' },
    { in: 'style/index.css', out: 'style' },
    { in: 'src/preview/preview.ts', out: 'preview' },
    { in: 'style/preview.css', out: 'preview' },
  ],
  outdir: join(process.cwd(), folder, 'static'),
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  define: { WIDGET_VERSION: JSON.stringify(version) },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

const names = Object.keys(metafile.outputs).map((path) => basename(path));
const named = (start, end) => names.find((name) => name.startsWith(`${start}-`) && name.endsWith(end));
mkdirSync(folder, { recursive: true });
for (const [page, [script, style]] of Object.entries(PAGES)) {
  const text = readFileSync(join(HERE, page), 'utf8')
    .replace(`static/${script}.js`, `static/${named(script, '.js')}`)
    .replace(`static/${style}.css`, `static/${named(style, '.css')}`);
  writeFileSync(join(folder, page), text);
}
cpSync(join(HERE, 'icon.svg'), join(folder, 'icon.svg'));
