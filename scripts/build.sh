#!/bin/sh
# Compiles the Worker into build/, small, and only when something it is made of has changed.
# It is three plain steps: the compiler, wasm-bindgen with wasm-opt, and esbuild for the few lines of JavaScript.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
. scripts/env.sh

ingredients() {
  find .cargo Cargo.toml Cargo.lock rust-toolchain.toml package-lock.json scripts/build.sh src -type f -exec cksum {} + | sort
}

# The standard library is compiled too, for size, and a panic is a trap at once: its text, and all that would format it,
# are a tenth of the upload. It takes features that only a pinned compiler can be trusted with; hence the variable.
compile() {
  RUSTC_BOOTSTRAP=1 cargo build --release --lib --target wasm32-unknown-unknown --target-dir target \
    -Z build-std=std,panic_abort -Z build-std-features=optimize_for_size \
    --config 'target.wasm32-unknown-unknown.rustflags = [
      "-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none", "-Zfmt-debug=none",
    ]' 9>&-
}

# The glue finds out about a trap, and can begin anew: src/edge/entry.js makes use of both.
bind() {
  wasm-bindgen target/wasm32-unknown-unknown/release/client_tokens.wasm --target web --no-typescript \
    --experimental-reset-state-function --force-enable-abort-handler --out-dir "$1" --out-name glue
}

# The features are those that the runtime is known to have.
# What counts is the compressed size: inlining makes that larger by 8 %, functions sorted by name (their names are
# dropped later) make it smaller by 1 %, since like stands beside like. Never --traps-never-happen: a trap is what a
# failed check of bounds comes to, and the check would be dropped with it.
shrink() {
  wasm-opt -O2 --converge \
    --skip-pass=inlining-optimizing --skip-pass=reorder-functions --reorder-functions-by-name \
    --strip-debug --strip-producers --strip-target-features \
    --enable-mutable-globals --enable-sign-ext --enable-nontrapping-float-to-int --enable-bulk-memory \
    --enable-multivalue --enable-reference-types --enable-exception-handling \
    "$1" -o "$2"
}

# Minified when it is deployed.
bundle() {
  esbuild src/edge/entry.js --bundle --format=esm --target=es2022 --log-level=warning \
    --alias:client-tokens="$1" '--external:*.wasm' --outfile="$2"
}

lock build
made_of=$(ingredients)
if [ -f build/index.js ] && [ -f build/index_bg.wasm ] && [ "$made_of" = "$(cat build/.made-of 2>/dev/null)" ]; then
  exit 0
fi

say "Building the Worker (a minute or two the first time)…"
new=.local/build
rm -rf "$new"
compile
bind "$new"
shrink "$new/glue_bg.wasm" "$new/index_bg.wasm"
bundle "./$new/glue.js" "$new/index.js"

rm -rf build
mkdir build
mv "$new/index_bg.wasm" "$new/index.js" build/
printf '%s\n' "$made_of" >build/.made-of
say "Built: $(wc -c <build/index_bg.wasm) bytes of wasm, $(gzip -c build/index_bg.wasm | wc -c) compressed."
