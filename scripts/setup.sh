#!/bin/sh
# Installs into this folder what the other scripts need, and does nothing when it is all there. With --browser it also
# sees to a Chromium, which belongs to the machine and only the tests want.
# They call it first, so that a fresh clone wants no command but the one you came for.
set -eu
cd "$(dirname "$0")/.."
. scripts/env.sh

has_rust() {
  root=$(RUSTUP_AUTO_INSTALL=0 rustc --print sysroot 2>/dev/null) &&
    [ -d "$root/lib/rustlib/wasm32-unknown-unknown/lib" ] &&
    [ -x "$root/bin/cargo-clippy" ] && [ -x "$root/bin/cargo-fmt" ]
}

rust() {
  command -v cargo >/dev/null || fail "Rust is missing. Install it from https://rustup.rs, then try again."
  ! has_rust || return 0
  channel=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
  command -v rustup >/dev/null || fail "This cargo lacks the target wasm32-unknown-unknown, clippy or rustfmt,
and rustup, which would add them, is missing. Install it from https://rustup.rs, then try again."
  say "Installing Rust $channel for WebAssembly (about a minute, once)…"
  RUSTUP_AUTO_INSTALL=0 rustc --version >/dev/null 2>&1 ||
    rustup toolchain install "$channel" --profile minimal --no-self-update
  rustup target add wasm32-unknown-unknown
  rustup component add clippy rustfmt
}

# What was installed is remembered inside node_modules, last, so that half an installation doesn't count.
npm_packages() {
  command -v npm >/dev/null || fail "npm is missing. Install Node.js 20 or later from https://nodejs.org, then try again."
  ! cmp -s package-lock.json node_modules/.installed-from || return 0
  say "Installing the npm packages (about 10 seconds)…"
  rm -rf node_modules
  npm ci --no-audit --no-fund --loglevel=error
  rm -f node_modules/.bin/node # Before this machine's own Node.js only where env.sh says so.
  cp package-lock.json node_modules/.installed-from
}

# locked CRATE: its version in Cargo.lock. The tools must equal the libraries they belong to.
locked() {
  sed -n "/^name = \"$1\"\$/{n;s/^version = \"\(.*\)\"\$/\1/p;}" Cargo.lock
}

# cargo_tool CRATE PROGRAM VERSION [OPTION…]: not optimised, since a first start is to take minutes, and the program
# runs for two seconds instead of one.
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

# CI is not to pass without the browser tests; elsewhere they are left out, and test.sh says so again.
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

# Secrets, keys and data are no business of the machine's other users, however they came here.
for_owner_only() {
  (umask 077 && mkdir -p "$home/.local" "$home/.wrangler/state")
  # A file may vanish meanwhile, since the database may be in use.
  chmod -R go= "$home/.local" "$home/.wrangler/state" "$home"/.dev.vars* "$home"/.prod.vars* 2>/dev/null || true
}

# One after the other, since the second finds half of its libraries compiled. wasm-bindgen's TLS is for its test runner,
# which isn't installed.
cargo_tools() {
  cargo_tool wasm-bindgen-cli wasm-bindgen "$(locked wasm-bindgen)" --no-default-features
  cargo_tool worker-build worker-build "$(locked worker)"
}

# The very first build, begun while the tools are still on their way; what it can't do, build.sh and key.sh say later.
# The variable is worker-build's, which then finds everything compiled.
first_build() {
  say "Compiling the Worker meanwhile…"
  WASM_BINDGEN_USE_JS_SYS=1 cargo build --quiet --release --lib --target wasm32-unknown-unknown || true
  cargo build --quiet --bin mint-key || true
} 2>/dev/null 9>&-

# tools: side by side, since each waits for the network for a while, or keeps one core busy and no other.
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
rust
tools
for_owner_only
secrets
[ "${1:-}" != --browser ] || browser
