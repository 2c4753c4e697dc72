# shellcheck shell=bash
# What a machine must bring along. Each check says in one sentence what is missing.

have() {
  local name
  for name in "$@"; do
    command -v "$name" >/dev/null || return 1
  done
}

require_rust() {
  have rustup cargo || fail "Lango needs Rust: install rustup (https://rustup.rs) and start again."
}

require_node() {
  have node npm || fail "Lango needs Node.js with npm (https://nodejs.org): install it and start again."
}

require_c_compiler() {
  have cc || have gcc || have clang ||
    fail "Lango needs a C compiler (such as gcc, in Debian's package build-essential): install one and start again."
}
