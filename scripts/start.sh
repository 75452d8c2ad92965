#!/bin/sh
# Sets up, builds and runs the Worker on this machine, by start.mjs or, with the argument demo or dev, by demo.mjs or
# dev.mjs.
set -eu
cd "$(dirname "$0")/.."
program=${1:-start}
if [ "$program" = dev ]; then sh scripts/build.sh quick; else sh scripts/build.sh; fi
. scripts/env.sh

exec node $with_sqlite "scripts/$program.mjs"
