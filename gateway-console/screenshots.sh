#!/usr/bin/env bash
# Takes the pictures of all views, and the one of the README, from a gateway with real transfers: what ConsoleTest sees.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
# shellcheck source=bin/environment.sh
source bin/environment.sh
mvn -B -q test -pl gateway-app -am -Dtest=ConsoleTest -Dsurefire.failIfNoSpecifiedTests=false
cp gateway-app/target/console/overview-light-1440.png docs/images/console-overview.png
say "All pictures are in gateway-app/target/console"
