#!/usr/bin/env bash
# Drives the console of a running gateway in Chromium; the given file says where everything is. Called by ConsoleTest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec node e2e/console.mjs "$1"
