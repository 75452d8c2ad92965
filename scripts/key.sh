#!/bin/sh
# Makes an API key with mint-key, stores its digest, and prints the key itself, once.
# The first key of a deployment is made so, since making one over HTTP takes a key.
set -eu
cd "$(dirname "$0")/.."
. scripts/env.sh

where=--local
for argument do
  shift
  case $argument in
    --help) exec cargo run --quiet --bin mint-key -- --help ;;
    --remote) where=--remote ;;
    *) set -- "$@" "$argument" ;;
  esac
done

sh scripts/setup.sh >&2
. scripts/env.sh

if [ $where = --local ]; then
  TOKEN_KEYS=$(token_keys "$home/.dev.vars")
elif [ -f .prod.vars ]; then
  TOKEN_KEYS=$(token_keys .prod.vars)
fi
[ -n "${TOKEN_KEYS:-}" ] || fail "The deployed Worker's TOKEN_KEYS are needed: in .prod.vars, where npm run deploy puts them, or in the environment."
export TOKEN_KEYS

[ -x target/debug/mint-key ] || say "Compiling mint-key (half a minute, once)…" >&2
minted=$(cargo run --quiet --bin mint-key -- "$@")
unset TOKEN_KEYS

field() {
  printf '%s' "$minted" | node -p "JSON.parse(fs.readFileSync(0, 'utf8')).$1"
}

if [ $where = --local ]; then
  field sql | node $with_sqlite scripts/sql.mjs
else
  # On the command line, since a file would lock the deployed database. The SQL contains no secret.
  quietly wrangler d1 execute DB --remote --yes --command "$(field sql)"
fi

say "Minted a key for the tenant $(field tenant); the database holds only its digest." >&2
field key
