#!/usr/bin/env bash
# Every test, against a PostgreSQL and a Redis that live as long as this script. Arguments go to the test runner.
# TEST_DATABASE_URL and TEST_REDIS_URL replace them; the role must be allowed to create databases and roles.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

SERVICES=test-$$ # of its own, so `make run` and a second `make test` are not disturbed
LOG=$RUN/log/test.log

services=()
[[ -n ${TEST_DATABASE_URL:-} ]] || services+=(postgres)
[[ -n ${TEST_REDIS_URL:-} ]] || services+=(redis)
scripts/packages.sh build "${services[@]}"

for name in $(scripts/services.sh list); do # of runs that were killed
    if [[ $name == test-* && ! -d /proc/${name#test-} ]]; then scripts/services.sh remove "$name"; fi
done
trap '(trap "" INT TERM HUP; scripts/services.sh remove "$SERVICES")' EXIT
trap 'exit 130' INT TERM HUP
if ((${#services[@]})); then
    exports=$(scripts/services.sh start "$SERVICES" "${services[@]}")
    eval "$exports"
fi
export DATABASE_URL=${TEST_DATABASE_URL:-$DATABASE_URL} REDIS_URL=${TEST_REDIS_URL:-$REDIS_URL}
export TEST_DATABASE_URL=$DATABASE_URL TEST_REDIS_URL=$REDIS_URL SQLX_OFFLINE=true

# The Postman collection is run where newman can be had: it comes from the network, and everything else does not need it.
newman=
if [[ -n ${VESTIBULE_TEST_NEWMAN:-} ]] || newman=$(scripts/newman.sh); then
    export VESTIBULE_TEST_NEWMAN=${VESTIBULE_TEST_NEWMAN:-$newman}
else
    say "without newman: the Postman collection is made and compared, but not run"
fi

status=0
if cargo nextest --version >/dev/null 2>&1; then
    # nextest knows no documentation tests; they go first, so that the runner's summary is what stands last.
    (($#)) || cargo test --workspace --locked --doc --quiet || status=$?
    cargo nextest run --workspace --locked --no-fail-fast "$@" || status=$?
else
    mkdir -p "${LOG%/*}"
    cargo test --workspace --locked --no-fail-fast "$@" 2>&1 | tee "$LOG" || status=$?
    # One result line a test binary, far apart: their sum closes the run.
    awk '
        /^test result: / { passed += $4; failed += $6; ignored += $8; binaries++ }
        END { printf "test result of all %d binaries: %d passed; %d failed; %d ignored\n", binaries, passed, failed, ignored }
    ' "$LOG"
fi
exit "$status"
