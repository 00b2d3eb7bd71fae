# shellcheck shell=bash
# Sourced by run.sh: rclone's own tests, of its backends and of its operations on them.

# Prints the folder with rclone's source.
rclone_source() {
  local module
  module="$(go mod download -json "github.com/rclone/rclone@$rclone_version" 2>"$work/go.log" \
    | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p')"
  [[ -d "$module" ]] || fail "rclone could not be downloaded: $(tail -n 5 "$work/go.log")"
  printf '%s\n' "$module"
}

# Builds the tests of package $1 once, and prints their path.
rclone_tests() {
  local cache="${XDG_CACHE_HOME:-$HOME/.cache}/slipway/bin" built folder source
  built="$cache/rclone-$rclone_version-${1//\//-}.test"
  if [[ ! -x "$built" ]]; then
    say "Building the tests of rclone's $1, once (some minutes) ..."
    mkdir -p "$cache"
    if [[ ! -d "$work/rclone" ]]; then
      source="$(rclone_source)"
      cp -r "$source" "$work/rclone"
      chmod -R u+w "$work/rclone"
    fi
    folder="$(mktemp -d "$cache/.build.XXXXXX")"
    if ! (cd "$work/rclone" && CGO_ENABLED=0 go test -c -trimpath -o "$folder/test" "./$1") >"$work/go.log" 2>&1; then
      tail -n 20 "$work/go.log" >&2
      rm -rf "$folder"
      fail "the tests of rclone's $1 could not be built; the last lines are above"
    fi
    # Renamed, so that no incomplete binary is ever visible.
    mv "$folder/test" "$built"
    rm -rf "$folder"
  fi
  printf '%s\n' "$built"
}

# Prints the path of rclone itself, built once.
rclone_program() {
  local cache="${XDG_CACHE_HOME:-$HOME/.cache}/slipway/bin" built folder
  built="$cache/rclone-$rclone_version"
  if [[ ! -x "$built" ]]; then
    say "Building rclone $rclone_version with go install, once (a few minutes) ..."
    mkdir -p "$cache"
    folder="$(mktemp -d "$cache/.build.XXXXXX")"
    if ! CGO_ENABLED=0 GOBIN="$folder" go install -trimpath -ldflags '-s -w' \
      "github.com/rclone/rclone@$rclone_version" >"$work/go.log" 2>&1; then
      tail -n 20 "$work/go.log" >&2
      rm -rf "$folder"
      fail "rclone could not be built; its last lines are above"
    fi
    mv "$folder/rclone" "$built"
    rm -rf "$folder"
  fi
  printf '%s\n' "$built"
}

# The suite rclone-<protocol>[-<package of fs>], in at most 20 minutes.
run_rclone() {
  local protocol package tests folder obscured source only=()
  protocol="${suite#rclone-}" protocol="${protocol%%-*}"
  case "$suite" in
    *-operations) package=fs/operations ;;
    *-sync) package=fs/sync ;;
    *)
      package="backend/$protocol"
      # The others test parts of the client, or start their own servers.
      only=(-test.run '^TestIntegration$')
      ;;
  esac
  tests="$(rclone_tests "$package")"
  folder="$work/$suite"
  source="$(rclone_source)"
  # The tests expect this folder of the source above their working folder.
  mkdir -p "$folder/home" "$folder/$package" "$folder/fstest"
  cp -r "$source/fstest/testserver" "$folder/fstest/"
  obscured="$("$(rclone_program)" obscure "$password")"
  {
    printf '[slipway]\nhost = 127.0.0.1\nuser = %s\npass = %s\n' "$suite" "$obscured"
    case "$protocol" in
      sftp) printf 'type = sftp\nport = %s\nshell_type = unix\n' "$ssh_port" ;;
      ftp) printf 'type = ftp\nport = %s\nexplicit_tls = true\nno_check_certificate = true\n' "$ftp_port" ;;
    esac
  } >"$folder/rclone.conf"
  # A hanging test ends at the limit for all tests; those after it are then missing.
  (cd "$folder/$package" && HOME="$folder/home" RCLONE_CONFIG="$folder/rclone.conf" timeout -k 30 1230 \
    "$tests" -test.v ${only[@]+"${only[@]}"} -test.timeout 20m -remote slipway:) >"$log" 2>&1 </dev/null || true
  python3 "$here/verdicts.py" go "$log" >"$verdicts"
}
