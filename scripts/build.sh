#!/bin/sh
# Compiles the Worker into build/, small, and only when something it is made of has changed.
# worker-build keeps the function names in the wasm, a quarter of its size: wasm-opt runs here instead, without them.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
. scripts/env.sh

ingredients() {
  find .cargo Cargo.toml Cargo.lock rust-toolchain.toml package-lock.json scripts/build.sh src -type f -exec cksum {} + | sort
}

lock build
made_of=$(ingredients)
if [ -f build/index.js ] && [ -f build/index_bg.wasm ] && [ "$made_of" = "$(cat build/.made-of 2>/dev/null)" ]; then
  exit 0
fi

say "Building the Worker (a minute or two the first time)…"
new=.local/build
rm -rf "$new"
# When it fails, the compiler's message is the one to read, not a backtrace of worker-build.
RUST_BACKTRACE=0 worker-build --release --no-opt --out-dir "$new" 9>&-

# The features are those worker-build allows: newer encodings may be unknown to the runtime.
# What counts is the compressed size: inlining makes that larger by 8 %, functions sorted by name (their names are
# dropped later) make it smaller by 1 %, since like stands beside like.
wasm-opt -O2 --skip-pass=inlining-optimizing --skip-pass=reorder-functions --reorder-functions-by-name \
  --strip-debug --strip-producers \
  --enable-mutable-globals --enable-sign-ext --enable-nontrapping-float-to-int --enable-bulk-memory \
  --enable-multivalue --enable-reference-types --enable-exception-handling \
  "$new/index_bg.wasm" -o "$new/small.wasm"

rm -rf build
mkdir build
mv "$new/small.wasm" build/index_bg.wasm
mv "$new/index.js" build/index.js
printf '%s\n' "$made_of" >build/.made-of
say "Built: $(wc -c <build/index_bg.wasm) bytes of wasm, $(gzip -c build/index_bg.wasm | wc -c) compressed."
