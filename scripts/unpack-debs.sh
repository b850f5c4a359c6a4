#!/usr/bin/env bash
# unpack-debs.sh DIR PACKAGE... - downloads Debian packages and unpacks them below DIR without installing them:
# no maintainer script runs and no service appears on the host. They come from the host's own apt sources.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

[ $# -ge 2 ] || die "usage: unpack-debs.sh DIR PACKAGE..."
target=$1
shift
mkdir -p "$target"

download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT

fetch() {
    # Downloads as root: apt's own user cannot write here, about which it would warn.
    (cd "$download" && apt-get download --quiet --quiet -o APT::Sandbox::User=root "$@" >&2)
}

if ! fetch "$@"; then
    say "fetching the package lists"
    apt-get update --quiet --quiet >&2
    fetch "$@" || die "cannot download the Debian packages $*"
fi
for package in "$download"/*.deb; do
    dpkg-deb --extract "$package" "$target"
done
