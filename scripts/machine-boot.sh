#!/usr/bin/env bash
# machine-boot.sh DIR BINARY - boots a machine with systemd in namespaces of its own, and ends when it is off. BINARY is its
# /usr/bin/kubelet, with the service of deploy/; DIR/config.yaml is the kubelet's configuration, DIR/manifests the folder of
# static pods, and DIR/host is /host. Nothing else of it is kept. Everything runs in the cgroup swiftlet-test/NAME, NAME
# being DIR's last two parts with a hyphen between them. machine-cleanup.sh ends it at once.
#
# Talk to it by `nsenter --all --target PID`, PID being that child of the process that this script becomes which is 1 there
# (NSpid in its /proc/PID/status).
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

[ $# -eq 2 ] || die "usage: machine-boot.sh DIR BINARY"
need_root
dir=$(cd "$1" && pwd)
binary=$2
name=$(machine_name "$dir")
cgroup=swiftlet-test/$name
tree=$("$ROOT/scripts/machine-tree.sh")

# The machine's systemd takes the cgroup that it begins in for the root, so what it makes stays below this one.
enter_cgroup() {
    local mount=$1 part file
    mkdir -p "$mount/$cgroup"
    for part in swiftlet-test "$cgroup"; do
        # Version 1: a cgroup of cpusets takes no process before it has processors.
        for file in cpuset.cpus cpuset.mems; do
            [ ! -e "$mount/$file" ] || cat "$mount/$file" >"$mount/$part/$file"
        done
    done
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        for part in . swiftlet-test; do
            sed 's/[^ ]*/+&/g' "$mount/$part/cgroup.controllers" >"$mount/$part/cgroup.subtree_control"
        done
    fi
    printf '%s\n' $$ >"$mount/$cgroup/cgroup.procs"
}

while read -r mount; do
    enter_cgroup "$mount"
done < <(awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts)

options=(
    --quiet --directory="$tree" --volatile=overlay --machine="$name" --hostname=k8s-01
    --boot --register=no --keep-unit --console=read-only
    --private-network --capability=all --system-call-filter="add_key keyctl bpf"
    # An overlay can't be made on an overlay.
    --tmpfs=/var/lib/containerd
    --bind="$dir/manifests:/etc/kubernetes/manifests" --bind="$dir/host:/host"
    --bind-ro="$dir/config.yaml:/var/lib/kubelet/config.yaml"
    --bind-ro="$binary:/usr/bin/kubelet" --bind-ro="$ROOT/deploy/kubelet.service:/etc/systemd/system/kubelet.service"
)
# Swift's libraries, where they aren't in the binary.
while read -r library; do
    options+=(--bind-ro="$library")
done < <(ldd "$binary" | sed -n 's/.* => \(.*\) (0x.*/\1/p' | grep -v -e ^/lib/ -e ^/usr/lib/)

exec env --ignore-environment PATH="$PATH" TERM=dumb \
    systemd-nspawn "${options[@]}" systemd.show_status=no systemd.journald.forward_to_console=yes
