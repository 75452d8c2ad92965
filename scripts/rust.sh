# Rust at the version of rust-toolchain.toml, for this machine's programs and for WebAssembly.
# Sourced after env.sh, from the top folder. A machine without cargo, such as a build service, gets a Rust of this
# folder's own, in .tools/rust, which env.sh finds.

has_rust() {
  root=$(RUSTUP_AUTO_INSTALL=0 rustc --print sysroot 2>/dev/null) &&
    [ -d "$root/lib/rustlib/wasm32-unknown-unknown/lib" ] &&
    [ -x "$root/bin/cargo-clippy" ] && [ -x "$root/bin/cargo-fmt" ]
}

# rust_is_missing: prints what is missing and can't be installed from here; fails if nothing is.
rust_is_missing() {
  if ! command -v cc >/dev/null; then
    echo "A C compiler, with whose linker Rust builds its tools: on Debian, as root, apt-get install build-essential; on macOS, xcode-select --install."
  elif command -v cargo >/dev/null; then
    ! has_rust && ! command -v rustup >/dev/null &&
      echo "The target wasm32-unknown-unknown, clippy or rustfmt of this Rust, and rustup, which would add them: install rustup from https://rustup.rs."
  else
    ! command -v curl >/dev/null &&
      echo "Rust, and curl, which would fetch it: install Rust from https://rustup.rs, or curl."
  fi
}

own_rust() {
  say "Installing Rust $channel into .tools/rust (about a minute, once)…"
  mkdir -p .tools/rust
  own_rust_variables
  curl --proto '=https' --tlsv1.2 --silent --show-error --fail --retry 3 \
    --output .tools/rust/rustup.sh https://sh.rustup.rs || fail "rustup could not be fetched. Try again, or install Rust from https://rustup.rs."
  quietly sh .tools/rust/rustup.sh -y --no-modify-path --profile minimal --default-toolchain "$channel" \
    --target wasm32-unknown-unknown --component clippy --component rustfmt 9>&-
}

rust() {
  missing=$(rust_is_missing) && fail "Missing: $missing
Then try again."
  ! has_rust || return 0
  channel=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
  command -v cargo >/dev/null || { own_rust; return; }
  say "Installing Rust $channel for WebAssembly (about a minute, once)…"
  RUSTUP_AUTO_INSTALL=0 rustc --version >/dev/null 2>&1 ||
    rustup toolchain install "$channel" --profile minimal --no-self-update
  rustup target add wasm32-unknown-unknown
  rustup component add clippy rustfmt
}
