# shellcheck shell=bash
# The stages of scripts/test. Needs all.sh and stack.sh.

# What `cargo install` builds once per machine.
CARGO_DENY_VERSION=0.20.2

stage_checks() {
  cargo fmt --all --check
  cargo clippy --workspace --all-targets --locked -- -D warnings
  cargo clippy --locked --target wasm32-unknown-unknown -p lango-gateway -p lango-connector-postgres \
    -p lango-connector-mysql -p lango-connector-mcp -p lango-connector-siem -p lango-connector-fixtures -p lango-bare-worker \
    -p lango-gate-bench -- -D warnings
  RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --document-private-items --quiet
  check_shell
  check_licences
  check_documents
}

check_shell() {
  local scripts
  if ! have shellcheck; then
    step "Installing shellcheck" install_system_package shellcheck
  fi
  mapfile -t scripts < <(git grep -lE '^#!/usr/bin/env bash|^# shellcheck shell=bash' -- scripts .ci)
  shellcheck --external-sources "${scripts[@]}"
  say "shellcheck: ${#scripts[@]} scripts"
}

check_licences() {
  ensure_cargo_tool cargo-deny "$CARGO_DENY_VERSION" cargo-deny
  # It also reads the packages of other platforms, which no build has fetched.
  cargo fetch --locked --quiet
  # Advisories need a database from a host that an office network or a build
  # machine may not reach; licences, bans and sources do not.
  "$(cargo_tool_folder cargo-deny "$CARGO_DENY_VERSION")/cargo-deny" --offline check bans licenses sources
}

# Every relative link of a document leads somewhere.
check_documents() {
  local document target broken=0
  while IFS= read -r document; do
    while IFS= read -r target; do
      if [[ ! -e $(dirname "$document")/${target%%#*} ]]; then
        say "$document: the link to $target leads nowhere."
        broken=1
      fi
    done < <(grep -oE '\]\([^)# ]+' "$document" | cut -c3- | grep -vE '^(https?|mailto|urn):' || true)
  done < <(git ls-files '*.md')
  ((broken == 0)) || fail "Mend the links."
  say "documents: every link leads somewhere"
}

# All stages test with the whole workspace selected: another selection has other
# features on, and would build its dependencies again.
stage_unit() {
  # Without the root's integration tests, which run by name only.
  cargo test --workspace --lib --bins --tests --locked
  # A minute of the guard's fuzzing.
  ignored_tests tests::fuzz::no_change_of_a_statement_breaks_what_the_guard_promises
}

# ignored_tests FILTER …: the tests that need a server or a minute. Fails when a
# filter finds none.
ignored_tests() {
  local output
  output=$(mktemp)
  cargo test --workspace --lib --locked --quiet -- --ignored --nocapture "$@" 2>&1 | tee "$output"
  grep -qE '^test result: ok\. [1-9]' "$output" || fail "No ignored test is called $1."
  rm -f "$output"
}

# Random statements of each comparison on each of three servers, beside everything
# that the servers know; nightly: scripts/sql-differential --statements 100000. Each
# commit has a seed of its own: others than before are tried, and a failure stays one.
stage_databases() {
  local commit
  commit=$(git rev-parse --short=7 HEAD)
  scripts/sql-differential --statements 1000 --seed "$((16#$commit))"
}

stage_build() {
  local unit
  for unit in gateway connectors/postgres connectors/mysql connectors/mcp connectors/siem connectors/fixtures \
    tests/bare_worker; do
    build_unit "$unit" fast
  done
}

stage_shape() {
  stage_build
  cargo test --workspace --locked --test shape
}

stage_end_to_end() {
  local data
  stage_build
  prepare_clients
  prepare_name_wrapper
  prepare_rsyslog
  prepare_litewitness
  prepare_browser
  ensure_mariadb
  data=$(mktemp -d)
  chmod 711 "$data"
  with_stack "$data" end_to_end_on_workerd --fixtures
  rm -rf "$data"
}

# workerd is killed a few times; nightly: LANGO_CRASH_KILLS=100 scripts/test end-to-end.
end_to_end_on_workerd() {
  # Many of them wait for a deadline or for somebody else's answer: more at a time
  # than there are cores.
  cargo test --workspace --locked --test end_to_end -- --test-threads 4
  LANGO_TEST_DATABASE_URL=$(dev_value database_url) \
    ignored_tests tools::against_postgres
  # One test at a time: some change what holds for the whole server.
  LANGO_TEST_MYSQL_URLS=$(dev_value mysql_administrator_url) \
    ignored_tests tools::against_servers --test-threads 1
  (cd tests/clients && node --test --test-reporter=spec ./*.test.mjs)
  (cd tests/clients && .venv/bin/python -m unittest -v test_ocsf test_mcp test_fastmcp test_openapi)
}

stage_wrangler() {
  local data
  stage_build
  prepare_clients
  data=$(mktemp -d)
  chmod 711 "$data"
  with_stack "$data" end_to_end_on_wrangler --fixtures --wrangler
  rm -rf "$data"
}

# The same promises, but for the crash, which is workerd's; tests that need a
# socket of plain workerd pass by themselves.
end_to_end_on_wrangler() {
  cargo test --workspace --locked --test end_to_end -- --skip crash --test-threads 4
  (cd tests/clients && node --test --test-reporter=spec ./sdk.test.mjs)
}

# Bundles and checks what the deployer would upload. The fast profile will do: it
# is the same code, and link-time optimisation takes minutes.
stage_deploy() {
  LANGO_PROFILE=fast scripts/deploy --dry-run
}
