# shellcheck shell=bash
# Sourced by the other scripts: where things lie and how they talk.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Downloads, unpacked packages and images; ignored by git, safe to delete.
# shellcheck disable=SC2034
WORK=${SWIFTLET_WORK:-$ROOT/.work}

say() {
    printf '==> %s\n' "$*" >&2
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

need_root() {
    [ "$(id -u)" -eq 0 ] || die "run this as root"
}

# machine_name DIR - prints what the machine that is booted with DIR is called, and its cgroup.
machine_name() {
    local parent=${1%/*}
    printf '%s-%s\n' "${parent##*/}" "${1##*/}"
}

# build_product CONFIGURATION PRODUCT - builds a program and prints where it is. One of the release configuration has
# Swift's libraries in it and runs where Swift isn't installed.
build_product() {
    local -a flags=(--configuration "$1" --product "$2")
    [ "$1" != release ] || flags+=(--static-swift-stdlib)
    (cd "$ROOT" && swift build "${flags[@]}" >&2) || return
    printf '%s/%s\n' "$(cd "$ROOT" && swift build --configuration "$1" --show-bin-path)" "$2"
}
