#!/bin/sh
# Sets up, builds and runs the Worker on this machine, by start.mjs or, with the argument demo, by demo.mjs.
set -eu
cd "$(dirname "$0")/.."
sh scripts/build.sh
. scripts/env.sh

exec node $with_sqlite "scripts/${1:-start}.mjs"
