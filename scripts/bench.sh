#!/usr/bin/env bash
# make bench: measures the release build against a containerd of its own and prints what it measured beside the raw
# calls of the container runtime. Takes about fifteen minutes on an idle machine; everything it makes is removed again.
# Arguments go to swiftlet-bench, for example `--samples 5`. CONFIGURATION=debug measures the debug build.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
# shellcheck source=scripts/processes.sh
. "$(dirname "$0")/processes.sh"
cd "$ROOT"
need_root

bench=$WORK/bench
configuration=${CONFIGURATION:-release}

clean_up() {
    local -a left=()
    mapfile -t left < <(
        processes_with swiftlet "--config=$bench/kubelet/config.yaml"
        processes_with swiftlet "$bench/server/data"
    )
    terminate 20 "${left[@]}"
    scripts/containerd-cleanup.sh "$bench/containerd" swiftlet-bench || true
    scripts/unmount-below.sh "$bench" || true
    rm -rf --one-file-system "$bench"
}

say "building ($configuration)"
export SWIFTLET_BENCH=1
swiftlet=$(build_product "$configuration" swiftlet)
benchmark=$(build_product "$configuration" swiftlet-bench)
images=$(scripts/images.sh)

# What a run that was killed has left.
clean_up
trap clean_up EXIT
mkdir -p "$bench"
socket=$(scripts/containerd-start.sh "$bench/containerd")
scripts/import-images.sh "$socket" "$images"
if ! "$benchmark" --socket "$socket" --swiftlet "$swiftlet" --directory "$bench" "$@"; then
    tail -n 5 "$bench"/*/swiftlet.log >&2 || true
    die "not measured to the end"
fi
