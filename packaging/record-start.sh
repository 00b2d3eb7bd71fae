#!/usr/bin/env bash
# Records a start of Slipway in slipway.aot beside slipway.jar: every later start, and what is done first then, takes little
# more than half the time. To be run once behind an installation, by a user who may write there. No store is needed.
#   bin/record-start
set -euo pipefail
shopt -s inherit_errexit
home="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
recording="$home/slipway.aot"
work="$(mktemp -d)"
pid=""
finish() {
  [[ -z "$pid" ]] || kill -KILL "$pid" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

fail() {
  rm -f "$recording"
  # Without what Java says of the recording itself.
  grep -vE '^\[|AOT|^Picked up ' "$work/log" | tail -n 20 >&2 || true
  printf 'record-start: %s\n' "$*" >&2
  exit 1
}

rm -f "$recording"
# Nothing of this environment's own settings: the gateway listens on free ports of loopback, for nobody.
cd "$work"
env -i PATH="$PATH" \
  AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_S3_BUCKET_REGION=us-east-1 \
  AWS_S3_BUCKET_HOST=http://127.0.0.1:9 AWS_S3_BUCKET_NAME=x FTP_USER_LOGIN=x FTP_USER_PASSWORD=x \
  SLIPWAY_FTPS_BIND=127.0.0.1 SLIPWAY_FTPS_EXPLICIT_PORT=0 SLIPWAY_FTPS_PASSIVE_PORTS=0 \
  SLIPWAY_SFTP_BIND=127.0.0.1 SLIPWAY_SFTP_PORT=0 SLIPWAY_STATE_DIRECTORY="$work/state" \
  SLIPWAY_JAVA_OPTIONS="-XX:AOTCacheOutput=$recording" \
  "$home/bin/slipway" serve >"$work/log" 2>&1 &
pid=$!
for ((i = 0; i < 600; i++)); do
  ! grep -q 'not ready' "$work/log" || break
  kill -0 "$pid" 2>/dev/null || fail "the gateway did not start; its last lines are above"
  sleep 0.1
done
kill -TERM "$pid" 2>/dev/null || true
# Java writes the recording before it ends.
wait "$pid" || fail "the gateway did not end in good order; its last lines are above"
pid=""
[[ -s "$recording" ]] || fail "nothing was recorded; the gateway's last lines are above"
chmod 644 "$recording"
