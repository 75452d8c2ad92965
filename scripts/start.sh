#!/bin/sh
# Runs the Worker on this machine; start.mjs does, or demo.mjs when called for the demo.
set -eu
cd "$(dirname "$0")/.."
sh scripts/build.sh
. scripts/env.sh

exec node $with_sqlite "scripts/${1:-start}.mjs"
