#!/usr/bin/env bash
# Attacks, one after the other, during which other clients must be served as usual.
#   conformance/hostile.sh                                               the full run
#   conformance/hostile.sh --seconds 5 --sftp-packets 20000 --ftp-lines 20000   a shorter run
# See README.md beside this file.
set -euo pipefail
shopt -s inherit_errexit
# shellcheck source-path=SCRIPTDIR
# shellcheck source=run-check.sh
source "$(dirname "${BASH_SOURCE[0]}")/run-check.sh"
run_check hostile "$@"
