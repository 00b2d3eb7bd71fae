#!/usr/bin/env bash
# Two gateways with one database and one store, random operations, faults and kills: everything must be stored as it was
# reported.
#   conformance/chaos.sh                                                  the full run
#   conformance/chaos.sh --operations 500 --faults 250 --kills 5 --seed 7   a shorter run with other operations
# See README.md beside this file.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source-path=SCRIPTDIR
# shellcheck source=run-check.sh
source "$(dirname "${BASH_SOURCE[0]}")/run-check.sh"
run_check chaos "$@"
