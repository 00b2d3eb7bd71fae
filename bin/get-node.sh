#!/usr/bin/env bash
# Downloads the Node.js that builds the console, for this user, if the machine has none that is recent enough.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=bin/node.sh
source "$root/bin/node.sh"
use_node || download_node
printf '%s\n' "The console is built with $(command -v node), version $(node --version)."
