#!/bin/sh
# Brings the local database up to the newest migration; says something only when that fails.
# Both the start and the minting of a key need the tables, whichever comes first.
set -eu
cd "$(dirname "$0")/.."
. scripts/env.sh

quietly wrangler d1 migrations apply DB --local
