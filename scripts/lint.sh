#!/usr/bin/env bash
# Everything that can be said about the code without running it. Runs all checks, then lists them; fails if one failed.
# shellcheck disable=SC2317,SC2329 # the checks are called by name
set -euo pipefail
. "$(dirname "$0")/lib.sh"

RESULTS=()
FAILED=0

CANNOT=77 # the status of a check that lacks what it needs and cannot install it

check() { # NAME COMMAND...
    local name=$1 started=$SECONDS status=0
    shift
    say "== $name"
    "$@" </dev/null || status=$?
    case $status in
        0) RESULTS+=("ok       $name ($((SECONDS - started)) s)") ;;
        "$CANNOT") RESULTS+=("UNKNOWN  $name: could not be judged here, see above") ;;
        *)
            RESULTS+=("FAILED   $name")
            FAILED=1
            ;;
    esac
}

# ---------------------------------------------------------------- what is checked

scripts_parse() {
    local file
    for file in scripts/*.sh bench/*.sh clients/*/*.sh deploy/*/*.sh deploy/*/*/*.sh .ci/*; do bash -n "$file" || return; done
}

sql_stays_in_storage() {
    ! git grep -nE --untracked '\bquery(_as|_scalar|_file|_file_as|_file_scalar)?(_unchecked)?!' -- '*.rs' ':!src/storage' ||
        { say "SQL belongs into src/storage"; return 1; }
}

no_path_of_a_machine() {
    ! git grep -nIE --untracked '(^|[^[:alnum:]_.~/-])/(root|work|home/[a-z]+|Users/[A-Za-z]+)/' -- ':!upstream/recordings' ||
        { say "these paths exist on one machine only"; return 1; }
}

compose_file() { # with all its profiles, and with the file of replicas besides
    local compose=("docker" "compose")
    docker compose version >/dev/null 2>&1 || compose=("$(scripts/tools.sh compose)") || return
    compose+=(--env-file /dev/null --profile tls --profile monitoring --file docker-compose.yml)
    "${compose[@]}" config --quiet && "${compose[@]}" --file deploy/replicas.yml config --quiet
}

dependencies() {
    "$CARGO_DENY" --locked check --hide-inclusion-graph licenses bans sources
}

advisories() { # the list of them comes from the network; without it there is nothing to judge by
    local log=$RUN/log/advisories.log
    "$CARGO_DENY" --locked check advisories 2>"$log" && return
    cat "$log" >&2
    if grep -qiE 'failed to fetch|failed to (clone|open) advisory|unable to (clone|fetch)' "$log"; then
        say "the advisory database cannot be fetched"
        return "$CANNOT"
    fi
    return 1
}

# ---------------------------------------------------------------- main

mkdir -p "$RUN/log"
scripts/packages.sh build postgres python shellcheck
export SQLX_OFFLINE=true

# Where it is missing it is compiled, best while clippy has only this crate left and a core is idle.
nice -n 10 scripts/tools.sh cargo-deny >"$RUN/log/cargo-deny.path" &
deny=$!

check "formatting" cargo fmt --all --check
check "scripts parse" scripts_parse
check "shellcheck" shellcheck --external-sources --source-path=SCRIPTDIR scripts/*.sh bench/*.sh clients/*/*.sh deploy/*/*.sh \
    deploy/*/*/*.sh .ci/*
if git rev-parse --git-dir >/dev/null 2>&1; then
    check "SQL only in src/storage" sql_stays_in_storage
    check "no path of a machine" no_path_of_a_machine
else
    RESULTS+=("UNKNOWN  SQL only in src/storage, no path of a machine: not a git checkout")
fi
check "compose file" compose_file
# One pass for both: clippy compiles the crate, so the queries may as well ask the database then.
check "clippy, and .sqlx is fresh" scripts/sqlx.sh check cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
check "rustdoc" env RUSTDOCFLAGS="-D warnings" cargo doc --workspace --lib --no-deps --locked --quiet
if wait "$deny"; then
    CARGO_DENY=$(<"$RUN/log/cargo-deny.path")
    check "licences, bans, sources" dependencies
    check "advisories" advisories
else
    RESULTS+=("FAILED   licences, bans, sources, advisories: cargo-deny could not be installed")
    FAILED=1
fi

say ""
printf '%s\n' "${RESULTS[@]}" >&2
exit "$FAILED"
