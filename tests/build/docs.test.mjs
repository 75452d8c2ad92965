// The reference and llms.txt, as they are made of the API's description.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { html, prose } from '../../docs/html.mjs';
import { operationsOf } from '../../docs/operations.mjs';

const ROOT = join(import.meta.dirname, '../..');
const KIB = 1024;
const MAX_PAGE = 48 * KIB;

const folder = mkdtempSync(join(tmpdir(), 'docs-'));
after(() => rmSync(folder, { recursive: true }));
execFileSync(process.execPath, ['docs/build.mjs', folder], { cwd: ROOT });
const read = (name) => readFileSync(join(folder, name), 'utf8');
const page = read('docs/index.html');
const llms = read('llms.txt');
const document = JSON.parse(readFileSync(join(ROOT, 'src/api/openapi.json'), 'utf8'));
const operations = operationsOf(document);
const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);

test(`the page has at most ${MAX_PAGE / KIB} KiB, gzipped`, (t) => {
  const size = gzipSync(page).length + gzipSync(read(join('docs/static', readdirSync(join(folder, 'docs/static'))[0]))).length;
  t.diagnostic(`${(size / KIB).toFixed(1)} KiB`);
  assert.ok(size <= MAX_PAGE);
});

test('every operation, shared answer and schema has its place, and every link leads to one', () => {
  const { schemas, responses, securitySchemes } = document.components;
  const wanted = [
    ...operations.map(({ operationId }) => operationId),
    ...Object.keys(schemas).map((name) => `schema-${name}`),
    ...Object.keys(responses).map((name) => `response-${name}`),
    ...Object.keys(securitySchemes).map((name) => `auth-${name}`),
  ];
  for (const id of wanted) assert.ok(ids.includes(id), id);
  assert.equal(new Set(ids).size, ids.length, 'an id is there twice');
  const links = [...page.matchAll(/ href="#([^"]*)"/g)].map(([, id]) => id);
  assert.ok(links.length > operations.length);
  for (const id of links) assert.ok(ids.includes(id), id);
});

test('it asks for nothing but its style sheet, and runs no script', () => {
  const loaded = [...page.matchAll(/ (?:src|href)="([^"#]+)"/g)].map(([, address]) => address);
  const [style] = readdirSync(join(folder, 'docs/static'));
  assert.deepEqual([...new Set(loaded)].sort(), ['/llms.txt', '/openapi.json', 'data:,', `static/${style}`].sort());
  assert.doesNotMatch(page, /<script|<style| style=| on\w+=|undefined|\[object/);
});

test('what stands in a description is text, never markup', () => {
  assert.equal(`${html`<i>${'<b a="1">&\''}</i>`}`, '<i>&lt;b a=&quot;1&quot;&gt;&amp;&#39;</i>');
  assert.equal(prose('Say `<script>`.\n\n<img onerror=x>').join(''), '<p>Say <code>&lt;script&gt;</code>.</p>\n<p>&lt;img onerror=x&gt;</p>\n');
});

test('an example for the shell is one whole command', () => {
  const plain = { '&quot;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>', '&amp;': '&' };
  const count = 'curl() { for last; do :; done; printf "%s\\n" "$last"; }; API=x KEY=y BOOTSTRAP_KEY=z;';
  for (const { operationId, requestBody } of operations) {
    const [, section] = page.split(` id="${operationId}"`);
    const [, command] = /<code>(curl [^]*?)<\/code>/.exec(section);
    const script = `${count} ${command.replaceAll(/&[a-z0-9#]+;/g, (entity) => plain[entity])}`;
    const last = execFileSync('sh', ['-euc', script], { encoding: 'utf8' });
    if (requestBody) assert.equal(typeof JSON.parse(last), 'object', operationId);
  }
});

test('llms.txt has a title, a summary, and a line for every operation that leads to its place', () => {
  const [title, , summary] = llms.split('\n');
  assert.equal(title, `# ${document.info.title}`);
  assert.match(summary, /^> /);
  for (const { operationId, method, path } of operations) {
    assert.ok(llms.includes(`](/docs/#${operationId}): \`${method} ${path}\``), operationId);
  }
  for (const line of llms.split('\n').filter((line) => line.startsWith('- '))) assert.match(line, /^- \[[^\]]+\]\(\/[^)]*\): \S/);
});
