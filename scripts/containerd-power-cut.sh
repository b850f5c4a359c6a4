#!/usr/bin/env bash
# containerd-power-cut.sh DIR [CGROUP...] - does to the private containerd in DIR what a power cut does to a machine:
# containerd, shims and containers end at once, and what a machine keeps in memory is gone (the state directory, mounts,
# network namespaces, bridge, firewall rules, the containers' cgroups and the named top-level CGROUPs). What is on disk
# stays: images, records of containers, leases of addresses. containerd-start.sh is the next boot.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
# shellcheck source=scripts/processes.sh
. "$(dirname "$0")/processes.sh"

[ $# -ge 1 ] || die "usage: containerd-power-cut.sh DIR [CGROUP...]"
need_root
dir=$(cd "$1" && pwd)
shift
cgroups=("$@")
# shellcheck source=scripts/containers.sh
. "$ROOT/scripts/containers.sh"

mapfile -t pids < <(processes_with containerd "$dir/config.toml")
for pid in "${pids[@]}"; do
    kill -KILL "$pid" 2>/dev/null || true
    while alive "$pid"; do sleep 0.05; done
done
mapfile -t -O "${#cgroups[@]}" cgroups < <(container_cgroups)
remove_containers
"$ROOT/scripts/unmount-below.sh" "$dir"
remove_bridge
network=$(cni_field name)
[ -z "$network" ] || remove_firewall_rules "$network"
remove_cgroups "${cgroups[@]}"
rm -rf --one-file-system "$dir/state" "$dir/runc"
rm -f "$dir"/containerd.sock* "$dir/containerd.pid"
