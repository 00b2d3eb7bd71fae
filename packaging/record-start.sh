#!/usr/bin/env bash
# Records a start of Slipway in slipway.aot beside slipway.jar, so that later starts take little more than half the time. Run it
# once after installation, as a user with write access. No store is needed.
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
  # Without Java's own messages about the recording.
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
has_started_or_ended() { grep -q 'not ready' log || has_ended; }
has_ended() { ! kill -0 "$pid" 2>/dev/null; }

# Ignores the settings of this environment: the gateway listens on free ports of loopback and has no clients. The path of
# the recording is relative, since the options are split into words.
cd "$work"
env -i PATH="$PATH" \
  AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_S3_BUCKET_REGION=us-east-1 \
  AWS_S3_BUCKET_HOST=http://127.0.0.1:9 AWS_S3_BUCKET_NAME=x FTP_USER_LOGIN=x FTP_USER_PASSWORD=x \
  SLIPWAY_FTPS_BIND=127.0.0.1 SLIPWAY_FTPS_EXPLICIT_PORT=0 SLIPWAY_FTPS_PASSIVE_PORTS=0 \
  SLIPWAY_SFTP_BIND=127.0.0.1 SLIPWAY_SFTP_PORT=0 SLIPWAY_STATE_DIRECTORY=state \
  SLIPWAY_JAVA_OPTIONS=-XX:AOTCacheOutput=slipway.aot \
  "$home/bin/slipway" serve >log 2>&1 &
pid=$!
await has_started_or_ended || fail "the gateway did not start within a minute; its last lines are above"
kill -TERM "$pid" 2>/dev/null || true
# Java writes the recording before it ends.
await has_ended || fail "the gateway did not end within a minute; its last lines are above"
status=0
wait "$pid" || status=$?
pid=""
((status == 0)) || fail "the gateway did not start, or did not shut down cleanly; its last lines are above"
[[ -s slipway.aot ]] || fail "nothing was recorded; the gateway's last lines are above"
chmod 644 slipway.aot
mv -f slipway.aot "$home/slipway.aot"
