# shellcheck shell=bash
# To be sourced: finds the Node.js that builds the console, or downloads it from the npm registry.

# MIT, and Artistic-2.0; neither is shipped. With the SHA-512 of their packages.
node_version=24.21.0
node_x64=de750bb336795f47dc898a46d2de93add029273027f3e16520d3fa3a2317ed5f07aefa404cf37ddfa5352e545e389ae22d16b87bcc84a900580a72f23cd02ced
node_arm64=1692513c4cf63afbd32df8c83a5346158f492cf30a825e66f9de2819804b836e242759a6bcdd5997f1cf2601781c3689e752127afd65d5c459fc333e91e5d6e6
npm_version=12.2.0
npm_digest=66c2632a94e796649738b2d7894d710c2cc2e1696893823066687f6b0d8a52e5f2b54eeaeaa32ffdc513ecca1e49ff794a5c2ec3f9515d879f1b3182b291cf35

node_cache="${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/slipway"
node_home="$node_cache/node-$node_version-npm-$npm_version"

# Sees to it that `node` and `npm` on the PATH are recent enough. Fails if there are none.
use_node() {
  if is_node_recent; then
    return
  fi
  [[ -x "$node_home/bin/node" ]] || return 1
  # Certificate authorities that this machine trusts, as curl does.
  export NODE_USE_SYSTEM_CA=1
  export PATH="$node_home/bin:$PATH"
}

# Whether Vite and the tools around it support the Node.js on the PATH.
is_node_recent() {
  local version major minor
  command -v npm >/dev/null && version="$(node --version 2>/dev/null)" || return 1
  IFS=. read -r major minor _ <<<"${version#v}"
  ((major == 20 && minor >= 19 || major == 22 && minor >= 12 || major > 22))
}

# Downloads Node.js and npm for this user, once, and puts them on the PATH.
download_node() {
  local architecture digest work
  case "$(uname -sm)" in
    'Linux x86_64') architecture=x64 digest="$node_x64" ;;
    'Linux aarch64') architecture=arm64 digest="$node_arm64" ;;
    *)
      printf '%s\n' "There is no Node.js to download for $(uname -sm). Install version 20.19 or later, with npm." >&2
      return 1
      ;;
  esac
  if ! command -v curl >/dev/null; then
    printf '%s\n' "To download Node.js, curl is needed. Install it, or Node.js 20.19 or later with npm." >&2
    return 1
  fi
  printf '%s\n' "Downloading Node.js $node_version, which builds the console, once ..." >&2
  mkdir -p "$node_cache"
  work="$(mktemp -d "$node_cache/.node.XXXXXX")"
  if fetch_package "node-linux-$architecture" "$node_version" "$digest" "$work/node" &&
    fetch_package npm "$npm_version" "$npm_digest" "$work/npm"; then
    mkdir -p "$work/home/bin" "$work/home/lib"
    mv "$work/node/bin/node" "$work/home/bin/node"
    mv "$work/npm" "$work/home/lib/npm"
    chmod 755 "$work/home/lib/npm/bin/npm-cli.js"
    ln -s ../lib/npm/bin/npm-cli.js "$work/home/bin/npm"
    # Renamed, so that it is never there in part. Another run may have been first.
    mv -T "$work/home" "$node_home" 2>/dev/null || [[ -x "$node_home/bin/node" ]]
  fi
  rm -rf "$work"
  use_node
}

# Unpacks a package of the npm registry into a folder, if its content is as expected.
fetch_package() {
  local name="$1" version="$2" digest="$3" folder="$4"
  local registry="${npm_config_registry:-https://registry.npmjs.org}"
  if ! curl --silent --show-error --fail --location --retry 3 --max-time 300 --output "$folder.tgz" \
    "${registry%/}/$name/-/$name-$version.tgz"; then
    return 1
  fi
  if ! sha512sum --check --status <<<"$digest  $folder.tgz"; then
    printf '%s\n' "$name $version from ${registry%/} is not what it should be: its SHA-512 differs." >&2
    return 1
  fi
  mkdir "$folder"
  tar -xzf "$folder.tgz" -C "$folder" --strip-components=1
}
