#!/usr/bin/env bash
# containerd-stop.sh DIR - stops the private containerd of DIR. Its containers run on, and are there again after the
# next containerd-start.sh; containerd-cleanup.sh is what removes them.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
# shellcheck source=scripts/processes.sh
. "$(dirname "$0")/processes.sh"

[ $# -eq 1 ] || die "usage: containerd-stop.sh DIR"
[ -d "$1" ] || exit 0
dir=$(cd "$1" && pwd)
mapfile -t pids < <(processes_with containerd "$dir/config.toml")
terminate 10 "${pids[@]}"
rm -f "$dir/containerd.pid"
