#!/usr/bin/env bash
# containerd-start.sh DIR [BRIDGE [SUBNET]] - starts a private containerd that keeps everything in DIR, waits until its
# CRI service answers, and prints the socket's path. Several may run side by side: each has its own bridge and subnet,
# chosen from DIR's path unless given, and kept in DIR. Stop with containerd-stop.sh, undo with containerd-cleanup.sh.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
# shellcheck source=scripts/processes.sh
. "$(dirname "$0")/processes.sh"

[[ $# -ge 1 && $# -le 3 ]] || die "usage: containerd-start.sh DIR [BRIDGE [SUBNET]]"
need_root
mkdir -p "$1"
chmod 0700 "$1"
dir=$(cd "$1" && pwd)
socket=$dir/containerd.sock
pid_file=$dir/containerd.pid

# A Unix socket's path has room for 107 bytes, and containerd adds ".ttrpc" to this one.
[ "${#socket}" -le 100 ] || die "the path $socket is too long for a Unix socket: use a shorter directory"

# Prints BRIDGE SUBNET for this directory: the first 10.88.x.0/24, from a place its path decides, that has no route.
choose_network() {
    local sum start offset octet
    sum=$(printf '%s' "$dir" | cksum | cut -d ' ' -f 1)
    start=$((sum % 250))
    for offset in $(seq 0 249); do
        octet=$((1 + (start + offset) % 250))
        if [ -z "$(ip -4 route show root "10.88.$octet.0/24")" ]; then
            printf 'swl%s 10.88.%s.0/24\n' "$octet" "$octet"
            return
        fi
    done
    die "every subnet in 10.88.0.0/16 is taken"
}

# fill TEMPLATE - prints one of the templates that `swiftlet server` writes the same files from.
fill() {
    sed -e "s|@DIR@|$dir|g" -e "s|@NETWORK@|$bridge|g" -e "s|@SUBNET@|$subnet|g" \
        -e "s|@CNI_PLUGINS@|/usr/lib/cni|g" -e "s|@RESTRICT_OOM_SCORE@|$restrict|g" \
        "$ROOT/Sources/PrivateContainerd/Templates/$1"
}

# CAP_SYS_RESOURCE is bit 24. Without it nobody can lower an OOM score, and runc fails when asked to.
lacks_sys_resource() {
    local effective
    effective=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
    [ $((0x$effective >> 24 & 1)) -eq 0 ]
}

# `ctr plugins` goes through the whole server, and lists CRI as ok only when it has started.
answers() {
    ctr --address "$socket" --connect-timeout 1s plugins list id==cri 2>/dev/null | grep -q ' ok *$'
}

running() {
    [ -n "$(processes_with containerd "$dir/config.toml")" ]
}

if running && answers; then
    printf '%s\n' "$socket"
    exit 0
fi

if [ $# -ge 2 ]; then
    printf '%s %s\n' "$2" "${3:-10.88.0.0/24}" >"$dir/network"
elif [ ! -s "$dir/network" ]; then
    choose_network >"$dir/network"
fi
read -r bridge subnet <"$dir/network"
[ "${#bridge}" -le 15 ] || die "$bridge is too long for the name of a network interface"
restrict=false
if lacks_sys_resource; then
    restrict=true
    say "no CAP_SYS_RESOURCE: containers keep containerd's OOM score (restrict_oom_score_adj)"
fi
mkdir -p "$dir/cni/net.d"
fill config.toml >"$dir/config.toml"
fill network.conflist >"$dir/cni/net.d/10-swiftlet.conflist"

setsid containerd --config "$dir/config.toml" </dev/null >>"$dir/containerd.log" 2>&1 &
pid=$!
printf '%s\n' "$pid" >"$pid_file"
for _ in $(seq 300); do
    if answers; then
        printf '%s\n' "$socket"
        exit 0
    fi
    alive "$pid" || break
    sleep 0.1
done
kill "$pid" 2>/dev/null || true
rm -f "$pid_file"
tail -n 5 "$dir/containerd.log" >&2
die "containerd does not answer on $socket; its log is $dir/containerd.log"
