# shellcheck shell=bash
# Words for the person at the terminal. Everything goes to standard error, so
# that standard output stays free for what a command is asked for.

say() { printf '%s\n' "$*" >&2; }

# One clear sentence and a non-zero exit.
fail() {
  say "$1"
  exit "${2:-1}"
}

# step TITLE COMMAND…: one line when the work starts, a sign of life every
# fifteen seconds, one line when it is done. The command's own output is shown
# when it fails, or all along with LANGO_VERBOSE=1.
step() {
  local title=$1 started=$SECONDS status=0 log
  shift
  say "▸ $title …"
  if [[ -n ${LANGO_VERBOSE:-} ]]; then
    "$@" >&2 || status=$?
  else
    log=$(mktemp)
    run_with_heartbeat "$log" "$@" || status=$?
    ((status == 0)) || cat "$log" >&2
    rm -f "$log"
  fi
  ((status == 0)) || fail "$title: failed." "$status"
  say "  done in $((SECONDS - started)) s"
}

# In the background and in a process group of its own, so that a signal reaches
# this shell at once and it can take everything along: a build must not go on
# when nobody waits for it.
run_with_heartbeat() {
  local log=$1 started=$SECONDS work heartbeat status=0
  shift
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  work=$!
  set +m
  (while sleep 15; do
    say "  … $((SECONDS - started)) s: $(grep -v '^[[:space:]]*$' "$log" | tail -n 1 | cut -c1-100)"
  done) &
  heartbeat=$!
  trap 'kill -- "-$work" "$heartbeat" 2>/dev/null; rm -f "$log"; exit 130' INT
  trap 'kill -- "-$work" "$heartbeat" 2>/dev/null; rm -f "$log"; exit 143' TERM
  wait "$work" || status=$?
  trap - INT TERM
  kill "$heartbeat" 2>/dev/null || true
  wait "$heartbeat" 2>/dev/null || true
  return "$status"
}
