# shellcheck shell=bash
# Sourced: finding and ending processes by what they are, so that a reused process ID is never taken for ours.

# processes_with NAME ARGUMENT - prints the IDs of the live processes called NAME (a prefix; the kernel keeps 15
# bytes) with exactly ARGUMENT on their command line. A zombie has no command line any more.
processes_with() {
    local status name pid
    for status in /proc/[0-9]*/comm; do
        { read -r name <"$status"; } 2>/dev/null || continue
        case $name in
        "${1:0:15}"*) ;;
        *) continue ;;
        esac
        pid=${status#/proc/}
        pid=${pid%/comm}
        if tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qFx -e "$2"; then
            printf '%s\n' "$pid"
        fi
    done
}

# Whether process $1 is there and is not a zombie.
alive() {
    [ -n "$(tr -d '\0' 2>/dev/null <"/proc/$1/cmdline")" ] 2>/dev/null
}

# terminate SECONDS PID... - asks the processes to end, and kills those that have not after SECONDS.
terminate() {
    local tenths=$(($1 * 10)) pid
    shift
    for pid in "$@"; do
        kill -TERM "$pid" 2>/dev/null || true
    done
    for pid in "$@"; do
        while alive "$pid" && [ "$tenths" -gt 0 ]; do
            tenths=$((tenths - 1))
            sleep 0.1
        done
        if alive "$pid"; then
            kill -KILL "$pid" 2>/dev/null || true
        fi
    done
}
