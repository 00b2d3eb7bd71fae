#!/usr/bin/env bash
# Starts Slipway with the included Java runtime.
#   bin/slipway demo     bin/slipway serve --config slipway.yml     bin/slipway --help
# SLIPWAY_JAVA_OPTIONS contains further options for the Java process.
set -euo pipefail
shopt -s inherit_errexit
home="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
# shellcheck source=../bin/run-java.sh
source "$home/bin/run-java.sh"
run_java "$home/runtime/bin/java" "$home/slipway.jar" "$@"
