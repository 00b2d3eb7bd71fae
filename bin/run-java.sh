# shellcheck shell=bash
# To be sourced: starts Java for Slipway.

# Becomes the Java process: run_java JAVA JAR ARGUMENT...
# SLIPWAY_JAVA_OPTIONS holds further options for it.
run_java() {
  local java="$1" jar="$2" direct_memory=4096 options=()
  shift 2
  # File names of the embedded store would lose what is beyond ASCII.
  if [[ "$(locale charmap 2>/dev/null)" != UTF-8 ]]; then
    export LC_ALL=C.UTF-8
  fi
  # Part memory is direct memory, which Java caps at the heap's size unless told otherwise. The cap is no
  # reservation: what is used is decided by memory.parts and memory.downloads.
  if [[ -r /proc/meminfo ]]; then
    direct_memory="$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)"
  fi
  # A start that was recorded, where there is one, makes this one faster. That it does not fit any more is not a part of
  # what a command prints.
  if [[ -r "${jar%.jar}.aot" && "${SLIPWAY_JAVA_OPTIONS:-}" != *-XX:AOTCacheOutput=* ]]; then
    options+=(-XX:AOTCache="${jar%.jar}.aot" -Xlog:disable -Xlog:all=warning:stderr)
  fi
  # Ciphers are compiled after a fiftieth of the calls that Java otherwise waits for: as long as it interprets them, a client that
  # comes first waits for them. The first upload of 64 MiB takes 1.2 s so, and 1.6 without.
  # shellcheck disable=SC2086 # the options are words
  exec "$java" \
    -XX:MaxDirectMemorySize="${direct_memory}m" \
    -XX:+ExitOnOutOfMemoryError \
    --sun-misc-unsafe-memory-access=allow \
    -XX:CompileCommand=quiet \
    "-XX:CompileCommand=CompileThresholdScaling,com.sun.crypto.provider.*::*,0.02" \
    ${options[@]+"${options[@]}"} \
    ${SLIPWAY_JAVA_OPTIONS:-} \
    -jar "$jar" "$@"
}
