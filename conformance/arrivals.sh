#!/usr/bin/env bash
# The tests of files that arrive without a client, with as many files as one would not want in every build:
#   watch   10,000 files written by 16 processes while the gateway is killed 10 times
#   pull    20,000 small files from an SSH server, and one of 5 GiB
#   conformance/arrivals.sh            both
#   conformance/arrivals.sh watch      one
# See README.md beside this file.
set -euo pipefail
shopt -s inherit_errexit
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/.." && pwd)"
cd "$root"
# shellcheck source=bin/environment.sh
source "$root/bin/environment.sh"
# The limits of single tests are for their usual sizes.
export SLIPWAY_TEST_PATIENCE="${SLIPWAY_TEST_PATIENCE:-20}"

run() {
  mvn -B -q --no-transfer-progress test -pl "$1" -am -Dtest="$2" -Dsurefire.failIfNoSpecifiedTests=false "${@:3}"
}

for check in "${@:-watch pull}"; do
  for one in $check; do
    case "$one" in
      watch) run gateway-app KilledWatchTest -Dslipway.watch.files=10000 -Dslipway.watch.kills=10 ;;
      pull) run gateway-ingest LargePullsTest -Dslipway.pull.files=20000 -Dslipway.pull.bytes=5368709120 ;;
      *) fail "unknown check: $one; known are watch and pull" ;;
    esac
    say "$one: passed"
  done
done
