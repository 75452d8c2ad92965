#!/bin/sh
# Compiles the Worker into build/ with worker-build, src/cloudflare/entry.js around it, and makes the files that are served
# beside it, console and reference, in build/assets; each only when something of it has changed. With the argument quick
# the Worker comes into target/quick-build instead, compiled without optimisation, for this machine only.
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = quick ]; then sh scripts/setup.sh --quick; else sh scripts/setup.sh; fi
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

# build_worker INGREDIENTS FOLDER SHIM OPTION…: by way of the folder SHIM, with options for worker-build.
build_worker() {
  made_of=$1 folder=$2 shim=$3
  shift 3
  say "Building the Worker (a minute or two the first time)…"
  rm -f "$folder/.made-of"
  quietly worker-build "$@" --out-dir "$shim" 9>&-
  esbuild src/cloudflare/entry.js --bundle --format=esm --target=es2022 --log-level=warning \
    "--alias:worker-build=./$shim/index.js" '--external:*.wasm' '--external:cloudflare:*' "--outfile=$folder/index.js"
  cp "$shim/index_bg.wasm" "$folder/"
  printf '%s\n' "$made_of" >"$folder/.made-of"
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
mkdir -p build target/quick-build
made_of=$(ingredients Cargo.toml Cargo.lock rust-toolchain.toml src)
if [ "${1:-}" = quick ]; then
  is_made target/quick-build "$made_of" ||
    build_worker "$made_of" target/quick-build target/quick-worker --profile quick --no-opt
elif ! is_made build "$made_of"; then
  build_worker "$made_of" build target/worker --release
  say "Built: $(wc -c <build/index_bg.wasm) bytes of wasm, $(gzip -c build/index_bg.wasm | wc -c) compressed."
fi
made_of=$(ingredients assets console docs src/api/openapi.json)
is_made build/assets "$made_of" || build_assets "$made_of"
