#!/usr/bin/env bash
# Fills the root file tree $1 of the nginx image: Debian's nginx, the libraries it links, and busybox for a shell.
set -euo pipefail

rootfs=$1
here=$(dirname "$0")
packages=$(mktemp -d)
trap 'rm -rf "$packages"' EXIT

"$here/../busybox/rootfs.sh" "$rootfs"
"$here/../../scripts/unpack-debs.sh" "$packages" nginx nginx-common libc6 libcrypt1 libpcre2-8-0 libssl3 zlib1g

# The dynamic loader of the unpacked tree itself says which of its libraries nginx needs, and is one of them.
loader=$(find "$packages"/lib* -maxdepth 1 -name 'ld-linux-*.so.*' -print -quit)
chroot "$packages" "${loader#"$packages"}" --list /usr/sbin/nginx | grep -o '/[^ ]*' | while read -r library; do
    install -D -m 0755 "$packages$library" "$rootfs$library"
done

install -D -m 0755 "$packages/usr/sbin/nginx" "$rootfs/usr/sbin/nginx"
install -D -m 0644 "$packages/etc/nginx/mime.types" "$rootfs/etc/nginx/mime.types"
install -D -m 0644 "$here/nginx.conf" "$rootfs/etc/nginx/nginx.conf"
install -D -m 0644 "$packages/usr/share/nginx/html/index.html" "$rootfs/usr/share/nginx/html/index.html"
printf 'www-data:x:33:33:www-data:/var/www:/bin/false\n' >>"$rootfs/etc/passwd"
printf 'www-data:x:33:\n' >>"$rootfs/etc/group"

mkdir -p "$rootfs/run" "$rootfs/var/lib/nginx" "$rootfs/var/log/nginx"
ln -s /dev/stdout "$rootfs/var/log/nginx/access.log"
ln -s /dev/stderr "$rootfs/var/log/nginx/error.log"
