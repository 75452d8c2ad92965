#!/bin/sh
# Compiles the Worker into build/ with worker-build, src/edge/entry.js around it, and only when something has changed.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
. scripts/env.sh

ingredients() {
  find Cargo.toml Cargo.lock rust-toolchain.toml package-lock.json scripts/build.sh src -type f -exec cksum {} + | sort
}

# worker-build downloads these programs unless it is told where they are.
export WASM_BINDGEN_BIN="$PWD/.tools/bin/wasm-bindgen"
export WASM_OPT_BIN="$PWD/node_modules/.bin/wasm-opt"
export ESBUILD_BIN="$PWD/node_modules/.bin/esbuild"

lock build
made_of=$(ingredients)
if [ -f build/index.js ] && [ -f build/index_bg.wasm ] && [ "$made_of" = "$(cat build/.made-of 2>/dev/null)" ]; then
  exit 0
fi

say "Building the Worker (a minute or two the first time)…"
rm -rf build
quietly worker-build --release --out-dir target/worker 9>&-
esbuild src/edge/entry.js --bundle --format=esm --target=es2022 --log-level=warning \
  --alias:worker-build=./target/worker/index.js '--external:*.wasm' '--external:cloudflare:*' --outfile=build/index.js
cp target/worker/index_bg.wasm build/
printf '%s\n' "$made_of" >build/.made-of
say "Built: $(wc -c <build/index_bg.wasm) bytes of wasm, $(gzip -c build/index_bg.wasm | wc -c) compressed."
