#!/usr/bin/env bash
# test.sh [ARGUMENT...] - builds and runs all tests, those that drive a real containerd and stock kubectl included.
# Arguments go to `swift test`, for example `--filter NodeTests`.
#
# Node tests find what they need in the environment: SWIFTLET_IMAGES (folder of image archives), SWIFTLET_KUBECTLS
# (paths separated by colons), SWIFTLET_BINARY, and SWIFTLET_NODE_DIR, a short path. A test that needs a node takes a
# folder NAME below it as the server's data directory, NAME/containerd for the private containerd, and the cgroup
# swiftlet-test/NAME; whatever it leaves there is removed at the end. Each one that runs adds a line to the file `ran`.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
# shellcheck source=scripts/processes.sh
. "$(dirname "$0")/processes.sh"
cd "$ROOT"
need_root

timed() {
    local name=$1 start=$SECONDS status=0
    shift
    say "$name"
    # Kept by hand: where the caller looks at the status, `set -e` does not end this function.
    "$@" || status=$?
    say "$name: $((SECONDS - start)) s"
    return "$status"
}

# A test that crashed leaves its server, containerd and pods behind; nothing may outlive the run.
clean_up() {
    local directory servers registry
    for directory in "$SWIFTLET_NODE_DIR"/*/; do
        directory=${directory%/}
        [ -d "$directory" ] || continue
        mapfile -t servers < <(
            processes_with swiftlet "$directory"
            processes_with swiftlet "--root-dir=$directory/kubelet"
        )
        for registry in "$directory"/registry-*/config.yml; do
            mapfile -t -O "${#servers[@]}" servers < <(processes_with docker-registry "$registry")
        done
        terminate 10 "${servers[@]}"
        scripts/containerd-cleanup.sh "$directory/containerd" "swiftlet-test/${directory##*/}" || true
        [ ! -f "$directory/machine.log" ] || scripts/machine-cleanup.sh "$directory" || true
    done
    scripts/unmount-below.sh "$SWIFTLET_NODE_DIR" || true
    rm -rf --one-file-system "$SWIFTLET_NODE_DIR"
}

SWIFTLET_IMAGES=$(scripts/images.sh)
SWIFTLET_KUBECTLS=$(scripts/kubectls.sh | paste --serial --delimiters :)
SWIFTLET_NODE_DIR=$(mktemp --directory /tmp/swiftlet-XXXXXX)
export SWIFTLET_IMAGES SWIFTLET_KUBECTLS SWIFTLET_NODE_DIR
trap clean_up EXIT
# For the tests on a machine with systemd.
scripts/machine-tree.sh >/dev/null

# For the tests of the CRI client, which need no server.
SWIFTLET_CONTAINERD_SOCKET=$(scripts/containerd-start.sh "$SWIFTLET_NODE_DIR/cri/containerd")
export SWIFTLET_CONTAINERD_SOCKET
scripts/import-images.sh "$SWIFTLET_CONTAINERD_SOCKET" "$SWIFTLET_IMAGES"

timed "building the tests" swift build --build-tests
SWIFTLET_BINARY=$(swift build --show-bin-path)/swiftlet
export SWIFTLET_BINARY

passed=true
if [ $# -gt 0 ]; then
    timed "running the tests" swift test --skip-build "$@" || passed=false
else
    # One after the other: a thousand unit tests at once leave nodes too little of a small machine.
    timed "running the tests without nodes" swift test --skip-build --skip '^NodeTests' || passed=false
    timed "running the tests on nodes" swift test --skip-build --filter '^NodeTests' || passed=false
fi
touch "$SWIFTLET_NODE_DIR/ran"
ran=$(wc -l <"$SWIFTLET_NODE_DIR/ran")
say "$ran node tests ran with $(tr : '\n' <<<"$SWIFTLET_KUBECTLS" | wc -l) versions of kubectl"
if ! $passed; then
    tail -n 25 "$SWIFTLET_NODE_DIR"/*/*.log >&2 || true
    die "some tests failed; above are the last lines of the nodes' logs"
fi
# Without arguments nothing is left out; node tests that did not run would be green for nothing.
[ $# -gt 0 ] || [ "$ran" -gt 0 ] || die "no node test ran"
