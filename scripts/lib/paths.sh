# shellcheck shell=bash
# Where things are. Sourced first by every script.

LANGO_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# Tools that cargo installs, one folder per name and version; shared by all clones.
LANGO_TOOLS=${LANGO_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/lango/tools}
NODE_MODULES=$LANGO_ROOT/node_modules
export LANGO_ROOT LANGO_TOOLS NODE_MODULES
