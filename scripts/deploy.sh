#!/bin/sh
# Deploys to Cloudflare: builds, migrates the remote database, then uploads the Worker with its signing keys.
# In this order new code never meets an old schema, and no deployment is without its keys. Existing keys are kept.
set -eu
cd "$(dirname "$0")/.."
. scripts/env.sh

grep -Eq '^database_id = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"' wrangler.toml &&
  ! grep -q '^database_id = "00000000-0000-0000-0000-000000000000"' wrangler.toml ||
  fail "wrangler.toml has no real database_id yet. Create the database with

  npx wrangler d1 create client-tokens

and put the id it prints into wrangler.toml."

stored=$(token_keys .prod.vars)
[ -n "$stored" ] || [ ! -f .prod.vars ] || fail ".prod.vars has no TOKEN_KEYS. Put back the line it had: other keys than the deployed ones
make every API key and client token invalid."
[ -z "$stored" ] || [ "${TOKEN_KEYS:-$stored}" = "$stored" ] ||
  fail "TOKEN_KEYS in the environment and in .prod.vars differ. Unset the one or correct the other."

sh scripts/build.sh
. scripts/env.sh

say "Migrating the remote database…"
wrangler d1 migrations apply DB --remote

# are_deployed: whether the Worker has TOKEN_KEYS already, perhaps from another machine.
are_deployed() {
  if listed=$(wrangler secret list 2>&1); then
    case $listed in *'"TOKEN_KEYS"'*) return 0 ;; *) return 1 ;; esac
  fi
  case $listed in *'Worker "'*'" not found'*) return 1 ;; *) fail "$listed" ;; esac
}

say "Deploying the Worker…"
if [ -n "$stored" ]; then
  wrangler deploy --secrets-file .prod.vars
elif [ -n "${TOKEN_KEYS:-}" ]; then
  printf 'TOKEN_KEYS="%s"\n' "$TOKEN_KEYS" | wrangler deploy --secrets-file /dev/stdin
elif are_deployed; then
  say "Neither .prod.vars nor the environment has TOKEN_KEYS: the Worker keeps those it has."
  wrangler deploy
else
  make_token_keys .prod.vars
  wrangler deploy --secrets-file .prod.vars
  say "
.prod.vars has the new signing keys. Keep a copy in a safe place: without them every API key and client token dies."
fi

say "
Deployed. To make an API key: npm run key -- --tenant NAME --remote"
