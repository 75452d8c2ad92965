#!/bin/sh
# Fuzzes what strangers send, a million cases for each test (FUZZ_CASES says otherwise), and says how many each had.
# A case that fails is kept in tests/fuzz/regressions, from where every later run tries it first.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
. scripts/env.sh
export FUZZ_CASES="${FUZZ_CASES:-1000000}"
exec cargo test --profile fuzz --lib fuzz:: -- --nocapture
