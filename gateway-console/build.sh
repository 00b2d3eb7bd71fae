#!/usr/bin/env bash
# Builds the console's files into the given folder, if a source is newer than they are. Called by Maven.
# Without Node.js it builds nothing and succeeds: the gateway then runs without a console.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
output="$1"
# shellcheck source=bin/node.sh
source ../bin/node.sh

if ! has_node; then
  rm -rf "$output"
  printf '[WARNING] The web console is not built: that needs %s. Everything else is built.\n' "$node_needed"
  exit 0
fi

api=../gateway-admin/src/main/resources/dev/slipway/admin/api/openapi.json
digest="$(find web build.sh compress.mjs package.json package-lock.json tsconfig.json vite.config.ts "$api" -type f -print0 |
  LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)"
built=target/files.digest
if [[ -e "$output/list.txt" && -e "$built" && "$(<"$built")" == "$digest" ]]; then
  exit 0
fi

# npm ci takes long, and is only needed when the versions have changed.
versions="$(sha256sum <package-lock.json)"
if [[ ! -e node_modules/.versions || "$(<node_modules/.versions)" != "$versions" ]]; then
  if ! npm ci --no-audit --no-fund --loglevel=error; then
    printf '%s\n' "[ERROR] The web console cannot be built: npm could not fetch its packages. Check that this machine can" \
      "[ERROR] reach npm's registry, and try again. Without Node.js on the PATH, everything else is built."
    exit 1
  fi
  printf '%s' "$versions" >node_modules/.versions
fi
mkdir -p target "$(dirname "$output")"
rm -rf "$output" "$built"
SLIPWAY_CONSOLE_OUTPUT="$output" npm run --silent build
printf '%s' "$digest" >"$built"
