# shellcheck shell=bash
# To be sourced: starts Java for Slipway.

# Prints the MiB that this process may use: the machine's, or the least limit of the control groups that it is in (a
# container's, or MemoryMax= of a systemd unit), of version 1 or 2. Nothing where neither is known.
# memory_limit /, or memory_limit FOLDER to look at files below a folder
memory_limit() {
  local root="${1%/}" least="" bytes folder controllers name path file
  if [[ -r "$root/proc/meminfo" ]]; then
    least="$(awk '/^MemTotal:/ { print int($2 / 1024) }' "$root/proc/meminfo")"
  fi
  # In a container, the folders named here may be the host's: then those that exist are looked at, the topmost always.
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
      # "max", and version 1's number without a limit, are none.
      if [[ "$bytes" =~ ^[0-9]{1,15}$ && (-z "$least" || $((bytes / 1048576)) -lt "$least") ]]; then
        least=$((bytes / 1048576))
      fi
      [[ -n "$path" ]] || break
      path="${path%/*}"
    done
  done < <(cat "$root/proc/self/cgroup" 2>/dev/null)
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
  machine="$(memory_limit /)"
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
