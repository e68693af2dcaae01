#!/usr/bin/env bash
# What a real AnythingLLM does otherwise than the recordings: replays them against it, runs the other contract tests, and
# prints what changed. For taking up a new version; see upstream/versions.md. Exits 1 if anything changed.
#
#   CONTRACT_UPSTREAM_API_KEY=... upstream.sh http://127.0.0.1:3001 [FOLDER]
#
# With FOLDER, every exchange is kept there in the form of the recordings. The server needs accounts (multi-user mode) and
# single sign-on, and is left with the users and documents of the tests: never name one that is in use.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

URL=${1:-}
[[ $URL == http://* ]] || die "needs the address of an AnythingLLM, http://HOST:PORT"
[[ -n ${CONTRACT_UPSTREAM_API_KEY:-} ]] || die "needs a key of its developer API in CONTRACT_UPSTREAM_API_KEY"
export CONTRACT_UPSTREAM_URL=${URL%/}
[[ -z ${2:-} ]] || { mkdir -p "$2" && CONTRACT_KEEP=$(cd "$2" && pwd) && export CONTRACT_KEEP; }
LOG=$RUN/log/upstream.log
mkdir -p "$RUN/log"

cargo test --package vestibule-stand-in --test contract --locked --no-run
status=0
# One after the other: the tests count and list what else is on the server.
cargo test --quiet --package vestibule-stand-in --test contract --locked \
    areas -- --nocapture --test-threads 1 >"$LOG" 2>&1 || status=$?

section() { # TITLE PATTERN: what the tests said in lines like this, each once
    local lines
    lines=$(grep -E "$2" "$LOG" | sort | uniq) || return 0
    printf '\n%s\n\n%s\n' "$1" "$lines"
}

# A test that broke off without comparing anything has a place instead of a recording.
BROKE='^(thread .* panicked at .*tests/contract/(areas|client|recording)|assertion .*failed|  (left|right): )'
printf '%s\n' "Against $CONTRACT_UPSTREAM_URL:"
section "Changed:" '^[a-z-]+/[A-Za-z0-9_]+: '
section "Tests that broke off:" "$BROKE"
section "Told, since it comes with how the server is set up:" '^TOLD '
section "Left out:" '(^|\.\.\. )SKIPPED ' | sed -E 's/^test .*SKIPPED /SKIPPED /' | awk '!seen[$0]++'
printf '\n'
grep -E '^test result: ' "$LOG" || status=1
printf 'The whole of it is in %s\n' "${LOG#"$PWD"/}"
exit "$status"
