#!/usr/bin/env bash
# An hour of moderate load on both protocols, in which memory, threads and descriptors must not grow.
#   conformance/soak.sh                 one hour
#   conformance/soak.sh --minutes 5     shorter
# See README.md beside this file.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source-path=SCRIPTDIR
# shellcheck source=run-check.sh
source "$(dirname "${BASH_SOURCE[0]}")/run-check.sh"
run_check soak "$@"
