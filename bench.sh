#!/usr/bin/env bash
# Compares Slipway with similar servers, and prints a table. See docs/reference/benchmarks.md.
#   ./bench.sh              everything (some hours)
#   ./bench.sh --quick      the same with less data (about three minutes)
#   ./bench.sh --list       list the scenarios
#   ./bench.sh sftp-gcm …   only this scenario
set -euo pipefail
shopt -s inherit_errexit
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$root"

# The latest release at the time of writing.
rclone_version="v1.75.1"

# shellcheck source=bin/environment.sh
source bin/environment.sh

# Daemons are not on every user's PATH.
find_program() { PATH="$PATH:/usr/sbin" command -v "$1"; }

# Prints the path of rclone: the pinned release, built once, if Go is installed; otherwise the installed one.
find_rclone() {
  local cache="${XDG_CACHE_HOME:-$HOME/.cache}/slipway/bin" cached folder
  cached="$cache/rclone-$rclone_version"
  if [[ ! -x "$cached" ]]; then
    if ! command -v go >/dev/null; then
      find_program rclone
      return
    fi
    say "Building rclone $rclone_version with go install, once (a few minutes) ..."
    mkdir -p "$cache"
    folder="$(mktemp -d "$cache/.build.XXXXXX")"
    if ! CGO_ENABLED=0 GOBIN="$folder" go install -trimpath -ldflags '-s -w' \
      "github.com/rclone/rclone@$rclone_version" >"$folder/log" 2>&1; then
      tail -n 20 "$folder/log" >&2
      rm -rf "$folder"
      say "bench.sh: rclone could not be built; its last lines are above"
      find_program rclone
      return
    fi
    # Renamed, so that no incomplete binary is ever visible.
    mv "$folder/rclone" "$cached"
    rm -rf "$folder"
  fi
  printf '%s\n' "$cached"
}

# The programs that are used, and their Debian packages.
install_programs() {
  local missing=() log
  find_program curl >/dev/null || missing+=(curl)
  find_program sftp >/dev/null || missing+=(openssh-client)
  find_program sshd >/dev/null || missing+=(openssh-server)
  find_program vsftpd >/dev/null || missing+=(vsftpd)
  ((${#missing[@]} > 0)) || return 0
  if [[ "$(id -u)" != 0 ]] || ! command -v apt-get >/dev/null; then
    fail "programs are not installed. On Debian and Ubuntu:" \
      "sudo apt-get update && sudo apt-get install ${missing[*]}"
  fi
  say "Installing ${missing[*]} ..."
  log="$(mktemp)"
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "could not install ${missing[*]}; the last lines of apt-get are above"
  fi
  rm -f "$log"
}

case "${1:-}" in
  --help | -h)
    sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit
    ;;
esac

command -v mvn >/dev/null || fail "Maven is not installed. Get it from https://maven.apache.org/download.cgi," \
  "or on Debian and Ubuntu: apt-get install maven"
say "Building ..."
rm -rf gateway-bench/target/lib
mvn -B -q -Dstyle.color=never -pl gateway-bench -am -DskipTests package >&2

if [[ " $* " != *" --list "* ]]; then
  install_programs
  rclone="$(find_rclone)" || rclone=""
  if [[ "$(id -u)" == 0 && ! -d /run/sshd ]]; then
    # sshd needs its empty folder, which Debian creates when the service starts.
    mkdir -m 0755 /run/sshd
    trap 'rmdir /run/sshd' EXIT
  fi
fi

"$JAVA_HOME/bin/java" --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED -Xmx512m \
  -Dslipway.root="$root" ${rclone:+-Dbench.rclone="$rclone"} \
  -cp "$(echo gateway-bench/target/gateway-bench-*.jar):gateway-bench/target/lib/*" dev.slipway.bench.Main "$@"
