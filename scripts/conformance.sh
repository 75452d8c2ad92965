#!/bin/sh
# Holds the running Worker to openapi.json with Schemathesis, which it installs into .tools the first time.
# EXAMPLES says how many examples each operation gets; options go to Schemathesis.
set -eu
cd "$(dirname "$0")/.."
sh scripts/build.sh
. scripts/env.sh

VIRTUAL_ENV="$PWD/.tools/conformance"
wanted=tests/conformance/requirements.txt
if ! cmp -s "$wanted" "$VIRTUAL_ENV/installed"; then
  say "Installing Schemathesis (half a minute, once)…"
  command -v python3 >/dev/null || fail "Python is missing: Schemathesis needs Python 3.10 or later."
  rm -rf "$VIRTUAL_ENV"
  quietly python3 -m venv "$VIRTUAL_ENV"
  quietly "$VIRTUAL_ENV/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
  cp "$wanted" "$VIRTUAL_ENV/installed"
fi
export VIRTUAL_ENV
exec node tests/conformance/run.mjs "$@"
