# shellcheck shell=bash
# Sourced by the scripts that build Slipway, with `root` set: a JDK, Maven's options, a locale, and output functions.

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "${0##*/}: $*"
  exit 1
}

# shellcheck source=bin/find-jdk.sh
source "${root:?}/bin/find-jdk.sh"
JAVA_HOME="$(find_jdk)" || exit 1
export JAVA_HOME
# The build's own plugins use sun.misc.Unsafe, about which JDK 25 would warn. A build is too short to gain from Java's
# second compiler and a parallel collector: without them it needs little more than half of the CPU time.
export MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow -XX:TieredStopAtLevel=1 -XX:+UseSerialGC${MAVEN_OPTS:+ $MAVEN_OPTS}"
# Without UTF-8 the JDK cannot name files beyond ASCII.
if [[ "$(locale charmap 2>/dev/null)" != UTF-8 ]]; then
  export LC_ALL=C.UTF-8
fi
