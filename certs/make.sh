#!/usr/bin/env bash
# Makes a development CA in this folder, and a server certificate that it signs:
#   certs/make.sh                               for localhost, 127.0.0.1 and ::1
#   certs/make.sh files.example.com 192.0.2.7   for these names and addresses
# Clients verify the server with ca.pem. Anyone with ca-key.pem can create certificates that they trust.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
hosts="${*:-localhost 127.0.0.1 ::1}"
exec "$here/../slipway" certs --directory "$here" --host "${hosts// /,}"
