#!/usr/bin/env bash
# machine-tree.sh - makes the files of the machine that machine-boot.sh boots: this machine's own Debian with systemd and
# containerd, whose containers' cgroups systemd makes. Prints the folder, $WORK/machine. Takes a minute the first time.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

tree=$WORK/machine
scratch=$WORK/.machine
stamp=$WORK/machine.sha256
packages=(
    systemd systemd-sysv dbus # dbus for the login manager
    containerd runc containernetworking-plugins iproute2
    libsqlite3-0 libstdc++6 libyaml-0-2 zlib1g # of the kubelet
)

suite=$(. /etc/os-release && printf '%s\n' "$VERSION_CODENAME")

# The mirror that this machine has its own packages from.
mirror() {
    apt-get indextargets --format "\$(RELEASE) \$(SITE)" 'Created-By: Packages' |
        awk -v suite="$suite" '$1 == suite { site = $2 } END { print site }'
}

configure_containerd() {
    mkdir -p "$scratch/etc/containerd" "$scratch/etc/cni/net.d"
    # Without CAP_SYS_RESOURCE nobody can lower an OOM score, and runc fails when asked to.
    cat >"$scratch/etc/containerd/config.toml" <<'END'
version = 2

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.6"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = true
END
    cat >"$scratch/etc/cni/net.d/10-pods.conflist" <<'END'
{
  "cniVersion": "0.4.0",
  "name": "pods",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "pods0",
      "isGateway": true,
      "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.88.0.0/24"}]]}
    }
  ]
}
END
}

configure_systemd() {
    local units=$scratch/etc/systemd/system
    # systemd-nspawn mounts the controllers of version 1 for reading only.
    cat >"$units/writable-cgroups.service" <<'END'
[Unit]
Description=Let cgroups be made for containers
DefaultDependencies=no
Before=sysinit.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'for mount in /sys/fs/cgroup/*/; do mount -o remount,bind,rw "$mount" || true; done'
END
    mkdir -p "$units/sysinit.target.wants"
    ln -s ../writable-cgroups.service "$units/sysinit.target.wants/"
    local unneeded
    for unneeded in apt-daily.timer apt-daily-upgrade.timer console-getty.service e2scrub_reap.service; do
        ln -sf /dev/null "$units/$unneeded"
    done
    # The machine is called what it is booted as.
    rm -f "$scratch/etc/hostname"
}

build() {
    local url
    url=$(mirror)
    rm -rf --one-file-system "$scratch" "$tree"
    debootstrap --variant=minbase --include="$(IFS=, && echo "${packages[*]}")" \
        "$suite" "$scratch" ${url:+"$url"} >"$WORK/machine.log" 2>&1 ||
        die "debootstrap failed; its log is $WORK/machine.log"
    rm -rf "$scratch"/var/cache/apt/archives/*.deb "$scratch"/var/lib/apt/lists/*
    configure_containerd
    configure_systemd
    mv "$scratch" "$tree"
}

mkdir -p "$WORK"
# Two runs at a time would build into each other's folders.
exec 9>"$WORK/.machine.lock"
flock 9
digest=$(sha256sum <"$0" && printf '%s\n' "$suite")
if [ "$(cat "$stamp" 2>/dev/null)" != "$digest" ] || [ ! -d "$tree" ]; then
    need_root
    say "making the machine of $suite's packages"
    rm -f "$stamp"
    build 9>&-
    printf '%s\n' "$digest" >"$stamp"
fi
printf '%s\n' "$tree"
