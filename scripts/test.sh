#!/usr/bin/env bash
# Every test, against a PostgreSQL and a Redis that live as long as this script. Arguments go to the test runner.
# TEST_DATABASE_URL and TEST_REDIS_URL replace them; the role must be allowed to create databases and roles.
# TEST_PROGRAM is another `vestibule` for the tests that run the program: a release, the version before.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

SERVICES=test-$$ # of its own, so `make run` and a second `make test` are not disturbed
LOG=$RUN/log/test.log

services=()
[[ -n ${TEST_DATABASE_URL:-} ]] || services+=(postgres)
[[ -n ${TEST_REDIS_URL:-} ]] || services+=(redis)
scripts/packages.sh build "${services[@]}" newman python
# Some tests run behind nginx, HAProxy and PgBouncer or ask promtool, and pass without having run where only root could
# install them.
if [[ -n ${CI:-} ]] || ((EUID == 0)); then scripts/packages.sh nginx haproxy pgbouncer promtool; fi

remove_killed_runs test
mkdir -p "$RUN/log"
TOOLS=$(mktemp -d "$RUN/tools-XXXXXXXX")
trap '(trap "" INT TERM HUP; rm -rf "$TOOLS"; scripts/services.sh remove "$SERVICES")' EXIT
trap 'exit 130' INT TERM HUP

# Programs that tests run come from the network. They are fetched while the tests are compiled.
for tool in newman schemathesis; do
    scripts/tools.sh "$tool" >"$TOOLS/$tool" 2>"$TOOLS/$tool.log" </dev/null &
    eval "$tool=\$!"
done

if ((${#services[@]})); then
    exports=$(scripts/services.sh start "$SERVICES" --throwaway "${services[@]}")
    eval "$exports"
fi
if [[ -z ${TEST_DATABASE_URL:-} ]]; then
    # Without dropping them, a thousand databases of 10 MB are left by the end.
    export TEST_DATABASE_THROWAWAY=dropped
    if memory_has_room 10; then TEST_DATABASE_THROWAWAY=undropped; fi
fi
export DATABASE_URL=${TEST_DATABASE_URL:-$DATABASE_URL} REDIS_URL=${TEST_REDIS_URL:-$REDIS_URL}
export TEST_DATABASE_URL=$DATABASE_URL TEST_REDIS_URL=$REDIS_URL SQLX_OFFLINE=true

# Some tests kill servers of their own.
if bin=$(find_postgres); then export TEST_POSTGRES_BIN=$bin; fi

one_authority "$TOOLS"

# Twice as many at once as there are processors: most tests wait most of their time, for servers of their own, for a second
# to pass. With one a processor, a third of the time nothing ran.
tests() { # COMMAND...
    NEXTEST_TEST_THREADS=${NEXTEST_TEST_THREADS:-$((2 * $(nproc)))} \
        SSL_CERT_FILE=$TOOLS/authority.pem SSL_CERT_DIR=$TOOLS/authorities "$@"
}

tool_of() { # NAME VARIABLE: where the program is, for the tests that run it
    local pid=${!1}
    [[ -z ${!2:-} ]] || return 0
    if wait "$pid"; then
        export "$2=$(<"$TOOLS/$1")"
    else
        cat "$TOOLS/$1.log" >&2
        [[ -z ${CI:-} ]] || die "no $1"
        say "without $1: the tests that need it pass without having run"
    fi
}

# Groups what nextest says so that the slowest tests stand before its summary, which stays last.
with_slowest() {
    awk '
        / (PASS|FAIL|SLOW|TIMEOUT|LEAK) +\[ *[0-9.]+s\]/ {
            match($0, /\[ *[0-9.]+s\]/)
            took = substr($0, RSTART + 1, RLENGTH - 3) + 0
            name = substr($0, RSTART + RLENGTH + 1)
            if ($0 !~ / SLOW /) slowest[name] = took
        }
        /^ *Summary \[/ {
            print "The slowest tests:"
            for (shown = 0; shown < 15; shown++) {
                longest = ""
                for (name in slowest) if (longest == "" || slowest[name] > slowest[longest]) longest = name
                if (longest == "") break
                printf "%9.2f s %s\n", slowest[longest], longest
                delete slowest[longest]
            }
        }
        { print; fflush() }
    '
}

status=0
if cargo nextest --version >/dev/null 2>&1; then
    # nextest knows no documentation tests; they go first, so that the runner's summary is what stands last.
    (($#)) || cargo test --workspace --locked --doc --quiet || status=$?
    cargo nextest run --workspace --locked --no-run || exit
    tool_of newman VESTIBULE_TEST_NEWMAN
    tool_of schemathesis VESTIBULE_TEST_SCHEMATHESIS
    if [[ -n ${CI:-} ]]; then
        tests cargo nextest run --workspace --locked --profile ci "$@" 2>&1 | with_slowest || status=$?
    else
        tests cargo nextest run --workspace --locked "$@" || status=$?
    fi
else
    tool_of newman VESTIBULE_TEST_NEWMAN
    tool_of schemathesis VESTIBULE_TEST_SCHEMATHESIS
    tests cargo test --workspace --locked --no-fail-fast "$@" 2>&1 | tee "$LOG" || status=$?
    # One result line a test binary, far apart: their sum closes the run.
    awk '
        /^test result: / { passed += $4; failed += $6; ignored += $8; binaries++ }
        END { printf "test result of all %d binaries: %d passed; %d failed; %d ignored\n", binaries, passed, failed, ignored }
    ' "$LOG"
fi
exit "$status"
