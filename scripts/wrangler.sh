#!/bin/sh
# Runs wrangler with the given arguments, on the Node.js that env.sh chooses: wrangler refuses older ones.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh --packages >&2
. scripts/env.sh
exec wrangler "$@"
