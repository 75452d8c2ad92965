// Copies the chat widget into the folder that is named: for the console's preview, and for pages that embed it. Its parts
// are found beside its script, under their own names.
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const DIST = join(import.meta.dirname, '../node_modules/@runtypelabs/persona/dist');
const FILES = [
  'index.global.js',
  'widget.css',
  'markdown-parsers.js',
  'webmcp-polyfill.js',
  'context-mentions.js',
  'context-mentions-inline.js',
  'runtype-tts.js',
];
const folder = process.argv[2];

mkdirSync(folder, { recursive: true });
for (const name of FILES) cpSync(join(DIST, name), join(folder, name));
