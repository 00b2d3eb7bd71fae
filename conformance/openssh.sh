# shellcheck shell=bash
# Sourced by run.sh: OpenSSH's own scripts for its sftp and scp, run with Slipway in place of its servers.

openssh_scripts=(sftp sftp-cmds sftp-badcmds sftp-batch sftp-glob sftp-perm sftp-uri scp scp3 scp-uri)

# The version to which expected/openssh.txt applies; Debian offers only its latest.
openssh_tests_version="1:9.2p1-2+deb12u10"

# The suite openssh, each script in at most 5 minutes. See openssh-server.py for how they reach Slipway.
run_openssh() {
  local folder="$work/openssh" script name version
  mkdir -p "$folder/bin" "$folder/package"
  # The scripts of the installed version. The package depends on servers that are not needed here.
  if ! (cd "$folder" && apt-get download openssh-tests && dpkg-deb -x openssh-tests_*.deb package) \
    >"$work/apt.log" 2>&1 </dev/null; then
    tail -n 5 "$work/apt.log" >&2
    fail "could not download openssh-tests; the last lines of apt-get are above"
  fi
  version="$(dpkg-deb -f "$folder"/openssh-tests_*.deb Version)"
  if [[ "$version" != "$openssh_tests_version" ]]; then
    say "openssh-tests here is $version; what is expected is of $openssh_tests_version: verdicts may differ for that."
  fi
  mv "$folder/package/usr/lib/openssh/regress" "$folder/regress"
  cat >"$folder/settings.json" <<JSON
{
  "endpoint": "$endpoint", "region": "$region", "access_key": "$access_key", "secret_key": "$secret_key",
  "bucket": "openssh",
  "port": $ssh_port,
  "user": "$(id -un)",
  "key": "$work/user-keys/ssh-ed25519",
  "known_hosts": "$work/known-hosts"
}
JSON
  sed 's/^/slipway /' "$work"/host-keys/*.pub >"$work/known-hosts"
  for name in sftp-server scp sshd ssh; do
    printf '#!/bin/sh\nexec python3 %s %s %s "$@"\n' "$here/openssh-server.py" "$folder" "$name" >"$folder/bin/$name"
    chmod +x "$folder/bin/$name"
  done
  python3 "$here/openssh-server.py" "$folder" prepare
  : >"$log"
  for script in "${openssh_scripts[@]}"; do
    printf '==== %s\n' "$script" >>"$log"
    rm -f "$folder"/regress/failed-*.log
    (
      cd "$folder/regress"
      # Their names in the scripts; test-exec.sh adds the rest.
      OBJ="$PWD" BUILDDIR="$PWD" TEST_SHELL=sh TEST_SSH_UNSAFE_PERMISSIONS=1 TEST_SSH_PORT="$ssh_port" \
        TEST_SSH_SSHD="$folder/bin/sshd" TEST_SSH_SFTPSERVER="$folder/bin/sftp-server" \
        TEST_SSH_SCP="$folder/bin/scp" TEST_SSH_SSH="$folder/bin/ssh" \
        timeout -k 30 300 sh ./test-exec.sh "$PWD" "$PWD/$script.sh"
    ) >"$folder/$script.printed" 2>>"$log" </dev/null || true
    cat "$folder/$script.printed" >>"$log"
    if [[ -e "$folder/regress/failed-regress.log" ]]; then
      cat "$folder/regress/failed-regress.log" >>"$log"
    fi
    python3 "$here/verdicts.py" openssh "$script" "$folder/$script.printed" "$folder/regress/failed-regress.log" \
      >>"$verdicts"
  done
}
