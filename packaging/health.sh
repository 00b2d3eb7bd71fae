#!/usr/bin/env bash
# Checks whether the gateway on this machine is alive. The exit status is 0 if it is, and 1 if it is not. For Docker's
# HEALTHCHECK and the like, which must not start a Java process every few seconds.
#   bin/health [STATE_DIRECTORY]
# A running gateway lists its listeners in the file "listeners" in its state directory. The default directory is
# $SLIPWAY_STATE_DIRECTORY, ./slipway-state, or this folder. If there is an admin port, this requests /healthz. Otherwise it
# reads the greeting of SFTP or FTP; for a listener with implicit TLS it only connects.
set -euo pipefail
shopt -s inherit_errexit

# Seconds for one answer.
patience=4

fail() {
  printf 'health: %s\n' "$*" >&2
  exit 1
}

file=""
for folder in "${1:-}" "${SLIPWAY_STATE_DIRECTORY:-}" slipway-state .; do
  if [[ -n "$folder" && -r "$folder/listeners" ]]; then
    file="$folder/listeners"
    break
  fi
done
[[ -n "$file" ]] || fail "no gateway is running on this state directory; name it: bin/health STATE_DIRECTORY"

# Each line is a listener: its kind, address and port. The first one with a greeting is used.
kind="" address="" port=""
for wanted in http ssh ftp https ftps; do
  while read -r speaks at number; do
    if [[ "$speaks" == "$wanted" ]]; then
      kind="$speaks" address="$at" port="$number"
      break 2
    fi
  done <"$file"
done
[[ -n "$kind" ]] || fail "$file names no listener"
case "$address" in
  0.0.0.0) address=127.0.0.1 ;;
  :: | 0:0:0:0:0:0:0:0) address=::1 ;;
esac

{ exec 3<>"/dev/tcp/$address/$port"; } 2>/dev/null || fail "nothing accepts connections on $address port $port ($kind)"
line=""
case "$kind" in
  http)
    printf 'GET /healthz HTTP/1.1\r\nHost: localhost:%s\r\nConnection: close\r\n\r\n' "$port" >&3
    read -t "$patience" -r line <&3 || true
    [[ "$line" == "HTTP/1.1 200 "* ]] || fail "/healthz answers '${line%$'\r'}'"
    ;;
  ssh)
    read -t "$patience" -r line <&3 || true
    [[ "$line" == SSH-2.0-* ]] || fail "there is no SSH server on port $port"
    ;;
  ftp)
    read -t "$patience" -r line <&3 || true
    [[ "$line" == "220"* ]] || fail "the FTP server on port $port answers '${line%$'\r'}'"
    ;;
esac
