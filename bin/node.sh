# shellcheck shell=bash
# To be sourced: whether the Node.js on the PATH can build the console.

# What a machine needs to build the console.
# shellcheck disable=SC2034 # for those that source this
node_needed="Node.js 20.19 or later (22.12 or later of 22) with npm"

# Whether Vite and the tools around it support the Node.js on the PATH.
has_node() {
  local version major minor
  command -v npm >/dev/null && version="$(node --version 2>/dev/null)" || return 1
  IFS=. read -r major minor _ <<<"${version#v}"
  ((major == 20 && minor >= 19 || major == 22 && minor >= 12 || major > 22))
}
