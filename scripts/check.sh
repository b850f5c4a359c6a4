#!/usr/bin/env bash
# make check: the formatter's lint, shellcheck, and the rules of the house that neither of them knows.
set -euo pipefail
# shellcheck source=scripts/env.sh
. "$(dirname "$0")/env.sh"
cd "$ROOT"

failed=0
# complain RULE FINDINGS - fails the check if there are any, and shows them.
complain() {
    [ -n "$2" ] || return 0
    printf '%s:\n%s\n' "$1" "$2" >&2
    failed=1
}

# Only files git knows or would add: a developer's scratch files in ignored folders are nobody's business.
mapfile -t swift_files < <(
    git ls-files --cached --others --exclude-standard -- '*.swift' | grep -v -e '\.pb\.swift$' -e '\.grpc\.swift$' |
        while read -r file; do [ ! -f "$file" ] || printf '%s\n' "$file"; done
)
mapfile -t shell_files < <(git ls-files --cached --others --exclude-standard -- '*.sh' .ci/run)
mapfile -t sources < <(printf '%s\n' "${swift_files[@]}" | grep '^Sources/')

say "swift format lint (${#swift_files[@]} files)"
swift format lint --strict --parallel "${swift_files[@]}" || failed=1

say "shellcheck (${#shell_files[@]} files)"
if command -v shellcheck >/dev/null; then
    shellcheck --external-sources "${shell_files[@]}" || failed=1
else
    say "shellcheck is not installed (make deps): skipped"
fi

say "house rules"
# search PATTERN FILE... - prints the lines that match; none is no failure.
search() {
    grep -nHE "$@" || true
}

complain "file names that say nothing" "$(printf '%s\n' "${swift_files[@]}" |
    grep -E '(Helpers?|Utils?|Utilities|Common|Base|Impl)(\+[^/]*)?\.swift$' || true)"

complain "traps in Sources" "$(search '\btry!|\bas! ' "${sources[@]}")"

complain "Foundation in Sources (it costs memory and binary size)" "$(
    search '^ *((public|package|internal|private|@[A-Za-z()]+) )*import ([a-z]+ )?Foundation' "${sources[@]}" |
        grep -v '^Sources/ClusterPKI/CertificateBuilding.swift:')"

complain "public access in Sources (package is enough)" "$(search '^ *(@[A-Za-z]+ )*(public|open) ' "${sources[@]}")"

complain "files too long" "$(
    for file in "${swift_files[@]}"; do
        limit=500
        [[ $file != Tests/* ]] || limit=700
        lines=$(wc -l <"$file")
        [ "$lines" -le "$limit" ] || printf '%s: %s lines, at most %s\n' "$file" "$lines" "$limit"
    done)"

# The formatter fixes the indentation, so a function ends at the first brace as deep as it began.
complain "functions too long" "$(awk '
    FNR == 1 { start = 0 }
    !start && /^ *([a-z@(][A-Za-z@()]* )*(func [^ ]|init[?(<])/ && !/}$/ {
        match($0, /^ */); indent = RLENGTH; start = FNR; next
    }
    start && match($0, /^ *}/) && RLENGTH == indent + 1 && !/{$/ {
        if (FNR - start > 80) printf "%s:%d: %d lines, at most 80\n", FILENAME, start, FNR - start
        start = 0
    }
' "${sources[@]}")"

exit "$failed"
