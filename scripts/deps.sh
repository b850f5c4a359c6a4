#!/usr/bin/env bash
# Installs the Debian packages that the build, the demo and the tests need, and only those that are missing.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

packages=(
    ca-certificates curl                # talking to the API server by hand
    make pkg-config                     # the build
    libsqlite3-dev libyaml-dev zlib1g-dev # linked by the build
    containerd runc                     # the container runtime
    containernetworking-plugins iproute2 iptables # pod networks
    busybox                             # serves manifests to the tests
    umoci                               # makes the local images
    docker-registry                     # gives images to the tests' pulls
    dbus python3-dbusmock systemd       # tell the tests' kubelet of a shutdown
    debootstrap systemd-container       # a machine with systemd for the tests
    shellcheck                          # make check
)

installed() {
    [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=()
for package in "${packages[@]}"; do
    case $package in
    # Whatever provides the command is good enough: another distributor's package, a build of one's own.
    curl | make | containerd | runc | umoci | docker-registry | pkg-config | busybox | shellcheck)
        command -v "$package" >/dev/null || missing+=("$package")
        ;;
    *)
        installed "$package" || missing+=("$package")
        ;;
    esac
done
command -v kubectl >/dev/null || missing+=(kubernetes-client)
command -v swift >/dev/null || die "no swift on PATH: install Swift 6.3 first (https://www.swift.org/install)"

[ "${#missing[@]}" -gt 0 ] || exit 0

need_root
say "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# containerd is started privately by swiftlet, so on a machine with systemd its own service need not start.
export SYSTEMD_OFFLINE=1
install=(apt-get install --yes --quiet --no-install-recommends "${missing[@]}")
# A fresh machine has no package lists yet, or old ones.
if ! "${install[@]}" >&2; then
    say "that did not work; fetching the package lists and trying again"
    apt-get update --quiet >&2
    "${install[@]}" >&2
fi
