# The tools' places and settings, and the functions that the scripts share.
# Sourced from the top folder. A script finds the same tools when run by hand, under npm and in CI.

export PATH="$PWD/node_modules/.bin:$PWD/.tools/bin:$PATH"

# The Rust that rust.sh installs where this machine has none.
own_rust_variables() {
  export RUSTUP_HOME="$PWD/.tools/rust/rustup" CARGO_HOME="$PWD/.tools/rust/cargo"
  export PATH="$CARGO_HOME/bin:$PATH"
}
if [ -x .tools/rust/cargo/bin/cargo ] && ! command -v cargo >/dev/null; then own_rust_variables; fi

# wrangler needs Node.js 22, and these scripts need its SQLite, which came with 22.5. If this machine's node is older
# or missing, the one from npm's package for this system is used.
case $(node --version 2>/dev/null) in
  '' | v?.* | v1?.* | v2[01].* | v22.[0-4].*)
    for folder in "$PWD"/node_modules/node-*/bin; do PATH="$folder:$PATH"; done ;;
esac
with_sqlite='--experimental-sqlite --disable-warning=ExperimentalWarning'

# The folder of this machine's secrets, keys and data.
home=${CLIENT_TOKENS_DIR:-.}

export WRANGLER_SEND_METRICS=false
export WRANGLER_HIDE_BANNER=true
export CLOUDFLARE_CF_FETCH_ENABLED=false

say() {
  printf '%s\n' "$*"
}

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# lock NAME: waits for the lock and holds it until this script and its children end. Without flock, it does nothing.
# Run cargo with 9>&-: it may leave a compiler cache's server behind, which would go on holding the lock.
lock() {
  mkdir -p -m 700 .local
  exec 9>".local/$1.lock"
  if command -v flock >/dev/null && ! flock -n 9; then
    say "Waiting for another $1 to finish…"
    flock 9
  fi
}

# find_chromium: prints the path of the browser for the tests, if there is one. The variable CHROMIUM may name it.
find_chromium() {
  [ -z "${CHROMIUM:-}" ] || { command -v "$CHROMIUM"; return; }
  command -v chromium || command -v chromium-browser || command -v google-chrome
}

# quietly COMMAND…: shows the output of the command only if it fails.
quietly() {
  output=$("$@" 2>&1 </dev/null) || fail "$output"
}

# token_keys FILE: prints the value of TOKEN_KEYS in a file of NAME="value" lines, if it has one.
token_keys() {
  [ ! -f "$1" ] || sed -n "s/^TOKEN_KEYS *= *[\"']\{0,1\}\([^\"' #]*\).*/\1/p" "$1"
}

# make_token_keys FILE: writes a file with one random signing key, readable by its owner only.
make_token_keys() (
  umask 077
  hex=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
  [ ${#hex} -eq 64 ] || fail "No random bytes from /dev/urandom."
  printf 'TOKEN_KEYS="1:%s"\n' "$hex" >"$1.new"
  mv "$1.new" "$1"
)
