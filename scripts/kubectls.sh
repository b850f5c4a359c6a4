#!/usr/bin/env bash
# Prints the path of every kubectl that the tests should try, one a line: Debian's (1.20, unpacked below $WORK and not
# installed) and the versions that lie beside the kubectl on PATH, or that one itself.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

debian=$WORK/kubernetes-client
if [ ! -x "$debian/usr/bin/kubectl" ]; then
    rm -rf "$debian.new"
    "$ROOT/scripts/unpack-debs.sh" "$debian.new" kubernetes-client
    rm -rf "$debian"
    mv "$debian.new" "$debian"
fi
printf '%s\n' "$debian/usr/bin/kubectl"

path=$(command -v kubectl) || exit 0
path=$(readlink -f "$path")
versions=$(find "$(dirname "$path")" -maxdepth 1 -name 'kubectl.1.*' -executable | sort --version-sort)
printf '%s\n' "${versions:-$path}"
