// The golden files as a whole: nothing is left out of them, nothing is left over, and no credential is in them.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FOLDER, entries } from '#support/golden/book.mjs';
import { credentials } from '#support/golden/names.mjs';
import { DOCUMENT } from '#support/openapi.mjs';

const ROOT = join(import.meta.dirname, '../../..');
const files = readdirSync(FOLDER, { recursive: true }).filter((name) => name.endsWith('.txt')).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]);
const VERBS = ['get', 'post', 'put', 'patch', 'delete'];

/** What is the same for all of a plane, and so stands there for one operation; all refusals stand in refusals-*.txt. */
const ONCE = {
  429: ({ path }) => !path.startsWith('/v1/client/'),
  500: () => true,
  503: ({ path }) => path === '/v1/client/chat',
};
/** What the document promises and nothing answers. */
const NEVER = { regenerateTokenValue: ['422'] };

const answers = files.flatMap(([, text]) => entries(text)).flatMap(([, text]) => {
  const [, method, path] = /^([A-Z]+) ([^\n?]+)/.exec(text) ?? [];
  const [, status] = /^<-- (\d{3}) /m.exec(text) ?? [];
  return status ? [{ method, path, status }] : [];
});

const operations = Object.entries(DOCUMENT.paths).flatMap(([path, item]) =>
  VERBS.filter((verb) => item[verb]).map((verb) => ({ path, verb, id: item[verb].operationId, statuses: Object.keys(item[verb].responses) })));

/** Paths without parameters come before those that would take them for one. */
function operationOf({ method, path }) {
  const fits = operations.filter((one) => one.verb === method.toLowerCase() && new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path));
  return fits.sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
}

test('every answer that the document has of an operation stands in a golden file', () => {
  const seen = new Set(answers.map((answer) => `${operationOf(answer)?.id} ${answer.status}`));
  const left = operations.flatMap((one) => one.statuses
    .filter((status) => !ONCE[status]?.(one) && !NEVER[one.id]?.includes(status))
    .map((status) => `${one.id} ${status}`)
    .filter((answer) => !seen.has(answer)));
  assert.deepEqual(left, []);
  for (const status of ['429', '500']) assert.ok(answers.some((answer) => answer.status === status), status);
});

test('no credential stands in a golden file', () => {
  assert.deepEqual(files.flatMap(([name, text]) => credentials(text).map((line) => `${name}, ${line}`)), []);
});

test('every golden file is held by a test that names it', () => {
  for (const [name, text] of files) {
    const [, by] = /^# .*\n# (\S+) holds/.exec(text) ?? assert.fail(`${name} doesn't say which test holds it`);
    assert.ok(existsSync(join(ROOT, by)), `${name} is held by ${by}, which isn't there`);
    const stem = name.replace(/^log\//, '').replace(/\.txt$/, '').replace(/-(flow|agent)$/, '-${kind}');
    const source = readFileSync(join(ROOT, by), 'utf8');
    assert.ok(["'", '"', '`'].some((quote) => source.includes(`${quote}${stem}${quote}`)), `${by} doesn't make ${name}`);
  }
});
