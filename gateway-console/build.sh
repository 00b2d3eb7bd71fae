#!/usr/bin/env bash
# Builds the console's files into the given folder, if a source is newer than they are. Called by Maven.
# Without Node.js it builds nothing and succeeds: the gateway then runs without a console.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
output="$1"
lowest=20

missing() {
  rm -rf "$output"
  printf '[WARNING] The web console is not built: %s. Everything else is.\n' "$1"
  exit 0
}
command -v node >/dev/null && command -v npm >/dev/null ||
  missing "it needs Node.js $lowest or newer with npm (Debian and Ubuntu: apt-get install nodejs npm)"
version="$(node --version)"
major="${version#v}"
major="${major%%.*}"
((major >= lowest)) || missing "it needs Node.js $lowest or newer, and this machine has $version"

api=../gateway-admin/src/main/resources/dev/slipway/admin/api/openapi.json
digest="$(find web build.sh compress.mjs package.json package-lock.json tsconfig.json vite.config.ts "$api" -type f -print0 |
  LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)"
if [[ -e "$output/list.txt" && -e "$output.digest" && "$(<"$output.digest")" == "$digest" ]]; then
  exit 0
fi

# npm ci takes long, and is only needed when the versions have changed.
versions="$(sha256sum <package-lock.json)"
if [[ ! -e node_modules/.versions || "$(<node_modules/.versions)" != "$versions" ]]; then
  npm ci --no-audit --no-fund --loglevel=error
  printf '%s' "$versions" >node_modules/.versions
fi
mkdir -p "$(dirname "$output")"
rm -rf "$output" "$output.digest"
SLIPWAY_CONSOLE_OUTPUT="$output" npm run --silent build
printf '%s' "$digest" >"$output.digest"
