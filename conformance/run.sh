#!/usr/bin/env bash
# Runs third-party test suites against Slipway, and compares the verdicts with the expected ones.
# See `usage` below, and README.md beside this file.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
shopt -s inherit_errexit
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/.." && pwd)"

# Pinned versions of the suites, so that a changed verdict is due to a change of Slipway.
# shellcheck disable=SC2034 # used by the scripts sourced below
rclone_version="v1.75.1" vfs_version="2.10.0"

all_suites=(
  rclone-sftp rclone-sftp-operations rclone-sftp-sync
  rclone-ftp rclone-ftp-operations rclone-ftp-sync
  vfs-sftp vfs-ftp vfs-ftps
  openssh
)

usage() {
  cat <<USAGE
Usage: conformance/run.sh [options] [suite ...]
  --store minio|versitygw  the store behind the gateway (default: minio)
  --keep                   keep the folder with logs and verdicts, also of a run in which all is as expected
  --list                   print the names of the suites
  --help                   show this

Without names all suites run:
  ${all_suites[*]}

Ends with 0 only if every test did what conformance/expected/<suite>.txt says: nothing failed that is not in
there, and nothing passed that is.
USAGE
}

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "conformance/run.sh: $*"
  exit 1
}

store=minio keep="" suites=()
while (($# > 0)); do
  case "$1" in
    --store)
      (($# > 1)) || fail "$1 needs a value"
      store="$2"
      shift
      ;;
    --keep) keep=yes ;;
    --list)
      printf '%s\n' "${all_suites[@]}"
      exit
      ;;
    --help | -h)
      usage
      exit
      ;;
    -*)
      usage >&2
      fail "unknown option $1"
      ;;
    *)
      [[ " ${all_suites[*]} " == *" $1 "* ]] || fail "there is no suite '$1', but ${all_suites[*]}"
      suites+=("$1")
      ;;
  esac
  shift
