# shellcheck shell=bash
# To be sourced: finds the JDK for building and running Slipway. The default `java` may be older.

# Prints the home of a JDK 25 or later. If there is none, fails and says on standard error what to do.
find_jdk() {
  local home on_path candidates=()
  [[ -z "${JAVA_HOME:-}" ]] || candidates+=("$JAVA_HOME")
  if on_path="$(command -v javac)" && on_path="$(readlink -f "$on_path")"; then
    candidates+=("${on_path%/bin/javac}")
  fi
  # The usual folders of Linux distributions, manual installations, SDKMAN, IDEs and macOS. A pattern without
  # a match stays as it is and is not a JDK.
  candidates+=(
    /usr/lib/jvm/*
    /opt/*
    "${HOME:-/nonexistent}"/.sdkman/candidates/java/*
    "${HOME:-/nonexistent}"/.jdks/*
    /Library/Java/JavaVirtualMachines/*/Contents/Home
  )
  for home in "${candidates[@]}"; do
    if is_jdk_25 "$home"; then
      printf '%s\n' "$home"
      return
    fi
  done
  cat >&2 <<'MESSAGE'
Slipway needs a JDK 25 or later, and there is none in JAVA_HOME, on the PATH, or in /usr/lib/jvm, /opt,
~/.sdkman/candidates/java and ~/.jdks.
Install one, for instance Eclipse Temurin 25 from https://adoptium.net/temurin/releases/?version=25
(on Debian or Ubuntu the package temurin-25-jdk), or set JAVA_HOME to one.
MESSAGE
  return 1
}

# Whether the folder is a JDK 25 or later, according to its `release` file, which every JDK since 9 has.
is_jdk_25() {
  local version
  [[ -x "$1/bin/javac" && -x "$1/bin/java" && -r "$1/release" ]] || return 1
  version="$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")"
  [[ -n "$version" ]] && ((version >= 25))
}
