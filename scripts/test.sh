#!/bin/sh
# Checks everything, cheapest first, and stops at the first failure.
# It is what CI runs too, so that a green run here is a green run there.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh --browser
. scripts/env.sh

# step TITLE COMMAND…
step() {
  say "
=== $1"
  shift
  "$@" </dev/null || fail "
=== Failed: $*"
}

step "Format" cargo fmt --check
step "Lint" cargo clippy --quiet --all-targets -- -D warnings
step "Lint, WebAssembly" cargo clippy --quiet --lib --target wasm32-unknown-unknown -- -D warnings
step "Rust tests" cargo test
step "Documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --document-private-items
step "Build" sh scripts/build.sh
step "Deployment, dry run" wrangler deploy --dry-run --outdir .local/dry-run
step "Console rules" node --test --test-reporter=spec 'console/src/**/*.test.mjs'
step "Upload tests" node --test --test-reporter=spec tests/build/*.test.mjs
step "HTTP tests" node --test --test-reporter=spec --test-concurrency=2 'tests/http/**/*.test.mjs'
step "Start tests" node --test --test-reporter=spec --test-concurrency=1 tests/start/*.test.mjs
if CHROMIUM=$(find_chromium); then
  export CHROMIUM
  step "Browser tests" node --test --test-reporter=spec --test-concurrency=2 'tests/browser/**/*.test.mjs'
else
  left_out=" The browser tests were left out, for want of a Chromium."
fi

say "
=== All passed.${left_out:-}"