done
((${#suites[@]} > 0)) || suites=("${all_suites[@]}")
wants() { [[ " ${suites[*]} " == *" $1"* ]]; }

# File names beyond ASCII are part of the suites.
if [[ "$(locale charmap 2>/dev/null)" != UTF-8 ]]; then
  export LC_ALL=C.UTF-8
fi
# shellcheck source=../bin/find-jdk.sh
source "$root/bin/find-jdk.sh"
JAVA_HOME="$(find_jdk)" || exit 1
export JAVA_HOME
# All stores here are local.
unset AWS_CA_BUNDLE AWS_PROFILE HTTP_PROXY http_proxy

# ---- Requirements ----

install_packages() {
  local log
  (($# > 0)) || return 0
  if [[ "$(id -u)" != 0 ]] || ! command -v apt-get >/dev/null; then
    fail "programs are not installed. On Debian and Ubuntu: sudo apt-get update && sudo apt-get install $*"
  fi
  say "Installing $* ..."
  log="$work/apt.log"
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    fail "could not install $*; the last lines of apt-get are above"
  fi
}

install_programs() {
  local missing=()
  command -v curl >/dev/null || missing+=(curl)
  command -v ssh-keygen >/dev/null || missing+=(openssh-client)
  command -v python3 >/dev/null || missing+=(python3)
  if wants openssh; then
    command -v dpkg-deb >/dev/null || fail "OpenSSH's scripts come with Debian's package openssh-tests; use Debian or Ubuntu"
  fi
  install_packages ${missing[@]+"${missing[@]}"}
  command -v go >/dev/null || fail "rclone, and the store, are built with Go (https://go.dev/dl/)"
  if wants vfs-; then
    command -v mvn >/dev/null || fail "the suites of Commons VFS need Maven (https://maven.apache.org/download.cgi)"
  fi
}

# ---- The gateway ----

work="$(mktemp -d "${TMPDIR:-/tmp}/slipway-conformance.XXXXXX")"
store_process="" gateway_process="" outcome=1

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
  local process
  for process in "$gateway_process" "$store_process"; do
    if [[ -n "$process" ]]; then
      kill "$process" 2>/dev/null || true
      wait "$process" 2>/dev/null || true
    fi
  done
  if [[ -n "$keep" || "$outcome" != 0 ]]; then
    say "Logs and verdicts are in $work"
  else
    rm -rf "$work"
  fi
}
trap clean_up EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
trap 'exit 129' HUP

# A port on which nothing listens, below the range of ephemeral ports.
free_port() {
  local candidate
  for _ in {1..50}; do
    candidate=$((20000 + RANDOM % 10000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  fail "found no free port between 20000 and 29999"
}

start_store() {
  local line
  mkfifo "$work/store.in" "$work/store.out"
  "$root/minio-start.sh" --store "$store" --foreground <"$work/store.in" >"$work/store.out" 2>"$work/store.log" &
  store_process=$!
  # It ends with its standard input, and so with this script, however that ends.
  exec {store_input}>"$work/store.in"
  endpoint="" region="" access_key="" secret_key=""
  while IFS= read -r line; do
    case "$line" in
      endpoint=*) endpoint="${line#*=}" ;;
      region=*) region="${line#*=}" ;;
      access-key=*) access_key="${line#*=}" ;;
      secret-key=*) secret_key="${line#*=}" ;;
      pid=* | container=*) break ;;
    esac
  done <"$work/store.out"
  [[ -n "$endpoint" ]] || fail "the store did not start: $(tail -n 5 "$work/store.log")"
}

make_bucket() {
  curl -sS --fail-with-body --max-time 60 --aws-sigv4 "aws:amz:$region:s3" --user "$access_key:$secret_key" \
    -X PUT "$endpoint/$1" >/dev/null
}

# Each suite has its own account and bucket, both with its name; OpenSSH's scripts log in with the name and keys of
# the user who runs them.
start_gateway() {
  local suite configuration="$work/slipway.yml" key
  password="conformance-$RANDOM$RANDOM$RANDOM"
  ftp_port="$(free_port)" ftps_port="$(free_port)" ssh_port="$(free_port)"
  mkdir -p "$work/host-keys" "$work/user-keys"
  for key in ed25519 rsa ecdsa; do
    ssh-keygen -q -t "$key" -N '' -f "$work/host-keys/ssh_host_${key}_key"
  done
  ssh-keygen -q -t ed25519 -N '' -f "$work/user-keys/ssh-ed25519"
  {
    cat <<YAML
s3: {endpoint: "$endpoint", region: "$region", accessKey: "$access_key", secretKey: "$secret_key"}
state: {directory: state}
ftps:
  bind: 127.0.0.1
  explicitPort: $ftp_port
  implicitPort: $ftps_port
  passivePorts: 0
  active: true
  plain: true
  requireDataProtection: false
sftp: {bind: 127.0.0.1, port: $ssh_port, hostKeys: host-keys}
accounts:
YAML
    for suite in "${suites[@]}"; do
      [[ "$suite" != openssh ]] || continue
      printf '  - {name: %s, password: %s, mounts: [{bucket: %s}]}\n' "$suite" "$password" "$suite"
    done
    printf '  - {name: "%s", authorizedKeys: ["%s"], mounts: [{bucket: openssh}]}\n' "$(id -un)" \
      "$(cat "$work/user-keys/ssh-ed25519.pub")"
    printf '  - {name: reader, authorizedKeys: ["%s"], mounts: [{bucket: openssh, readOnly: true}]}\n' \
      "$(cat "$work/user-keys/ssh-ed25519.pub")"
  } >"$configuration"
  for suite in "${suites[@]}"; do
    make_bucket "$suite"
  done
  if ! wants openssh; then make_bucket openssh; fi
  "$root/slipway" serve --config "$configuration" >"$work/gateway.log" 2>&1 </dev/null {store_input}>&- &
  gateway_process=$!
  for _ in {1..3000}; do
    if grep -q "the gateway is ready" "$work/gateway.log"; then
      return
    fi
    kill -0 "$gateway_process" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$work/gateway.log" >&2
  fail "the gateway did not start; its last lines are above"
}

gateway_lives() { kill -0 "$gateway_process" 2>/dev/null; }

# ---- The suites. Each writes lines of a verdict (pass, fail, skip), a tab and a name to $verdicts. ----

# shellcheck source=rclone.sh
source "$here/rclone.sh"
# shellcheck source=vfs.sh
source "$here/vfs.sh"
# shellcheck source=openssh.sh
source "$here/openssh.sh"

install_programs
say "Starting $store and a gateway ..."
start_store
start_gateway

differences=0
for suite in "${suites[@]}"; do
  verdicts="$work/$suite.verdicts"
  log="$work/$suite.log"
  : >"$verdicts"
  say "Running $suite ..."
  began=$SECONDS
  case "$suite" in
    rclone-*) run_rclone ;;
    vfs-*) run_vfs ;;
    openssh) run_openssh ;;
  esac
  gateway_lives || fail "the gateway has ended during $suite: $(tail -n 20 "$work/gateway.log")"
  if ! python3 "$here/compare.py" "$suite" "$verdicts" "$here/expected/$suite.txt" "$((SECONDS - began))"; then
    differences=$((differences + 1))
  fi
done

if ((differences > 0)); then
  say "$differences of ${#suites[@]} suites did not do what is expected of them."
else
  say "All did what is expected of them."
  outcome=0
fi
exit "$outcome"
