#!/bin/sh
# Installs into this folder what the other scripts need, and does nothing when it is all there. With --browser it also
# looks for a Chromium on this machine and may install one, for the browser tests; with --packages it installs the npm
# packages alone, with --rust Rust alone, and with --quick it compiles for build.sh quick.
# The other scripts call it first, so that each of them works in a fresh clone.
set -eu
cd "$(dirname "$0")/.."
. scripts/env.sh
. scripts/rust.sh

# Notes in node_modules which packages were installed, as the last step: half an installation is done again.
npm_packages() {
  command -v npm >/dev/null || fail "npm is missing. Install Node.js 20 or later from https://nodejs.org, then try again."
  ! cmp -s package-lock.json node_modules/.installed-from || return 0
  say "Installing the npm packages (about 10 seconds)…"
  rm -rf node_modules
  npm ci --no-audit --no-fund --loglevel=error
  rm -f node_modules/.bin/node # Before this machine's own Node.js only where env.sh says so.
  cp package-lock.json node_modules/.installed-from
}

# locked CRATE: its version in Cargo.lock. A tool must have the version of its library.
locked() {
  sed -n "/^name = \"$1\"\$/{n;s/^version = \"\(.*\)\"\$/\1/p;}" Cargo.lock
}

# cargo_tool CRATE PROGRAM VERSION [OPTION…]: compiled without optimisation, which saves minutes of the first start and
# costs a second of each run.
cargo_tool() {
  [ -n "$3" ] || fail "Cargo.lock doesn't say which version of $2 is wanted."
  crate=$1 program=$2 version=$3
  shift 3
  case $(".tools/bin/$program" --version 2>/dev/null || true) in
    "$version" | *" $version") return 0 ;;
  esac
  say "Installing $program $version (about two minutes, once)…"
  CARGO_TARGET_DIR="$PWD/.tools/target" \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install --quiet --locked --force --root .tools --bin "$program" --version "$version" "$@" "$crate" 9>&-
}

# Without a browser CI fails; elsewhere the browser tests are left out, and test.sh says so.
browser() {
  ! find_chromium >/dev/null || return 0
  if [ -z "${CHROMIUM:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Installing Chromium (half a minute, once)…"
    export DEBIAN_FRONTEND=noninteractive
    (quietly apt-get update && quietly apt-get install -y --no-install-recommends chromium) || true
    ! find_chromium >/dev/null || return 0
  fi
  missing="There is no ${CHROMIUM:-Chromium} for the browser tests.
Install Chromium (on Debian, as root: apt-get install chromium), or name a Chromium or Chrome in the variable CHROMIUM."
  [ "${CI:-}" != true ] || fail "$missing"
  say "$missing"
}

secrets() {
  if [ ! -e "$home/.dev.vars" ]; then
    say "Making .dev.vars with a random TOKEN_KEYS for this machine…"
    make_token_keys "$home/.dev.vars"
  elif [ -z "$(token_keys "$home/.dev.vars")" ]; then
    fail ".dev.vars has no TOKEN_KEYS. Add a line TOKEN_KEYS=\"1:<64 hex digits>\",
or move the file away and a new one is made."
  fi
}

# Takes secrets, keys and data away from the machine's other users, also those made by other programs.
for_owner_only() {
  (umask 077 && mkdir -p "$home/.local" "$home/.wrangler/state")
  # The database may be in use, and its files come and go.
  chmod -R go= "$home/.local" "$home/.wrangler/state" "$home"/.dev.vars* "$home"/.prod.vars* 2>/dev/null || true
}

# One after the other: the second shares half of its libraries with the first. The TLS of wasm-bindgen's crate is for its
# test runner, which isn't installed.
cargo_tools() {
  cargo_tool wasm-bindgen-cli wasm-bindgen "$(locked wasm-bindgen)" --no-default-features
  cargo_tool worker-build worker-build "$(locked worker)"
}

# Compiles the Worker while the tools are still being installed. Its failures don't matter here: build.sh and key.sh
# compile again and report them. The variable is one that worker-build sets, so that it finds everything compiled.
first_build() {
  say "Compiling the Worker meanwhile…"
  WASM_BINDGEN_USE_JS_SYS=1 cargo build --quiet --profile "$profile" --lib --target wasm32-unknown-unknown || true
  cargo build --quiet --bin mint-key || true
} 2>/dev/null 9>&-

# tools: installed in parallel, since each waits for the network for a while or keeps only one core busy.
tools() {
  npm_packages &
  jobs=$!
  [ -x .tools/bin/worker-build ] || { first_build & jobs="$jobs $!"; }
  cargo_tools &
  jobs="$jobs $!"
  outcome=0
  for job in $jobs; do wait "$job" || outcome=1; done
  rm -rf .tools/target
  return $outcome
}

lock set-up
[ "${1:-}" != --packages ] || { npm_packages; exit; }
if [ "${1:-}" = --quick ]; then profile=quick; else profile=release; fi
rust
[ "${1:-}" != --rust ] || exit 0
tools
for_owner_only
secrets
[ "${1:-}" != --browser ] || browser
