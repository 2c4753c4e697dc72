# shellcheck shell=bash
# The `lango` command, built when its sources changed. Needs say.sh, paths.sh,
# stamp.sh, require.sh and tools.sh.

LANGO_COMMAND=$LANGO_ROOT/target/debug/lango

ensure_lango_command() {
  local digest stamp=$LANGO_ROOT/target/.lango-command-stamp
  digest=$(cd "$LANGO_ROOT" && digest_of lango Cargo.toml Cargo.lock rust-toolchain.toml scripts/lango crates)
  if [[ -x $LANGO_COMMAND ]] && stamp_is "$stamp" "$digest"; then
    return
  fi
  require_rust
  require_c_compiler
  ensure_rust_toolchain
  step "Building the lango command" \
    cargo build --manifest-path "$LANGO_ROOT/Cargo.toml" --target-dir "$LANGO_ROOT/target" -p lango
  printf '%s\n' "$digest" >"$stamp"
}
