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
