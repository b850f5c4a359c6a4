#!/usr/bin/env bash
# unmount-below.sh DIR - unmounts everything that is mounted below DIR, the newest first.
set -euo pipefail

[ -d "$1" ] || exit 0
dir=$(cd "$1" && pwd)
while read -r mount; do
    # mountinfo writes a blank as \040.
    mount=$(printf '%b' "$mount")
    case $mount in
    "$dir"/*) umount "$mount" 2>/dev/null || umount --lazy "$mount" ;;
    esac
done < <(cut -d ' ' -f 5 /proc/self/mountinfo | tac)
