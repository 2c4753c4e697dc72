# shellcheck shell=bash
# Installs what a build needs and the machine lacks. Needs say.sh, paths.sh,
# stamp.sh and require.sh.

# worker-build 0.8.x goes with worker 0.8.x.
WORKER_BUILD_VERSION=0.8.7

# The version of a package in Cargo.lock.
locked_version() {
  awk -v name="\"$1\"" '$1 == "name" { found = ($3 == name) } found && $1 == "version" { gsub(/"/, "", $3); print $3; exit }' \
    "$LANGO_ROOT/Cargo.lock"
}

# The toolchain of rust-toolchain.toml with its wasm target. Asks the compiler
# rather than rustup: that is quick, and right for other installations too.
ensure_rust_toolchain() {
  local libraries
  libraries=$(cd "$LANGO_ROOT" && rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null) || libraries=
  if [[ -z $libraries || ! -d $libraries ]]; then
    step "Installing the Rust toolchain of rust-toolchain.toml and its wasm target" install_rust_toolchain
  fi
}

install_rust_toolchain() {
  local channel
  channel=$(awk -F'"' '/^channel/ { print $2 }' "$LANGO_ROOT/rust-toolchain.toml")
  if rustup run "$channel" rustc --version >/dev/null 2>&1; then
    # Installing it again would take it away from whoever builds with it now.
    rustup target add wasm32-unknown-unknown --toolchain "$channel"
  else
    rustup toolchain install "$channel" --profile minimal --component clippy --component rustfmt \
      --target wasm32-unknown-unknown --no-self-update
  fi
}

# cargo_tool PACKAGE VERSION: the folder with its binaries, installed once.
cargo_tool_folder() { printf '%s/%s-%s/bin' "$LANGO_TOOLS" "$1" "$2"; }

ensure_cargo_tool() {
  local package=$1 version=$2 binary=$3
  [[ -x $(cargo_tool_folder "$package" "$version")/$binary ]] && return
  require_c_compiler
  with_lock "$LANGO_TOOLS/.lock" install_cargo_tool "$package" "$version" "$binary"
}

install_cargo_tool() {
  local package=$1 version=$2 binary=$3
  # Another script may have installed it while this one waited for the lock.
  [[ -x $(cargo_tool_folder "$package" "$version")/$binary ]] && return
  # A tool that runs for seconds does not repay minutes of optimising it.
  step "Installing $package $version (once, a few minutes)" env \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_TARGET_DIR="$LANGO_TOOLS/.target" \
    cargo install "$package" --version "$version" --locked --root "$LANGO_TOOLS/$package-$version"
  rm -rf "$LANGO_TOOLS/.target"
}

ensure_wasm_tools() {
  local bindgen_version
  bindgen_version=$(locked_version wasm-bindgen)
  [[ -n $bindgen_version ]] || fail "Cargo.lock names no wasm-bindgen."
  ensure_cargo_tool worker-build "$WORKER_BUILD_VERSION" worker-build
  export WORKER_BUILD_BIN="${WORKER_BUILD_BIN:-$(cargo_tool_folder worker-build "$WORKER_BUILD_VERSION")/worker-build}"
  if [[ -z ${WASM_BINDGEN_BIN:-} ]]; then
    # Must equal the locked crate, or the glue code and the Wasm do not fit.
    ensure_cargo_tool wasm-bindgen-cli "$bindgen_version" wasm-bindgen
    WASM_BINDGEN_BIN=$(cargo_tool_folder wasm-bindgen-cli "$bindgen_version")/wasm-bindgen
  fi
  # worker-build would download these two by itself from elsewhere.
  export WASM_BINDGEN_BIN
  export WASM_OPT_BIN="${WASM_OPT_BIN:-$NODE_MODULES/.bin/wasm-opt}"
  export ESBUILD_BIN="${ESBUILD_BIN:-$NODE_MODULES/.bin/esbuild}"
}

# The packages of package-lock.json, without running their install scripts:
# none of them needs its own.
ensure_npm_packages() {
  local digest
  digest=$(sha256_of_stdin <"$LANGO_ROOT/package-lock.json")
  if ! stamp_is "$NODE_MODULES/.lango-stamp" "$digest"; then
    require_node
    with_lock "$LANGO_TOOLS/.npm-lock" install_npm_packages "$digest"
  fi
  use_npm_binaries
}

install_npm_packages() {
  stamp_is "$NODE_MODULES/.lango-stamp" "$1" && return
  step "Installing the npm packages of package-lock.json" \
    npm --prefix "$LANGO_ROOT" ci --ignore-scripts --no-audit --no-fund
  printf '%s\n' "$1" >"$NODE_MODULES/.lango-stamp"
}

# First on the PATH, so that wrangler and wasm-opt run on the Node of the lock
# file and not on an older one of the system.
use_npm_binaries() { export PATH="$NODE_MODULES/.bin:$PATH"; }
