# shellcheck shell=bash
# To be sourced by the scripts that build Slipway, with `root` set: a JDK, Maven's options, a locale, and how to speak.

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "${0##*/}: $*"
  exit 1
}

# shellcheck source=bin/find-jdk.sh
source "${root:?}/bin/find-jdk.sh"
JAVA_HOME="$(find_jdk)" || exit 1
export JAVA_HOME
# The build's own plugins use sun.misc.Unsafe, which JDK 25 would warn about. A build is too short to gain from Java's
# second compiler and from a parallel collector: without them it takes little more than half of the processor time.
export MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow -XX:TieredStopAtLevel=1 -XX:+UseSerialGC${MAVEN_OPTS:+ $MAVEN_OPTS}"
# Without UTF-8 the JDK cannot name files beyond ASCII.
if [[ "$(locale charmap 2>/dev/null)" != UTF-8 ]]; then
  export LC_ALL=C.UTF-8
fi
