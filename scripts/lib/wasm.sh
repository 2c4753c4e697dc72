# shellcheck shell=bash
# One unit is one Worker: `gateway` (the root package), `connectors/<kind>`, or
# `tests/bare_worker`, which scripts/bench and the tests of the audit log run, and
# `tests/gate_bench`, which scripts/bench alone runs.
# Needs say.sh, paths.sh, stamp.sh, require.sh and tools.sh.

# Every Worker of the tree: a connector is a Worker when it has a wrangler.toml.
all_units() {
  local manifest
  printf 'gateway\n'
  for manifest in "$LANGO_ROOT"/connectors/*/wrangler.toml; do
    [[ -f $manifest ]] && printf 'connectors/%s\n' "$(basename "$(dirname "$manifest")")"
  done
}

unit_folder() { if [[ $1 == gateway ]]; then printf '%s' "$LANGO_ROOT"; else printf '%s/%s' "$LANGO_ROOT" "$1"; fi; }

# Everything that the Wasm of a unit is made of.
unit_sources() {
  printf '%s\n' Cargo.toml Cargo.lock rust-toolchain.toml package-lock.json crates
  if [[ $1 == gateway ]]; then
    # The gateway embeds the migrations and the connectors' manifests.
    printf '%s\n' src durable_objects d1_migrations
    find connectors -mindepth 2 -maxdepth 2 -name connector.json
  elif [[ $1 == connectors/* ]]; then
    printf '%s\n' connectors/runtime connectors/database "$1"
  else
    printf '%s\n' "$1"
    [[ $1 == tests/gate_bench ]] && printf '%s\n' durable_objects d1_migrations
    true
  fi
}

unit_digest() {
  local sources
  mapfile -t sources < <(cd "$LANGO_ROOT" && unit_sources "$1")
  (cd "$LANGO_ROOT" && digest_of "$2 $WORKER_BUILD_VERSION" "${sources[@]}")
}

# unit_is_built UNIT PROFILE: what is optimised more serves as the fast build too.
unit_is_built() {
  local output stamp
  output=$(unit_folder "$1")/build
  stamp=$output/.lango-stamp
  [[ -f $output/index.js && -f $output/index_bg.wasm ]] || return 1
  stamp_is "$stamp" "$(unit_digest "$1" "$2")" ||
    { [[ $2 == fast ]] && stamp_is "$stamp" "$(unit_digest "$1" release)"; }
}

build_unit() {
  [[ -f $(unit_folder "$1")/Cargo.toml ]] || fail "There is no $1 in this tree." 2
  unit_is_built "$1" "$2" && return
  require_rust
  require_node
  ensure_rust_toolchain
  ensure_npm_packages
  ensure_wasm_tools
  with_lock "$LANGO_ROOT/target/.lango-build-lock" build_unit_now "$1" "$2"
}

build_unit_now() {
  local digest folder
  # Another build may have finished while this one waited for the lock.
  unit_is_built "$1" "$2" && return
  folder=$(unit_folder "$1")
  # Taken before the build: a change made meanwhile is built next time.
  digest=$(unit_digest "$1" "$2")
  rm -f "$folder/build/.lango-stamp"
  step "Building the Wasm of $1 ($2)" run_worker_build "$folder" "$2"
  printf '%s\n' "$digest" >"$folder/build/.lango-stamp"
}

run_worker_build() {
  if [[ $2 == release ]]; then
    (cd "$1" && "$WORKER_BUILD_BIN" --release)
  else
    (cd "$1" && "$WORKER_BUILD_BIN" --profile "$2" --no-opt)
  fi
}
