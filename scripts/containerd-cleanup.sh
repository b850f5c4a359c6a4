#!/usr/bin/env bash
# containerd-cleanup.sh DIR [CGROUP...] - undoes all that a private containerd in DIR did, alive or dead: containerd
# itself, shims and containers, mounts, network namespaces, the CNI bridge, firewall rules and leases, cgroups (of the
# containers, and the named top-level CGROUPs with all below them), and at last DIR. Nothing else is touched, and a
# second run finds nothing to do.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
# shellcheck source=scripts/processes.sh
. "$(dirname "$0")/processes.sh"

[ $# -ge 1 ] || die "usage: containerd-cleanup.sh DIR [CGROUP...]"
need_root
[ -d "$1" ] || exit 0
dir=$(cd "$1" && pwd)
shift
cgroups=("$@")
# shellcheck source=scripts/containers.sh
. "$ROOT/scripts/containers.sh"

remove_network() {
    local network result id
    network=$(cni_field name)
    remove_bridge
    [ -n "$network" ] || return 0
    remove_firewall_rules "$network"
    for result in /var/lib/cni/results/"$network"-*; do
        [ -f "$result" ] || continue
        id=${result##*/"$network"-}
        id=${id%-*}
        rm -f "$result" "/var/lib/cni/results/cni-loopback-$id-lo"
    done
}

"$ROOT/scripts/containerd-stop.sh" "$dir"
mapfile -t -O "${#cgroups[@]}" cgroups < <(container_cgroups)
remove_containers
# This ends the network namespaces too, and with them the pods' ends of the veth pairs.
"$ROOT/scripts/unmount-below.sh" "$dir"
remove_network
remove_cgroups "${cgroups[@]}"
rm -rf --one-file-system "$dir"
