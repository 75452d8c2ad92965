#!/bin/sh
# Measures the built Worker; bench/run.mjs says what and how.
# Sets up and builds first: an old build is never measured.
set -eu
cd "$(dirname "$0")/.."
sh scripts/build.sh
. scripts/env.sh

exec node bench/run.mjs "$@"
