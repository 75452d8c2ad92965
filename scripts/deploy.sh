#!/bin/sh
# Deploys to Cloudflare: builds, makes and migrates the remote database, then uploads the Worker with its signing keys.
# In this order new code never meets an old schema, and no deployment is without its keys. Existing keys are kept.
# Before all that it says what is missing; with --check it ends there.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh --packages
. scripts/env.sh

node scripts/check-deploy.mjs
[ "${1:-}" != --check ] || exit 0
stored=$(token_keys .prod.vars)

sh scripts/build.sh
. scripts/env.sh

# has_database: whether the database of wrangler.toml is there, by its id or its name.
has_database() {
  if found=$(wrangler d1 info DB --json 2>&1); then return 0; fi
  case $found in *"Couldn't find a"*) return 1 ;; *) fail "$found" ;; esac
}

if ! has_database; then
  name=$(sed -n 's/^database_name = "\(.*\)".*/\1/p' wrangler.toml)
  say "Making the database $name…"
  quietly wrangler d1 create "$name"
fi

say "Migrating the remote database…"
wrangler d1 migrations apply DB --remote

# given: prints the secrets that the environment has, as the lines of a file.
given() {
  for name in TOKEN_KEYS BOOTSTRAP_KEY; do
    eval "value=\${$name:-}"
    [ -z "$value" ] || printf '%s="%s"\n' "$name" "$value"
  done
}

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
  given | wrangler deploy --secrets-file /dev/stdin
elif are_deployed; then
  say "Neither .prod.vars nor the environment has TOKEN_KEYS: the Worker keeps those it has."
  if [ -n "${BOOTSTRAP_KEY:-}" ]; then given | wrangler deploy --secrets-file /dev/stdin; else wrangler deploy; fi
else
  make_token_keys .prod.vars
  given >>.prod.vars
  wrangler deploy --secrets-file .prod.vars
  if [ "${WORKERS_CI:-}" = 1 ]; then
    say "
The Worker has new signing keys in its secret TOKEN_KEYS, and nobody else knows them. To be able to rotate them one day,
set your own there before you make API keys and client tokens."
  else
    say "
.prod.vars has the new signing keys. Keep a copy in a safe place: without them every API key and client token dies."
  fi
fi

say "
Deployed. To make an API key: npm run key -- --tenant NAME --remote, or POST /v1/bootstrap with BOOTSTRAP_KEY."
