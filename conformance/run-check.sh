# shellcheck shell=bash
# Sourced by chaos.sh, hostile.sh and soak.sh: builds what they need, and runs one of them.

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/.." && pwd)"
# shellcheck source=../bin/environment.sh
source "$root/bin/environment.sh"

# Replaces this process by the run: run_check NAME OPTION...
run_check() {
  local log
  cd "$root"
  command -v mvn >/dev/null || fail "Maven is not installed. Get it from https://maven.apache.org/download.cgi," \
    "or on Debian and Ubuntu: apt-get install maven"
  say "Building ..."
  log="$(mktemp)"
  rm -rf gateway-conformance/target/lib
  # The launcher builds the gateway if it is out of date.
  if ! mvn -B -q -Dstyle.color=never -pl gateway-conformance -am -DskipTests package >"$log" 2>&1 </dev/null ||
    ! ./slipway --version >>"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    fail "the build failed; the last lines of its output are above, all of it in $log"
  fi
  rm -f "$log"
  exec "$JAVA_HOME/bin/java" --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED -Xmx1g \
    -Dslipway.root="$root" -Dslf4j.internal.verbosity=ERROR \
    -cp "$(echo gateway-conformance/target/gateway-conformance-*.jar):gateway-conformance/target/lib/*" \
    dev.slipway.conformance.Main "$@"
}
