# shellcheck shell=bash
# A stack of a script's own, for as long as it needs one. Needs say.sh.

# with_stack DATA COMMAND OPTION…: runs a command while scripts/dev runs.
with_stack() {
  local data=$1 command=$2 port stack status=0
  shift 2
  port=$(free_port)
  scripts/dev --data "$data" --port "$port" --stop-with-parent "$@" >"$data.log" 2>&1 &
  stack=$!
  wait_for_stack "$data" "$stack"
  # In a subshell: its first failing command ends it, and only it.
  export LANGO_DEV_JSON=$data/dev.json
  (
    set -e
    "$command"
  ) &
  wait $! || status=$?
  kill -TERM "$stack" 2>/dev/null || true
  wait "$stack" 2>/dev/null || true
  if ((status != 0)); then
    tail -n 40 "$data"/logs/*.log >&2 || true
    fail "It failed; what ran is in $data." "$status"
  fi
  rm -f "$data.log"
}

wait_for_stack() {
  local data=$1 stack=$2 waited=0
  until [[ -f $data/dev.json ]]; do
    if ! kill -0 "$stack" 2>/dev/null || ((waited > 300)); then
      cat "$data.log" >&2
      fail "The stack did not start."
    fi
    sleep 1
    waited=$((waited + 1))
  done
  say "the stack is ready after $waited s"
}

# dev_value NAME: a text of the running stack's dev.json.
dev_value() {
  python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$LANGO_DEV_JSON" "$1"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
