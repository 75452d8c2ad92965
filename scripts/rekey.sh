#!/bin/sh
# Says how many client tokens each signing key of TOKEN_KEYS still carries, and with --move moves them to the first one.
set -eu
cd "$(dirname "$0")/.."
. scripts/env.sh

where=--local
for argument do
  case $argument in --remote) where=--remote ;; esac
done

sh scripts/setup.sh >&2
. scripts/env.sh

if [ $where = --local ]; then
  TOKEN_KEYS=$(token_keys "$home/.dev.vars")
elif [ -f .prod.vars ]; then
  TOKEN_KEYS=$(token_keys .prod.vars)
fi
[ -n "${TOKEN_KEYS:-}" ] || fail "The deployed Worker's TOKEN_KEYS are needed: in .prod.vars, where npm run deploy puts them, or in the environment."

# Only the ids of the keys go further.
SIGNING_KEY_IDS=$(printf '%s' "$TOKEN_KEYS" | tr ',' '\n' | sed 's/:.*//; s/ //g' | paste -sd, -)
unset TOKEN_KEYS
export SIGNING_KEY_IDS
exec node $with_sqlite scripts/rekey.mjs "$@"
