#!/usr/bin/env bash
# Makes the container images that the demo and the tests run, from Debian packages, without any registry:
# one OCI archive per folder of images/, named by its `reference`, in $WORK/images. Prints that folder.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"

archives=$WORK/images
stamp=$archives/inputs.sha256
epoch=1970-01-01T00:00:00Z

# Digest of everything the images are made by. A newer Debian package alone does not rebuild them.
inputs() {
    (cd "$ROOT" && find images scripts/images.sh scripts/unpack-debs.sh -type f -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum)
}

complete() {
    [ "$(cat "$stamp" 2>/dev/null)" = "$1" ] || return 1
    local recipe
    for recipe in "$ROOT"/images/*/reference; do
        [ -f "$archives/$(basename "$(dirname "$recipe")").tar" ] || return 1
    done
}

build() {
    local name=$1
    local recipe=$ROOT/images/$name
    local scratch=$archives/.build-$name
    local layout=$scratch/layout
    local reference
    reference=$(cat "$recipe/reference")
    rm -rf "$scratch"
    mkdir -p "$scratch/rootfs"
    "$recipe/rootfs.sh" "$scratch/rootfs"

    # A fixed order, owner and time, so that the same packages always give the same image ID.
    tar --create --file "$scratch/layer.tar" --directory "$scratch/rootfs" \
        --sort=name --numeric-owner --owner=0 --group=0 --mtime=@0 .
    umoci init --layout "$layout"
    umoci new --image "$layout:$reference"
    umoci raw add-layer --image "$layout:$reference" \
        --history.created "$epoch" --history.created_by "images/$name/rootfs.sh" "$scratch/layer.tar"
    local flags
    mapfile -t flags <"$recipe/config"
    umoci config --image "$layout:$reference" --no-history --created "$epoch" "${flags[@]}"
    umoci gc --layout "$layout"

    tar --create --file "$scratch/image.tar" --directory "$layout" \
        --sort=name --numeric-owner --owner=0 --group=0 --mtime=@0 .
    mv "$scratch/image.tar" "$archives/$name.tar"
    rm -rf "$scratch"
}

mkdir -p "$archives"
# Two runs at a time would build into each other's folders.
exec 9>"$archives/.lock"
flock 9
digest=$(inputs)
if ! complete "$digest"; then
    need_root
    rm -f "$stamp"
    for recipe in "$ROOT"/images/*/reference; do
        name=$(basename "$(dirname "$recipe")")
        say "making the image $(cat "$recipe")"
        build "$name" 9>&-
    done
    printf '%s\n' "$digest" >"$stamp"
fi
printf '%s\n' "$archives"
