#!/bin/sh
# Compiles the Worker into build/ with worker-build, src/edge/entry.js around it, and makes the files that are served
# beside it, console and reference, in build/assets; each only when something of it has changed.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
. scripts/env.sh

# ingredients PATH…: the files that something is made of, each with its checksum.
ingredients() {
  find package-lock.json scripts/build.sh "$@" -type f ! -path 'console/generated/*' -exec cksum {} + | sort
}

# is_made FOLDER INGREDIENTS: whether a folder was made of exactly these; they are noted in it as the last step.
is_made() {
  [ -f "$1/.made-of" ] && [ "$2" = "$(cat "$1/.made-of")" ]
}

# worker-build downloads these programs unless it is told where they are.
export WASM_BINDGEN_BIN="$PWD/.tools/bin/wasm-bindgen"
export WASM_OPT_BIN="$PWD/node_modules/.bin/wasm-opt"
export ESBUILD_BIN="$PWD/node_modules/.bin/esbuild"

build_worker() {
  say "Building the Worker (a minute or two the first time)…"
  rm -f build/.made-of
  quietly worker-build --release --out-dir target/worker 9>&-
  esbuild src/edge/entry.js --bundle --format=esm --target=es2022 --log-level=warning \
    --alias:worker-build=./target/worker/index.js '--external:*.wasm' '--external:cloudflare:*' --outfile=build/index.js
  cp target/worker/index_bg.wasm build/
  printf '%s\n' "$1" >build/.made-of
  say "Built: $(wc -c <build/index_bg.wasm) bytes of wasm, $(gzip -c build/index_bg.wasm | wc -c) compressed."
}

# Wrangler uploads no file whose name .assetsignore holds.
build_assets() {
  rm -rf build/assets
  mkdir -p build/assets
  cp -R assets/. build/assets/
  quietly node console/build.mjs build/assets/console
  quietly node docs/build.mjs build/assets
  quietly node console/persona.mjs build/assets/persona
  printf '%s\n' "$1" >build/assets/.made-of
}

lock build
mkdir -p build
made_of=$(ingredients Cargo.toml Cargo.lock rust-toolchain.toml src)
is_made build "$made_of" || build_worker "$made_of"
made_of=$(ingredients assets console docs src/api/openapi.json)
is_made build/assets "$made_of" || build_assets "$made_of"
