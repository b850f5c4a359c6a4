#!/usr/bin/env bash
# make demo-down: ends what `make demo` started and removes every trace of it: processes, containers, mounts, network
# namespaces, the CNI bridge with its leases and rules, cgroups, and .demo/ itself. Packages and builds stay.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
# shellcheck source=scripts/processes.sh
. "$(dirname "$0")/processes.sh"

demo=$ROOT/.demo
[ -d "$demo" ] || exit 0
need_root

mapfile -t servers < <(processes_with swiftlet "$demo")
if [ "${#servers[@]}" -gt 0 ]; then
    say "stopping the server"
    terminate 30 "${servers[@]}"
fi
say "removing containers, mounts and networks"
"$ROOT/scripts/containerd-cleanup.sh" "$demo/containerd" swiftlet-demo
# What is mounted below now is the pods' volumes.
"$ROOT/scripts/unmount-below.sh" "$demo"
rm -rf --one-file-system "$demo"
