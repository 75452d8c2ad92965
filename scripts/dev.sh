#!/bin/sh
# Runs the Worker under `wrangler dev`, which builds it anew whenever a source file is saved.
# It ends when a visitor leaves in the middle of a request; npm start doesn't.
set -eu
cd "$(dirname "$0")/.."
sh scripts/build.sh
. scripts/env.sh

node $with_sqlite scripts/sql.mjs </dev/null
grep -q '^DEFAULT_UPSTREAM *=' .dev.vars || set -- --var DEFAULT_UPSTREAM:echo "$@"
umask 077
exec wrangler dev --local --var SERVER_TIMING:on --var ALLOW_PRIVATE_UPSTREAMS:on "$@"
