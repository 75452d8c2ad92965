// The script that makes the list of public suffixes, and what it has made.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');
const MADE = readFileSync(join(ROOT, 'src/domain/origin/public_suffixes.txt'), 'utf8');

const LIST = `// VERSION: 2026-01-02_03-04-05_UTC
// ===BEGIN ICANN DOMAINS===

// uk : https://www.iana.org/domains/root/db/uk.html
uk
co.uk
*.sch.uk

*.ck
!www.ck
公司.cn
// ===END ICANN DOMAINS===
// ===BEGIN PRIVATE DOMAINS===
github.io
*.compute.example.com
co.uk
// ===END PRIVATE DOMAINS===
`;

/** What the script makes of a list: `{ status, errors, made }`. */
function run(list) {
  const folder = mkdtempSync(join(tmpdir(), 'suffixes-'));
  try {
    const [from, to] = ['list.dat', 'made.txt'].map((name) => join(folder, name));
    writeFileSync(from, list);
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/public-suffixes.mjs'), from, to], { encoding: 'utf8' });
    return { status, errors: stderr, made: existsSync(to) ? readFileSync(to, 'utf8') : undefined };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const isHead = (line) => line.startsWith('#');

test('the rules of both sections that have a dot, in ASCII and in order, each once, under the version', () => {
  const { status, made } = run(LIST);
  assert.equal(status, 0);
  const lines = made.trimEnd().split('\n');
  assert.match(lines[0], /version 2026-01-02_03-04-05_UTC/);
  const rules = ['!www.ck', '*.ck', '*.compute.example.com', '*.sch.uk', 'co.uk', 'github.io', 'xn--55qx5d.cn'];
  assert.deepEqual(lines.filter((line) => !isHead(line)), rules);
});

test('nothing is made of half a list, of one without its version, and of what is none', () => {
  const cut = LIST.slice(0, LIST.indexOf('// ===END PRIVATE'));
  for (const list of [cut, LIST.replace('VERSION', 'DATE'), '<html></html>', LIST.replace('co.uk', 'co.u/k'), LIST.replace('github.io', 'a.*.io')]) {
    const { status, errors, made } = run(list);
    assert.deepEqual([status, made], [1, undefined]);
    assert.match(errors, /\w/);
  }
});

test('the list of the deployment is what the script makes: its licence, its version, and rules in order', () => {
  const lines = MADE.trimEnd().split('\n');
  const rules = lines.filter((line) => !isHead(line));
  assert.deepEqual(rules, [...new Set(rules)].sort());
  assert.deepEqual(lines.slice(0, lines.length - rules.length).filter((line) => !isHead(line)), []);
  assert.match(lines[0], /version \d{4}-\d\d-\d\d/);
  assert.match(MADE, /Mozilla Public License, v\. 2\.0/);
});
