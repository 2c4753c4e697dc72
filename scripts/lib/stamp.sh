# shellcheck shell=bash
# Skipping work that was done: a stamp holds the digest of everything that the
# work depends on, and is written last.

sha256_of_stdin() {
  if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1
}

sha256_of_each() {
  if command -v sha256sum >/dev/null; then xargs -0 sha256sum; else xargs -0 shasum -a 256; fi
}

# digest_of TEXT PATH…: of the text and of every file under the paths. Tests,
# benchmarks and build output are no inputs of a build.
digest_of() {
  local text=$1
  shift
  {
    printf '%s\n' "$text"
    find "$@" \( -name build -o -name tests -o -name benches -o -name .wrangler \) -prune \
      -o -type f -print0 | LC_ALL=C sort -z | sha256_of_each
  } | sha256_of_stdin
}

# stamp_is FILE DIGEST
stamp_is() {
  local stamped=
  [[ -f $1 ]] && read -r stamped <"$1"
  [[ $stamped == "$2" ]]
}

# with_lock FILE COMMAND…: one at a time, where the system has flock. In this
# shell, not in one of its own, so that signals arrive.
with_lock() {
  local file=$1 lock
  shift
  mkdir -p "$(dirname "$file")"
  if ! have flock; then
    "$@"
    return
  fi
  exec {lock}>"$file"
  flock --nonblock "$lock" || { say "▸ Waiting for another build …" && flock "$lock"; }
  "$@" {lock}>&-
  exec {lock}>&-
}
