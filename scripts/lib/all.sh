# shellcheck shell=bash
# Everything, in the order in which the pieces need each other.

LANGO_LIBRARY=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=scripts/lib/paths.sh
. "$LANGO_LIBRARY/paths.sh"
# shellcheck source=scripts/lib/say.sh
. "$LANGO_LIBRARY/say.sh"
# shellcheck source=scripts/lib/require.sh
. "$LANGO_LIBRARY/require.sh"
# shellcheck source=scripts/lib/stamp.sh
. "$LANGO_LIBRARY/stamp.sh"
# shellcheck source=scripts/lib/tools.sh
. "$LANGO_LIBRARY/tools.sh"
# shellcheck source=scripts/lib/debian.sh
. "$LANGO_LIBRARY/debian.sh"
# shellcheck source=scripts/lib/wasm.sh
. "$LANGO_LIBRARY/wasm.sh"
# shellcheck source=scripts/lib/lango.sh
. "$LANGO_LIBRARY/lango.sh"
