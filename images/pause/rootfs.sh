#!/usr/bin/env bash
# Fills the root file tree $1 of the pause image: catatonit, which with -P only waits and reaps.
set -euo pipefail

rootfs=$1
packages=$(mktemp -d)
trap 'rm -rf "$packages"' EXIT

"$(dirname "$0")/../../scripts/unpack-debs.sh" "$packages" catatonit
install -D -m 0755 "$packages/usr/bin/catatonit" "$rootfs/pause"
