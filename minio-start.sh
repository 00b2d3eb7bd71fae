#!/usr/bin/env bash
# Starts an S3 store on 127.0.0.1 for tests and experiments, and prints its address.
# See `usage` below for the options. MinIO is the default; versitygw is the second store, so that
# Slipway is tested against S3 and not against one product.
#
# Where the server comes from, in this order:
#   1. a Docker engine, if available;
#   2. a binary on the PATH, or in the cache folder;
#   3. `go install` of the version pinned here, into the cache folder, once.
set -euo pipefail
shopt -s inherit_errexit

# MinIO's upstream is archived. Its last commits are only available as source code, and its own images
# were removed from Docker Hub. Chainguard still builds the same server from that source and publishes
# it without a login, but only with the tag `latest`.
minio_image="${SLIPWAY_MINIO_IMAGE:-cgr.dev/chainguard/minio:latest}"
versitygw_image="${SLIPWAY_VERSITYGW_IMAGE:-versity/versitygw:v1.7.0}"

# The last commit of MinIO, a few after RELEASE.2025-10-15T17-29-55Z. Go does not
# accept the form of that tag as a version.
minio_module="github.com/minio/minio"
minio_version="v0.0.0-20260212201848-7aac2a2c5b7c"
versitygw_module="github.com/versity/versitygw/cmd/versitygw"
versitygw_version="v1.7.0"

cache="${XDG_CACHE_HOME:-$HOME/.cache}/slipway/bin"

usage() {
  cat <<'USAGE'
Usage: ./minio-start.sh [options]
  --store minio|versitygw  which store (default: minio)
  --port N                 listen on 127.0.0.1:N (default: a free port)
  --data DIR               keep the data in DIR (default: a new temporary folder). MinIO speaks TLS if
                           there are DIR/certs/public.crt and DIR/certs/private.key; this needs curl
  --foreground             run until standard input ends or a signal comes, then stop the store
                           (and remove a temporary data folder)
  --binary                 start nothing: make sure that the server's binary is there, without Docker,
                           and print its path
  --help                   show this

Without --foreground the store runs in the background; stop it with the printed command.
Credentials are new for each start unless the store's own variables are set: MINIO_ROOT_USER and
MINIO_ROOT_PASSWORD, or ROOT_ACCESS_KEY and ROOT_SECRET_KEY for versitygw. MINIO_KMS_SECRET_KEY=NAME:BASE64
gives MinIO a key for SSE-S3 and SSE-KMS.
SLIPWAY_MINIO_IMAGE and SLIPWAY_VERSITYGW_IMAGE name other images; SLIPWAY_DOCKER=off never uses Docker.

Prints on standard output, one per line:
  endpoint= region= access-key= secret-key= data= pid= (or container=, with Docker)
USAGE
}

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "minio-start.sh: $*"
  exit 1
}

docker_answers() {
  [[ "${SLIPWAY_DOCKER:-}" != off ]] && command -v docker >/dev/null \
    && docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

# Prints the path of the store's binary; builds it if necessary.
find_binary() {
  local module version on_path cached
  case "$store" in
    minio) module="$minio_module" version="$minio_version" ;;
    versitygw) module="$versitygw_module" version="$versitygw_version" ;;
  esac
  if on_path="$(command -v "$store")"; then
    printf '%s\n' "$on_path"
    return
  fi
  # The name contains the version, so that another pinned version is built rather than skipped.
  cached="$cache/$store-$version"
  if [[ ! -x "$cached" ]]; then
    build_binary "$module@$version" "$cached"
  fi
  printf '%s\n' "$cached"
}

