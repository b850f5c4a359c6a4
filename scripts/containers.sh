# shellcheck shell=bash
# Sourced after env.sh and processes.sh: what the private containerd in $dir leaves on a machine besides its directory.

bundles=${dir:?}/state/io.containerd.runtime.v2.task

# The value of the first string field $1 in the CNI configuration.
cni_field() {
    cat "$dir"/cni/net.d/*.conflist 2>/dev/null | grep -o "\"$1\" *: *\"[^\"]*\"" | sed -n '1s/.*"\([^"]*\)"$/\1/p'
}

remove_containers() {
    local runtime_root container
    for runtime_root in "$dir"/runc/*/; do
        [ -d "$runtime_root" ] || continue
        for container in $(runc --root "$runtime_root" list --quiet); do
            runc --root "$runtime_root" delete --force "$container"
        done
    done
    local shims
    mapfile -t shims < <(processes_with containerd-shim "$dir/containerd.sock")
    [ "${#shims[@]}" -eq 0 ] || kill -KILL "${shims[@]}" 2>/dev/null || true
    # Killed shims leave their sockets, which lie outside of DIR.
    local address socket
    for address in "$bundles"/*/*/address; do
        [ -f "$address" ] || continue
        socket=$(cat "$address")
        rm -f "${socket#unix://}"
    done
}

# Removes the bridge of the pods' network.
remove_bridge() {
    local bridge
    bridge=$(cni_field bridge)
    if [ -n "$bridge" ] && ip link show "$bridge" >/dev/null 2>&1; then
        ip -o link show master "$bridge" | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | while read -r port; do
            # Gone by itself if its namespace has just ended.
            ip link delete "$port" 2>/dev/null || true
        done
        ip link delete "$bridge"
    fi
}

# Removes the firewall rules that the CNI plugins made for network $1, in one transaction.
remove_firewall_rules() {
    local rules
    local -a chains
    rules=$(iptables-save --table nat 2>/dev/null | grep -F "name: \\\"$1\\\" id: ") || return 0
    # A plugin that was interrupted, or has not finished, leaves the rules in a chain without the one that leads to it.
    mapfile -t chains < <(
        sed -n -e 's/.* -j \(CNI-[0-9a-f]\{24\}\|CNI-DN-[0-9a-f]*\)$/\1/p' \
            -e 's/^-A \(CNI-[0-9a-f]\{24\}\|CNI-DN-[0-9a-f]*\) .*/\1/p' <<<"$rules" | sort -u
    )
    {
        echo '*nat'
        # Rules inside the chains that go away anyway are flushed, not deleted one by one.
        sed -n -E '/^-A (POSTROUTING|CNI-HOSTPORT-DNAT) /s/^-A/-D/p' <<<"$rules"
        if [ "${#chains[@]}" -gt 0 ]; then
            printf -- '-F %s\n' "${chains[@]}"
            printf -- '-X %s\n' "${chains[@]}"
        fi
        echo COMMIT
    } | iptables-restore --noflush
}

# Every cgroup tree of the machine: the one of version 2, or one for each controller of version 1.
cgroup_trees() {
    awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts
}

# Removes cgroup $2 of tree $1, everything below it, and the parents that this leaves empty.
remove_cgroup() {
    local tree=$1 path=${2#/} child
    case /$path/ in
    // | */../*) return ;;
    esac
    if [ -d "$tree/$path" ]; then
        find "$tree/$path" -depth -type d | while read -r child; do
            rmdir "$child" 2>/dev/null || say "cgroup $child is still in use"
        done
    fi
    while path=$(dirname "$path") && [ "$path" != . ]; do
        rmdir "$tree/$path" 2>/dev/null || return 0
    done
}

# Removes the named cgroups, with all below them, from every tree.
remove_cgroups() {
    local tree cgroup
    while read -r tree; do
        for cgroup in "$@"; do
            remove_cgroup "$tree" "$cgroup"
        done
    done < <(cgroup_trees)
}

# The bundles say where the containers' cgroups are, so this is read before they go.
container_cgroups() {
    local specification
    for specification in "$bundles"/*/*/config.json; do
        [ -f "$specification" ] || continue
        grep -o '"cgroupsPath" *: *"[^"]*"' "$specification" | sed 's/.*"\([^"]*\)"$/\1/' || true
    done
}
