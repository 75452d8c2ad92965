// Writes docs/ and llms.txt into the folder that is named, from the API's description. The page needs no script; its
// style sheet is named by its content's digest.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { llms } from './llms.mjs';
import { page } from './page.mjs';

const folder = process.argv[2];
const read = (name) => readFileSync(join(import.meta.dirname, name), 'utf8');
const document = JSON.parse(read('../src/api/openapi.json'));
const css = read('style.css');
const style = `style-${createHash('sha256').update(css).digest('hex').slice(0, 8)}.css`;

mkdirSync(join(folder, 'docs/static'), { recursive: true });
writeFileSync(join(folder, 'docs/static', style), css);
writeFileSync(join(folder, 'docs/index.html'), page(document, `static/${style}`));
writeFileSync(join(folder, 'llms.txt'), llms(document));