build_binary() {
  local package="$1" target="$2" folder
  command -v go >/dev/null || fail "$store is not available. Start a Docker engine, or put a $store binary on the PATH," \
    "or install Go 1.24 or later (https://go.dev/dl/), with which it is built once."
  mkdir -p "$cache"
  # Concurrent runs build only once: the second waits here and then finds the binary.
  if command -v flock >/dev/null; then
    exec 8>"$cache/.$store.lock"
    flock 8
    if [[ -x "$target" ]]; then
      exec 8>&-
      return
    fi
  fi
  say "Building $store with go install, once (a few minutes) ..."
  folder="$(mktemp -d "$cache/.build.XXXXXX")"
  if ! CGO_ENABLED=0 GOBIN="$folder" go install -trimpath -ldflags '-s -w' "$package" >"$folder/log" 2>&1 8>&-; then
    tail -n 20 "$folder/log" >&2
    rm -rf "$folder"
    fail "go install $package failed; its last lines are above"
  fi
  # Renamed, so that no incomplete binary is ever visible.
  mv "$folder/$store" "$target"
  rm -rf "$folder"
  exec 8>&-
}

random_hex() { od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'; }

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

# Whether the store on port $1 answers its health check with 200.
is_healthy() {
  local status path
  case "$store" in
    minio) path=/minio/health/live ;;
    versitygw) path=/health ;;
  esac
  if [[ "$scheme" == https ]]; then
    # Accepts any certificate: this only checks whether the store answers.
    curl --silent --fail --insecure --max-time 5 --output /dev/null "https://127.0.0.1:$1$path"
    return
  fi
  exec 4<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$path" "$1" >&4
  read -r -t 5 status <&4 || status=""
  exec 4>&-
  [[ "$status" == "HTTP/1."?" 200"* ]]
}

start_process() {
  local launch=(setsid)
  command -v setsid >/dev/null || launch=(nohup)
  case "$store" in
    minio)
      # MINIO_BROWSER=off: the console would open a second port, on all interfaces.
      MINIO_ROOT_USER="$access_key" MINIO_ROOT_PASSWORD="$secret_key" MINIO_BROWSER=off MINIO_UPDATE=off \
        "${launch[@]}" "$binary" server --certs-dir "$data/certs" --address "127.0.0.1:$port" "$data/minio" \
        </dev/null >"$log" 2>&1 3<&- &
      ;;
    versitygw)
      ROOT_ACCESS_KEY="$access_key" ROOT_SECRET_KEY="$secret_key" \
        "${launch[@]}" "$binary" --quiet --health /health --port "127.0.0.1:$port" \
        posix --versioning-dir "$data/versions" "$data/buckets" </dev/null >"$log" 2>&1 3<&- &
      ;;
  esac
  pid=$!
}

start_container() {
  local options=(run --detach --rm --user "$(id -u):$(id -g)" --volume "$data:/slipway")
  case "$store" in
    minio)
      container="$(MINIO_ROOT_USER="$access_key" MINIO_ROOT_PASSWORD="$secret_key" docker "${options[@]}" \
        --publish "127.0.0.1:$port:9000" \
        --env MINIO_ROOT_USER --env MINIO_ROOT_PASSWORD --env MINIO_KMS_SECRET_KEY --env MINIO_BROWSER=off --env MINIO_UPDATE=off \
        "$minio_image" server --certs-dir /slipway/certs --address :9000 /slipway/minio 2>"$log")"
      ;;
    versitygw)
      container="$(ROOT_ACCESS_KEY="$access_key" ROOT_SECRET_KEY="$secret_key" docker "${options[@]}" \
        --publish "127.0.0.1:$port:7070" --env ROOT_ACCESS_KEY --env ROOT_SECRET_KEY \
        "$versitygw_image" --quiet --health /health --port :7070 \
        posix --versioning-dir /slipway/versions /slipway/buckets 2>"$log")"
      ;;
  esac
}

is_running() {
  if [[ -n "$container" ]]; then
    [[ "$(docker inspect --format '{{.State.Running}}' "$container" 2>/dev/null)" == true ]]
  else
    kill -0 "$pid" 2>/dev/null
  fi
}

stop_store() {
  if [[ -n "$container" ]]; then
    docker stop --time 5 "$container" >/dev/null 2>&1 || true
  elif [[ -n "$pid" ]]; then
    # Its data is temporary or already on disk; a clean shutdown is not needed.
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  fi
}

# Starts the store on $port. Succeeds once it answers; fails if it ended or 60 s have passed.
start_store() {
  if [[ -n "$binary" ]]; then start_process; else start_container || return 1; fi
  for _ in {1..600}; do
    if is_healthy "$port" 2>/dev/null && is_running; then
      return
    fi
    is_running || return 1
    sleep 0.1
  done
  return 1
}

