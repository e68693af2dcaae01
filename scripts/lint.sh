#!/usr/bin/env bash
# Everything that can be said about the code without running it. Runs all checks, then lists them; fails if one failed.
# shellcheck disable=SC2317,SC2329 # the checks are called by name
set -euo pipefail
. "$(dirname "$0")/lib.sh"

RESULTS=()
FAILED=0

CANNOT=77 # the status of a check that lacks what it needs here

check() { # NAME COMMAND...
    local name=$1 started=$SECONDS status=0
    shift
    say "== $name"
    "$@" </dev/null || status=$?
    case $status in
        0) RESULTS+=("ok       $name ($((SECONDS - started)) s)") ;;
        "$CANNOT") RESULTS+=("skipped  $name: what it needs is not here, see above") ;;
        *)
            RESULTS+=("FAILED   $name")
            FAILED=1
            ;;
    esac
}

skip() { # NAME REASON
    RESULTS+=("skipped  $1: $2")
}

# ---------------------------------------------------------------- what is checked

scripts_parse() {
    local file
    for file in scripts/*.sh bench/*.sh .ci/run; do bash -n "$file" || return; done
}

sql_stays_in_storage() {
    ! git grep -nE --untracked '\bquery(_as|_scalar|_file|_file_as|_file_scalar)?(_unchecked)?!' -- '*.rs' ':!src/storage' ||
        { say "SQL belongs into src/storage"; return 1; }
}

no_path_of_a_machine() {
    ! git grep -nIE --untracked '(^|[^[:alnum:]_.~/-])/(root|work|home/[a-z]+|Users/[A-Za-z]+)/' -- ':!upstream/recordings' ||
        { say "these paths exist on one machine only"; return 1; }
}

compose_file() { # every variable the file insists on gets a value
    local names
    mapfile -t names < <(sed -n 's/.*[$]{\([A-Z_]*\):?.*/\1=lint/p' docker-compose.yml)
    env "${names[@]}" docker compose --env-file /dev/null --file docker-compose.yml config --quiet
}

advisories() { # the list of them comes from the network; without it there is nothing to judge by
    local log=$RUN/log/advisories.log
    cargo deny --locked check advisories 2>"$log" && return
    cat "$log" >&2
    if grep -qiE 'failed to fetch|failed to (clone|open) advisory|unable to (clone|fetch)' "$log"; then
        say "the advisory database cannot be fetched"
        return "$CANNOT"
    fi
    return 1
}

# ---------------------------------------------------------------- main

mkdir -p "$RUN/log"
scripts/packages.sh build postgres
export SQLX_OFFLINE=true

check "formatting" cargo fmt --all --check
check "scripts parse" scripts_parse
if command -v shellcheck >/dev/null; then
    check "shellcheck" shellcheck --external-sources --source-path=SCRIPTDIR scripts/*.sh bench/*.sh .ci/run
else
    skip "shellcheck" "not installed"
fi
if git rev-parse --git-dir >/dev/null 2>&1; then
    check "SQL only in src/storage" sql_stays_in_storage
    check "no path of a machine" no_path_of_a_machine
else
    skip "SQL only in src/storage, no path of a machine" "not a git checkout"
fi
check "clippy" cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
check "rustdoc" env RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
check ".sqlx is fresh" scripts/sqlx.sh check
if cargo deny --version >/dev/null 2>&1; then
    check "licences, bans, sources" cargo deny --locked check --hide-inclusion-graph licenses bans sources
    check "advisories" advisories
else
    skip "licences, bans, sources, advisories" "cargo-deny is not installed (cargo install --locked cargo-deny)"
fi
if docker compose version >/dev/null 2>&1; then
    check "compose file" compose_file
else
    skip "compose file" "no docker with compose here"
fi

say ""
printf '%s\n' "${RESULTS[@]}" >&2
exit "$FAILED"
