#!/usr/bin/env bash
# Builds Slipway and runs all its tests. Sets up what the tests need besides a JDK and Maven.
# Arguments go to Maven: ./tests.sh -pl gateway-core -am
# ./tests.sh --fast runs the core's tests that need no server: stores are in memory. It needs only a
# JDK and Maven.
# On a slow or busy machine SLIPWAY_TEST_PATIENCE=3 makes the tests wait three times as long.
set -euo pipefail
shopt -s inherit_errexit
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$root"

# shellcheck source=bin/environment.sh
source bin/environment.sh

command -v mvn >/dev/null || fail "Maven is not installed. Get it from https://maven.apache.org/download.cgi," \
  "or on Debian and Ubuntu: apt-get install maven"

if [[ "${1:-}" == --fast ]]; then
  shift
  exec mvn -B --no-transfer-progress test -pl gateway-core -am -Dtest='dev.slipway.core.**' -DexcludedGroups=server \
    -Dsurefire.failIfNoSpecifiedTests=false "$@"
fi

# The programs that the tests use, and their Debian packages.
missing=()
command -v curl >/dev/null || missing+=(curl)
{ command -v gpg && command -v gpg-agent; } >/dev/null || missing+=(gnupg)
command -v lftp >/dev/null || missing+=(lftp)
[[ -x /usr/sbin/haproxy ]] || command -v haproxy >/dev/null || missing+=(haproxy)
command -v rclone >/dev/null || missing+=(rclone)
for program in ssh sftp scp ssh-keygen; do
  command -v "$program" >/dev/null || { missing+=(openssh-client) && break; }
done
for program in bzip2 lz4 xz zip zstd; do
  command -v "$program" >/dev/null || missing+=("${program/#xz/xz-utils}")
done
# For the console.
[[ -x /usr/bin/chromium ]] || missing+=(chromium)
[[ -x /usr/sbin/sshd ]] || command -v sshd >/dev/null || missing+=(openssh-server)
# It needs no signatures: the tests have their own.
[[ -x /usr/sbin/clamd ]] || command -v clamd >/dev/null || missing+=(clamav-daemon)
# Debian's own interpreter comes first: no other finds its paramiko.
python=/usr/bin/python3
[[ -x "$python" ]] || python=python3
command -v "$python" >/dev/null || missing+=(python3)
"$python" -c 'import paramiko' 2>/dev/null || missing+=(python3-paramiko)
"$python" -c 'import aiosmtpd' 2>/dev/null || missing+=(python3-aiosmtpd)

docker=
if [[ "${SLIPWAY_DOCKER:-}" != off ]] && command -v docker >/dev/null \
  && docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then
  docker=yes
fi
# Tests start their own broker.
[[ -n "$docker" || -x /usr/lib/rabbitmq/bin/rabbitmq-server || -x /usr/local/sbin/rabbitmq-server ]] ||
  missing+=(rabbitmq-server)

if ((${#missing[@]} > 0)); then
  if [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null; then
    say "Installing ${missing[*]} ..."
    log="$(mktemp)"
    # Debian starts a server's service when it is installed, and at each boot; both are unwanted here.
    policy=/usr/sbin/policy-rc.d
    if [[ -e "$policy" ]]; then
      policy=
    else
      printf '#!/bin/sh\nexit 101\n' >"$policy"
      chmod 755 "$policy"
      trap 'rm -f "$policy"' EXIT
    fi
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      "${missing[@]}"; } >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      rm -f "$log"
      fail "could not install ${missing[*]}; the last lines of apt-get are above"
    fi
    rm -f "$log"
    if [[ " ${missing[*]} " == *" rabbitmq-server "* ]] && command -v systemctl >/dev/null; then
      systemctl disable rabbitmq-server.service >/dev/null 2>&1 || true
    fi
    if [[ " ${missing[*]} " == *" clamav-daemon "* ]] && command -v systemctl >/dev/null; then
      systemctl disable clamav-daemon.socket clamav-daemon.service clamav-freshclam.service >/dev/null 2>&1 || true
    fi
    if [[ " ${missing[*]} " == *" haproxy "* ]] && command -v systemctl >/dev/null; then
      systemctl disable haproxy.service >/dev/null 2>&1 || true
    fi
    if [[ -n "$policy" ]]; then
      rm -f "$policy"
      trap - EXIT
    fi
  else
    fail "the tests need programs that are not installed. On Debian and Ubuntu:" \
      "sudo apt-get update && sudo apt-get install ${missing[*]}"
  fi
fi

# shellcheck source=bin/node.sh
source bin/node.sh
has_node || printf '%s\n' "The web console is neither built nor tested: that needs $node_needed."

# Without Docker the S3 stores run as processes. If they have to be built, this does it once, outside of the time
# limit of a test.
if [[ -n "$docker" ]]; then
  say "S3 stores for the tests: by Docker"
else
  for store in minio versitygw; do
    binary="$(./minio-start.sh --store "$store" --binary)"
    say "S3 store for the tests: $binary"
  done
fi

# The checks in conformance/ take too long to run here; at least check their scripts.
if command -v shellcheck >/dev/null; then
  shellcheck -x conformance/arrivals.sh conformance/run.sh conformance/chaos.sh conformance/hostile.sh conformance/soak.sh
fi

exec mvn -B --no-transfer-progress verify "$@"
