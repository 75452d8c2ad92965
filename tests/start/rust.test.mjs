// A machine without Rust gets one in this folder; stand-ins for curl and for rustup's script show how.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');
const TOOLS = ['sh', 'sed', 'cat', 'mkdir', 'chmod', 'cp', 'dirname', 'node'];
/** What the stand-in for rustup's script leaves: a cargo, and a rustc with everything that is looked for. */
const RUSTUP = `echo "$@" >>asked
root="$RUSTUP_HOME/root"
mkdir -p "$CARGO_HOME/bin" "$root/lib/rustlib/wasm32-unknown-unknown/lib" "$root/bin"
for program in "$root/bin/cargo-clippy" "$root/bin/cargo-fmt" "$CARGO_HOME/bin/cargo"; do echo '#!/bin/sh' >"$program"; chmod +x "$program"; done
printf '#!/bin/sh\\necho %s\\n' "$root" >"$CARGO_HOME/bin/rustc"
chmod +x "$CARGO_HOME/bin/rustc"
`;
/** A curl that writes that script to the file after --output. */
const CURL = `#!/bin/sh
echo "curl $*" >>asked
while [ "$1" != --output ]; do shift; done
cp rustup-script "$2"
`;

/** Runs `script` in a folder with the scripts, on a machine that has `programs` (name → text) and a few of its own. */
function shell(script, programs) {
  const folder = mkdtempSync(join(tmpdir(), 'rust-'));
  try {
    for (const name of ['scripts', 'bin']) mkdirSync(join(folder, name));
    for (const name of ['scripts/env.sh', 'scripts/rust.sh', 'rust-toolchain.toml']) cpSync(join(ROOT, name), join(folder, name));
    for (const name of TOOLS) symlinkSync(spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim(), join(folder, 'bin', name));
    for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, 'bin', name), text, { mode: 0o755 });
    writeFileSync(join(folder, 'rustup-script'), RUSTUP);
    const options = { cwd: folder, encoding: 'utf8', env: { PATH: join(folder, 'bin'), HOME: folder } };
    const { status, stdout, stderr } = spawnSync('sh', ['-euc', `. scripts/env.sh; . scripts/rust.sh; ${script}`], options);
    const asked = existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n') : [];
    return { status, output: stdout + stderr, asked, within: (path) => path.replace(folder, '.') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const CC = '#!/bin/sh\n';

test('Rust at the pinned version is installed into this folder, once, and found from then on', () => {
  const again = 'sh -euc ". scripts/env.sh; . scripts/rust.sh; rust; command -v cargo"';
  const { status, output, asked, within } = shell(`rust; command -v cargo; unset RUSTUP_HOME CARGO_HOME; ${again}`, { cc: CC, curl: CURL });
  assert.equal(status, 0, output);
  const channel = /^channel = "(.*)"/m.exec(readFileSync(join(ROOT, 'rust-toolchain.toml'), 'utf8'))[1];
  assert.equal(asked.length, 2);
  assert.match(asked[0], /^curl .*--proto =https .*https:\/\/sh\.rustup\.rs$/);
  assert.ok(asked[1].includes(`-y --no-modify-path --profile minimal --default-toolchain ${channel}`));
  assert.ok(asked[1].includes('--target wasm32-unknown-unknown'));
  const found = output.split('\n').filter((line) => line.endsWith('/bin/cargo'));
  assert.deepEqual(found.map(within), Array(2).fill('./.tools/rust/cargo/bin/cargo'));
});

test("a machine's own Rust is used, and no other is fetched", () => {
  const rustc = `#!/bin/sh\necho "$PWD/own"\n`;
  const own = 'mkdir -p own/lib/rustlib/wasm32-unknown-unknown/lib own/bin; for name in clippy fmt; do cp bin/cargo own/bin/cargo-$name; done';
  const { status, output, asked } = shell(`${own}; rust`, { cc: CC, curl: CURL, cargo: CC, rustc });
  assert.equal(status, 0, output);
  assert.deepEqual(asked, []);
});

test('what neither is there nor can be fetched is told', () => {
  for (const [programs, words] of [
    [{ curl: CURL }, /^Missing: A C compiler/],
    [{ cc: CC }, /^Missing: Rust, and curl/],
    [{ cc: CC, cargo: CC, curl: CURL }, /^Missing: The target wasm32-unknown-unknown/],
  ]) {
    const { status, output, asked } = shell('rust', programs);
    assert.equal(status, 1);
    assert.match(output, words);
    assert.deepEqual(asked, []);
  }
});

test('a download that fails leaves nothing that is taken for Rust', () => {
  const { status, output, asked } = shell('rust', { cc: CC, curl: '#!/bin/sh\nexit 22\n' });
  assert.equal(status, 1);
  assert.match(output, /could not be fetched/);
  assert.deepEqual(asked, []);
});
