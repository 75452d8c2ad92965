# Where the tools are, how they behave, and the few words every script says.
# Sourced from the top folder, so that a script finds the same tools by hand, under npm and in CI.

export PATH="$PWD/node_modules/.bin:$PWD/.tools/bin:$PATH"

# wrangler wants Node.js 22, and SQLite is in it from 22.5 on. Where this machine's own is older, or is none, the
# package for this system is used, the only one of its kind that npm installs.
case $(node --version 2>/dev/null) in
  '' | v?.* | v1?.* | v2[01].* | v22.[0-4].*)
    for folder in "$PWD"/node_modules/node-*/bin; do PATH="$folder:$PATH"; done ;;
esac
with_sqlite='--experimental-sqlite --disable-warning=ExperimentalWarning'

# Where this machine's secrets, keys and data are.
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

# lock NAME: one at a time until this script and its children end (where there is no flock, without that promise).
# cargo may leave a compiler cache's server behind, which would hold the lock: it is run with 9>&-.
lock() {
  mkdir -p -m 700 .local
  exec 9>".local/$1.lock"
  if command -v flock >/dev/null && ! flock -n 9; then
    say "Waiting for another $1 to finish…"
    flock 9
  fi
}

# find_chromium: the program for the browser tests, or nothing. The variable CHROMIUM may name it.
find_chromium() {
  [ -z "${CHROMIUM:-}" ] || { command -v "$CHROMIUM"; return; }
  command -v chromium || command -v chromium-browser || command -v google-chrome
}

# quietly COMMAND…: its output is of interest only when it fails.
quietly() {
  output=$("$@" 2>&1 </dev/null) || fail "$output"
}

# token_keys FILE: the value of TOKEN_KEYS in a file of NAME="value" lines, or nothing.
token_keys() {
  [ ! -f "$1" ] || sed -n "s/^TOKEN_KEYS *= *[\"']\{0,1\}\([^\"' #]*\).*/\1/p" "$1"
}

# make_token_keys FILE: one random signing key, readable by its owner only.
make_token_keys() (
  umask 077
  hex=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
  [ ${#hex} -eq 64 ] || fail "No random bytes from /dev/urandom."
  printf 'TOKEN_KEYS="1:%s"\n' "$hex" >"$1.new"
  mv "$1.new" "$1"
)
