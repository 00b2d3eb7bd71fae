#!/usr/bin/env bash
# Records a start of Slipway in slipway.aot beside slipway.jar, so that later starts, and what is done first behind them,
# take little more than half the time. To be run once behind an installation, by a user who may write there.
#   bin/record-start
set -euo pipefail
shopt -s inherit_errexit
home="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
work="$(mktemp -d "$home/.record-start.XXXXXX")"
pid=""
finish() {
  [[ -z "$pid" ]] || kill -KILL "$pid" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

fail() {
  # Without what Java says of the recording itself.
  grep -vE '^\[|AOT|^Picked up ' log | tail -n 20 >&2 || true
  printf 'record-start: %s\n' "$*" >&2
  exit 1
}

# Within 60 s: await COMMAND...
await() {
  local i
  for ((i = 0; i < 600; i++)); do
    ! "$@" || return 0
    sleep 0.1
  done
  return 1
}
has_started_or_ended() { grep -q '^ready' log || has_ended; }
has_ended() { ! kill -0 "$pid" 2>/dev/null; }

# The port of a line of the card: port_of TEXT
port_of() { sed -n "s/^ *$1 .* port \([0-9]*\).*/\1/p" log; }

# With those clients that are here, 64 MiB there and back, so that Java knows what that takes, too.
transfer() {
  local ftps sftp
  ftps="$(port_of 'FTPS implicit')"
  sftp="$(port_of 'SFTP, SCP')"
  head -c 64M /dev/zero >file
  if command -v curl >/dev/null; then
    timeout 30 curl --silent --cacert demo/state/tls/ca.pem --user record:start \
      --upload-file file "ftps://127.0.0.1:$ftps/" --next --silent --cacert demo/state/tls/ca.pem --user record:start \
      --output back "ftps://127.0.0.1:$ftps/file" || true
  fi
  if command -v sftp >/dev/null; then
    printf '#!/bin/sh\necho start\n' >password
    chmod 700 password
    printf 'put file\nget file back\n' | SSH_ASKPASS=./password SSH_ASKPASS_REQUIRE=force timeout 30 sftp -q \
      -o UserKnownHostsFile=demo/state/known_hosts -o NumberOfPasswordPrompts=1 -P "$sftp" record@127.0.0.1 || true
  fi
}

# A demo, on free ports of loopback, and with nothing of this environment's own settings. The recording's path is relative,
# since the options are words.
cd "$work"
env -i PATH="$PATH" SLIPWAY_JAVA_OPTIONS=-XX:AOTCacheOutput=slipway.aot \
  "$home/bin/slipway" demo --data demo --user record --password start \
  --ftp-port 0 --ftps-port 0 --passive-ports 0 --sftp-port 0 --s3-port 0 >log 2>&1 &
pid=$!
await has_started_or_ended || fail "the gateway did not start within a minute; its last lines are above"
has_ended || transfer >/dev/null 2>&1
kill -TERM "$pid" 2>/dev/null || true
# Java writes the recording before it ends.
await has_ended || fail "the gateway did not end within a minute; its last lines are above"
status=0
wait "$pid" || status=$?
pid=""
((status == 0)) || fail "the gateway did not start, or did not end in good order; its last lines are above"
[[ -s slipway.aot ]] || fail "nothing was recorded; the gateway's last lines are above"
chmod 644 slipway.aot
mv -f slipway.aot "$home/slipway.aot"
