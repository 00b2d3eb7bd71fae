# shellcheck shell=bash
# To be sourced: starts Java for Slipway.

# Prints the MiB that this process may use: the machine's, or the least limit of the control groups that it is in (a
# container's, or MemoryMax= of a systemd unit). Nothing where neither is known.
memory_limit() {
  local least="" bytes folder="" file
  if [[ -r /proc/meminfo ]]; then
    least="$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)"
  fi
  if [[ -r /proc/self/cgroup ]]; then
    folder="$(awk -F: '$1 == 0 { print $3 }' /proc/self/cgroup)"
  fi
  while :; do
    for file in "/sys/fs/cgroup$folder/memory.max" /sys/fs/cgroup/memory/memory.limit_in_bytes; do
      bytes=""
      if [[ -r "$file" ]]; then
        read -r bytes <"$file" || true
      fi
      # "max", and version 1's number without a limit, are none.
      if [[ "$bytes" =~ ^[0-9]{1,15}$ && (-z "$least" || $((bytes / 1048576)) -lt "$least") ]]; then
        least=$((bytes / 1048576))
      fi
    done
    [[ -n "$folder" && "$folder" != / ]] || break
    folder="${folder%/*}"
  done
  printf '%s' "$least"
}

# Becomes the Java process: run_java JAVA JAR ARGUMENT...
# SLIPWAY_JAVA_OPTIONS holds further options for it, which override those here.
run_java() {
  local java="$1" jar="$2" machine heap direct options=()
  shift 2
  # File names of the embedded store would lose what is beyond ASCII.
  if [[ "$(locale charmap 2>/dev/null)" != UTF-8 ]]; then
    export LC_ALL=C.UTF-8
  fi
  # Java would take a quarter of the machine for its heap, and use all of it. docs/guides/sizing.md has the table. Direct memory,
  # which holds the parts of transfers, may take the rest but for what Java needs itself; memory.* decides what is used.
  machine="$(memory_limit)"
  machine="${machine:-4096}"
  heap=$((machine * 5 / 16))
  heap=$((heap < 128 ? 128 : heap > 512 ? 512 : heap))
  direct=$((machine - heap - 224))
  direct=$((direct < 96 ? 96 : direct))
  # A start that was recorded, where there is one, makes this one faster. That it does not fit any more is not a part of
  # what a command prints.
  if [[ -r "${jar%.jar}.aot" && "${SLIPWAY_JAVA_OPTIONS:-}" != *-XX:AOTCacheOutput=* ]]; then
    options+=(-XX:AOTCache="${jar%.jar}.aot" -Xlog:disable -Xlog:all=warning:stderr)
  fi
  # Ciphers are compiled after a fiftieth of the calls that Java otherwise waits for: as long as it interprets them, a client that
  # comes first waits for them. The first upload of 64 MiB takes 1.2 s so, and 1.6 without.
  # shellcheck disable=SC2086 # the options are words
  exec "$java" \
    -Xmx"${heap}m" \
    -XX:+UseSerialGC \
    -XX:MaxDirectMemorySize="${direct}m" \
    -XX:+ExitOnOutOfMemoryError \
    --sun-misc-unsafe-memory-access=allow \
    -XX:CompileCommand=quiet \
    "-XX:CompileCommand=CompileThresholdScaling,com.sun.crypto.provider.*::*,0.02" \
    ${options[@]+"${options[@]}"} \
    ${SLIPWAY_JAVA_OPTIONS:-} \
    -jar "$jar" "$@"
}
