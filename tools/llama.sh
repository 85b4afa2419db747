#!/usr/bin/env bash
# Puts the pinned llama.cpp source under build/deps and prints its folder.
#   tools/llama.sh [--from FOLDER|GIT-URL]
# The pin is the git tree: any checkout or remote with the same tree will do.
set -euo pipefail
source "$(dirname "$0")/llama.pin"
root=$(cd "$(dirname "$0")/.." && pwd)
dest="$root/build/deps/llama.cpp-${LLAMA_TREE:0:12}"
from="${TEGULA_LLAMA_FROM:-}"
[ "${1:-}" = --from ] && from="${2:?--from needs a folder or a git address}"

fail() {
  echo "tools/llama.sh: error: $1" >&2
  if [ -n "${2:-}" ]; then echo "tools/llama.sh: hint: $2" >&2; fi
  exit 1
}
tree_of() { git -C "$1" rev-parse 'HEAD^{tree}' 2>/dev/null || true; }

if [ -f "$dest/.complete" ]; then echo "$dest"; exit 0; fi
mkdir -p "$root/build/deps"
work=$(mktemp -d "$root/build/deps/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

if [ -n "$from" ]; then
  git clone -q --depth 1 "$from" "$work/src" || fail "cannot clone $from"
else
  (cd "$work" && npm pack --silent "$LLAMA_PACKAGE" >/dev/null) ||
    fail "npm could not fetch $LLAMA_PACKAGE" \
      "set TEGULA_LLAMA_FROM to a checkout or git address of llama.cpp $LLAMA_TAG"
  tarball=$(ls "$work"/*.tgz)
  echo "$LLAMA_TARBALL_SHA256  $tarball" | sha256sum --check --quiet - ||
    fail "$LLAMA_PACKAGE does not have the pinned digest"
  integrity="sha512-$(openssl dgst -sha512 -binary "$tarball" | base64 -w0)"
  [ "$integrity" = "$LLAMA_TARBALL_INTEGRITY" ] ||
    fail "$LLAMA_PACKAGE does not have the pinned integrity"
  tar -xzf "$tarball" -C "$work" package/llama/gitRelease.bundle
  git -c advice.detachedHead=false clone -q "$work/package/llama/gitRelease.bundle" "$work/src"
fi
[ "$(tree_of "$work/src")" = "$LLAMA_TREE" ] ||
  fail "the source has tree $(tree_of "$work/src"), the pin is $LLAMA_TREE"
rm -rf "$dest"
mv "$work/src" "$dest"
touch "$dest/.complete"
echo "$dest"
