#!/bin/sh
# Checks everything, cheapest first, and stops at the first failure.
# It is what CI runs too, so that a green run here is a green run there.
# Words choose a part: the names of steps, each with pieces of the paths of its test files behind it (for rust, of the
# names of its tests). A part sets up and builds no more than it needs.
set -eu
cd "$(dirname "$0")/.."
. scripts/env.sh

steps="format lint rust docs build deploy console upload http start browser"
part="" # For each word a line: the step that it names, or the one before it and the word.
for word; do
  case " $steps " in
    *" $word "*) step=$word word="" ;;
    *) [ -n "${step:-}" ] || fail "There is no step $word. There are: $steps" ;;
  esac
  part="$part$step $word
"
done

# asked 'STEP|…': whether one of them is to run.
asked() {
  [ -z "$part" ] || say "$part" | grep -qE "^($1) "
}

# words STEP: those behind its name.
words() {
  say "$part" | sed -n "s/^$1 \(..*\)/\1/p"
}

# files STEP: its test files, those with one of its words in their paths if it has any.
files() (
  set -f
  case $1 in console) folder=console/src ;; upload) folder=tests/build ;; *) folder=tests/$1 ;; esac
  all=$(find "$folder" -name '*.test.mjs' | sort)
  found=$(for word in $(words "$1"); do
    say "$all" | grep -F -e "$word" || fail "No test file of $1 has $word in its path. There are:
$all"
  done) || exit 1
  say "${found:-$all}" | sort -u
)

rust_tests() (
  set -f
  names=$(cargo test --quiet -- --list) || exit 1
  for word in $(words rust); do
    say "$names" | grep -F ': test' | grep -qF -e "$word" || fail "No Rust test has $word in its name. There are tests in:
$(say "$names" | sed -n 's/::[^:]*: test$//p' | sort -u)"
  done
  cargo test -- $(words rust)
)

# step NAME TITLE COMMAND…: runs it if it is asked for.
step() {
  asked "$1" || return 0
  name=$1 title=$2
  shift 2
  say "
=== $title"
  began=$(date +%s)
  "$@" </dev/null || fail "
=== Failed: $title. This step alone: npm test -- ${name%%|*}"
  took=$(printf '%5d s  %s' $(($(date +%s) - began)) "$title")
  say "===$took"
  times="${times:-}
$took"
}

# node_tests NAME TITLE [OPTION…]
node_tests() {
  name=$1 title=$2
  shift 2
  step "$name" "$title" node --test --test-reporter=spec "$@" $(files "$name")
}

for whole in format lint docs build deploy; do
  [ -z "$(words $whole)" ] || fail "The step $whole is run as a whole, without $(words $whole). The steps: $steps"
done
for name in console upload http start browser; do files $name >/dev/null; done

if asked browser; then
  sh scripts/setup.sh --browser
elif asked 'build|deploy|upload|http|start'; then
  sh scripts/setup.sh
else
  ! asked console || sh scripts/setup.sh --packages
  ! asked 'format|lint|rust|docs' || sh scripts/setup.sh --rust
fi
. scripts/env.sh

step format "Format" cargo fmt --check
step lint "Lint" cargo clippy --quiet --all-targets -- -D warnings
step lint "Lint, WebAssembly" cargo clippy --quiet --lib --target wasm32-unknown-unknown -- -D warnings
step rust "Rust tests" rust_tests
step docs "Documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --document-private-items
step 'build|upload|http|start|browser' "Build" sh scripts/build.sh
step deploy "Deployment, dry run" wrangler deploy --dry-run --outdir .local/dry-run
node_tests console "Console rules"
node_tests upload "Upload tests"
node_tests http "HTTP tests" --test-concurrency=2
node_tests start "Start tests" --test-concurrency=1
if ! asked browser; then
  :
elif CHROMIUM=$(find_chromium); then
  export CHROMIUM
  node_tests browser "Browser tests" --test-concurrency=2
else
  left_out=" The browser tests were left out, for want of a Chromium."
fi

say "${times:-}

=== All passed.${left_out:-}"
