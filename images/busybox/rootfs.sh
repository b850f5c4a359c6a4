#!/usr/bin/env bash
# Fills the root file tree $1 of the busybox image: the static busybox under all its names.
set -euo pipefail

rootfs=$1
packages=$(mktemp -d)
trap 'rm -rf "$packages"' EXIT

"$(dirname "$0")/../../scripts/unpack-debs.sh" "$packages" busybox-static
install -D -m 0755 "$packages/bin/busybox" "$rootfs/bin/busybox"
"$rootfs/bin/busybox" --list | while read -r applet; do
    [ "$applet" = busybox ] || ln -s busybox "$rootfs/bin/$applet"
done

mkdir -p "$rootfs/etc" "$rootfs/root"
install -d -m 1777 "$rootfs/tmp"
printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$rootfs/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$rootfs/etc/group"
