# shellcheck shell=bash
# Questions to a Cloudflare account. Needs say.sh, paths.sh and tools.sh.

# wrangler sends no statistics, looks for no updates, and asks nothing: what it
# would ask is asked here, once.
export WRANGLER_SEND_METRICS=false WRANGLER_HIDE_BANNER=true CI=1

wrangler_in() {
  local folder=$1
  shift
  (cd "$folder" && wrangler "$@")
}

require_login() {
  wrangler whoami --json >/dev/null 2>&1 ||
    fail "wrangler is not signed in to Cloudflare: run $NODE_MODULES/.bin/wrangler login, or set CLOUDFLARE_API_TOKEN."
}

# read_json EXPRESSION: evaluates it with `input` as the JSON on standard input.
read_json() {
  node -e 'const input = JSON.parse(require("fs").readFileSync(0, "utf8")); console.log(eval(process.argv[1]) ?? "")' "$1"
}

account_name() {
  if [[ -n ${CLOUDFLARE_ACCOUNT_ID:-} ]]; then
    printf '%s' "$CLOUDFLARE_ACCOUNT_ID"
  else
    wrangler whoami --json | read_json '(input.accounts ?? []).map((account) => account.name).join(", ")'
  fi
}

# The identifier of a D1 database; nothing when there is none of that name.
find_database() {
  wrangler d1 list --json | NAME=$1 read_json 'input.find((database) => database.name === process.env.NAME)?.uuid'
}

# secret_state WORKER CONFIG NAME: set or missing. Only a clear answer counts:
# taking an error for "missing" would replace a key that exists.
secret_state() {
  local answer
  if answer=$(wrangler secret list --config "$2" --format json 2>&1); then
    printf '%s' "$answer" | NAME=$3 read_json 'input.some((secret) => secret.name === process.env.NAME) ? "set" : "missing"'
  elif [[ $answer == *"Worker \"$1\""*"not found"* ]]; then
    printf missing
  else
    say "$answer"
    fail "wrangler does not say which secrets $1 has."
  fi
}
