#!/usr/bin/env bash
# machine-cleanup.sh DIR - ends the machine that machine-boot.sh has booted with DIR, as by pulling its plug, and removes its
# cgroups. A second run finds nothing to do.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

[ $# -eq 1 ] || die "usage: machine-cleanup.sh DIR"
need_root
[ -d "$1" ] || exit 0
dir=$(cd "$1" && pwd)
name=$(machine_name "$dir")
cgroup=swiftlet-test/$name
# shellcheck source=scripts/containers.sh
. "$ROOT/scripts/containers.sh"

# Nobody else is in these cgroups: systemd-nspawn, the machine's first process, with which all others end, and they.
processes() {
    local mount
    while read -r mount; do
        [ ! -d "$mount/$cgroup" ] || find "$mount/$cgroup" -name cgroup.procs -exec cat {} +
    done < <(cgroup_trees) | sort -nu
}

for _ in $(seq 100); do
    mapfile -t left < <(processes)
    [ "${#left[@]}" -gt 0 ] || break
    kill -KILL "${left[@]}" 2>/dev/null || true
    sleep 0.1
done
remove_cgroups "$cgroup"
# Where systemd-nspawn would have taken further mounts.
rmdir "/run/systemd/nspawn/propagate/$name" 2>/dev/null || true
