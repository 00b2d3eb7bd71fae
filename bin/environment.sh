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
# The build's own plugins use sun.misc.Unsafe, which JDK 25 would warn about.
export MAVEN_OPTS="${MAVEN_OPTS:+$MAVEN_OPTS }--sun-misc-unsafe-memory-access=allow"
# Without UTF-8 the JDK cannot name files beyond ASCII.
if [[ "$(locale charmap 2>/dev/null)" != UTF-8 ]]; then
  export LC_ALL=C.UTF-8
fi
