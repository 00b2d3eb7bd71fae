# shellcheck shell=bash
# To be sourced: starts Java for Slipway.

# Prints the MiB that this process may use: the machine's memory, or the smallest limit of its control groups (of a
# container, or MemoryMax= of a systemd unit), of version 1 or 2. Prints nothing if neither is known.
# memory_limit /, or memory_limit FOLDER to read files below a folder
memory_limit() {
  local root="${1%/}" least="" bytes folder controllers name path file
  if [[ -r "$root/proc/meminfo" ]]; then
    least="$(awk '/^MemTotal:/ { print int($2 / 1024) }' "$root/proc/meminfo")"
  fi
  # In a container, the paths may be the host's: then only existing folders are read, and always the topmost.
  while IFS=: read -r _ controllers path; do
    case ",$controllers," in
      ,,) folder="$root/sys/fs/cgroup" name=memory.max ;;
      *,memory,*) folder="$root/sys/fs/cgroup/memory" name=memory.limit_in_bytes ;;
      *) continue ;;
    esac
    while :; do
      path="${path%/}" bytes=""
      file="$folder$path/$name"
      if [[ -r "$file" ]]; then
        read -r bytes <"$file" || true
      fi
      # "max", and version 1's largest number, mean no limit.
      if [[ "$bytes" =~ ^[0-9]{1,15}$ && (-z "$least" || $((bytes / 1048576)) -lt "$least") ]]; then
        least=$((bytes / 1048576))
      fi
      [[ -n "$path" ]] || break
      path="${path%/*}"
    done
  done < <(cat "$root/proc/self/cgroup" 2>/dev/null)
  printf '%s' "$least"
}

# Replaces this process by Java: run_java JAVA JAR ARGUMENT...
# SLIPWAY_JAVA_OPTIONS contains further options, which override those here.
run_java() {
  local java="$1" jar="$2" machine heap direct options=()
  shift 2
  # Otherwise file names of the embedded store would lose non-ASCII characters.
  if [[ "$(locale charmap 2>/dev/null)" != UTF-8 ]]; then
    export LC_ALL=C.UTF-8
    # The caller's terminal still has only its own characters.
    options+=(-Dslipway.terminal=ascii)
  fi
  # By default Java takes a quarter of the machine for its heap, and uses all of it. docs/guides/sizing.md has the table. Direct
  # memory, which holds the parts of transfers, may take the rest except what Java needs itself; memory.* decides what is used.
  machine="$(memory_limit /)"
  machine="${machine:-4096}"
  heap=$((machine * 5 / 16))
  heap=$((heap < 128 ? 128 : heap > 512 ? 512 : heap))
  direct=$((machine - heap - 224))
  direct=$((direct < 96 ? 96 : direct))
  # The C library would otherwise keep freed memory apart for each thread.
  export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-2}"
  # A recorded start makes this one faster. If the recording is outdated, the command does not print that.
  if [[ -r "${jar%.jar}.aot" && "${SLIPWAY_JAVA_OPTIONS:-}" != *-XX:AOTCacheOutput=* ]]; then
    options+=(-XX:AOTCache="${jar%.jar}.aot" -Xlog:disable -Xlog:all=warning:stderr)
  fi
  # Compiles ciphers after a fiftieth of the usual number of calls, since the first client has to wait while they are interpreted.
  # The first upload of 64 MiB then takes 1.2 s instead of 1.6.
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