clean_up() {
  [[ -z "$watcher" ]] || kill "$watcher" 2>/dev/null || true
  stop_store
  if [[ -n "$temporary" ]]; then
    rm -rf "$temporary"
  fi
}

store=minio port="" data="" foreground="" only_binary=""
while (($# > 0)); do
  case "$1" in
    --store | --port | --data)
      (($# > 1)) || fail "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    --foreground) foreground=yes ;;
    --binary) only_binary=yes ;;
    --help | -h)
      usage
      exit
      ;;
    *)
      usage >&2
      fail "unknown option $1"
      ;;
  esac
  shift
done
[[ "$store" == minio || "$store" == versitygw ]] || fail "--store is minio or versitygw, not '$store'"
[[ -z "$port" ]] || { [[ "$port" =~ ^[0-9]{1,5}$ ]] && ((10#$port >= 1 && 10#$port <= 65535)); } \
  || fail "--port is a number from 1 to 65535, not '$port'"

if [[ -n "$only_binary" ]]; then
  find_binary
  exit
fi

binary="" container="" pid="" temporary="" watcher=""
if ! docker_answers; then
  binary="$(find_binary)"
fi

case "$store" in
  minio) access_key="${MINIO_ROOT_USER:-}" secret_key="${MINIO_ROOT_PASSWORD:-}" ;;
  versitygw) access_key="${ROOT_ACCESS_KEY:-}" secret_key="${ROOT_SECRET_KEY:-}" ;;
esac
access_key="${access_key:-$(random_hex 8)}"
secret_key="${secret_key:-$(random_hex 20)}"

# From here on, a signal or an error stops the store.
trap clean_up EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
trap 'exit 129' HUP

if [[ -z "$data" ]]; then
  temporary="$(mktemp -d "${TMPDIR:-/tmp}/slipway-$store.XXXXXX")"
  data="$temporary"
fi
case "$store" in
  minio) mkdir -p "$data/minio" "$data/certs" ;;
  versitygw) mkdir -p "$data/buckets" "$data/versions" ;;
esac
data="$(cd "$data" && pwd)"
scheme=http
if [[ "$store" == minio && -e "$data/certs/public.crt" ]]; then
  command -v curl >/dev/null || fail "curl is not installed; it checks whether a store with TLS has started"
  scheme=https
fi
log="$data/$store.log"

# The store must not inherit our standard input, but the watcher below needs it.
exec 3<&0
if [[ -n "$port" ]]; then
  start_store || { tail -n 10 "$log" >&2; fail "$store did not start on port $port; its last lines are above"; }
else
  # Another process may take a free port before the store does.
  for attempt in {1..5}; do
    port="$(free_port)"
    if start_store; then
      break
    fi
    stop_store
    if ((attempt == 5)); then
      tail -n 10 "$log" >&2
      fail "$store did not start in $attempt attempts; its last lines are above"
    fi
  done
fi

printf 'endpoint=%s://127.0.0.1:%s\nregion=us-east-1\naccess-key=%s\nsecret-key=%s\ndata=%s\n' \
  "$scheme" "$port" "$access_key" "$secret_key" "$data"
if [[ -n "$container" ]]; then printf 'container=%s\n' "$container"; else printf 'pid=%s\n' "$pid"; fi

if [[ -z "$foreground" ]]; then
  trap - EXIT
  if [[ -n "$container" ]]; then say "Stop it with: docker stop $container"; else say "Stop it with: kill $pid"; fi
  exit
fi

# Ends with our standard input. If this script is killed, the watcher stops the store.
{
  while read -r -u 3; do :; done
  kill -0 "$$" 2>/dev/null || clean_up
} &
watcher=$!
exec 3<&-
if [[ -n "$container" ]]; then
  wait "$watcher"
else
  wait -n "$watcher" "$pid" || true
  if kill -0 "$watcher" 2>/dev/null; then
    tail -n 10 "$log" >&2
    fail "$store has stopped by itself; its last lines are above"
  fi
fi
