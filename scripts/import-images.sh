#!/usr/bin/env bash
# import-images.sh SOCKET [FOLDER] - makes the image archives of FOLDER (default: those of images.sh) known to CRI in
# the containerd at SOCKET. Images that are already there are left alone.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

[ $# -ge 1 ] || die "usage: import-images.sh SOCKET [FOLDER]"
socket=$1
archives=${2:-$WORK/images}

containerd_ctl() {
    ctr --address "$socket" --namespace k8s.io "$@"
}

# Whether CRI knows REFERENCE as DIGEST: the label is CRI's own, set when it has taken note of the image.
known() {
    containerd_ctl images list "name==$1" | grep -F "$2" | grep -qF io.cri-containerd.image=managed
}

for archive in "$archives"/*.tar; do
    [ -f "$archive" ] || die "no image archives in $archives"
    index=$(tar --extract --to-stdout --file "$archive" ./index.json)
    reference=$(sed -n 's/.*"org.opencontainers.image.ref.name":"\([^"]*\)".*/\1/p' <<<"$index")
    digest=$(sed -n 's/.*"digest":"\([^"]*\)".*/\1/p' <<<"$index")
    if known "$reference" "$digest"; then
        continue
    fi
    containerd_ctl images import "$archive" >/dev/null
    for _ in $(seq 100); do
        known "$reference" "$digest" && continue 2
        sleep 0.05
    done
    die "$archive was imported but CRI does not list $reference"
done
