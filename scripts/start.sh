#!/bin/sh
# Starts the Worker on this machine; the work is done in start.mjs, or in demo.mjs when called for the demo.
# The environment is set here, the way every other script has it.
set -eu
cd "$(dirname "$0")/.."
. scripts/env.sh

command -v node >/dev/null || fail "Node.js is missing. Install version 20 or later from https://nodejs.org, then try again."
exec node "scripts/${1:-start}.mjs"
