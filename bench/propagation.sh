#!/usr/bin/env bash
# How soon three replicas follow a change of a key, while all of them are busy: switched off, switched on, revoked, running
# streams cut. First with the connections on which PostgreSQL tells of changes, then without them. Prints the table and puts it
# into bench/RESULTS.md.
#
# In the environment:
#   BENCH_PROPAGATION_ROUNDS=50  keys that are made and revoked
#   BENCH_RESULTS=FILE           another page than bench/RESULTS.md
#   BENCH_BIN=FOLDER             programs that are built already
set -euo pipefail
. "$(dirname "$0")/../scripts/lib.sh"
# shellcheck source=collect.sh
. bench/collect.sh
# shellcheck source=targets.sh
. bench/targets.sh
# shellcheck source=page.sh
. bench/page.sh

ROUNDS=${BENCH_PROPAGATION_ROUNDS:-50}
DEAF_ROUNDS=5
RESULTS=${BENCH_RESULTS:-bench/RESULTS.md}
WORK=$RUN/bench-propagation
RAW=$WORK/raw.tsv
SERVICES=bench-propagation
MANY=10000000
INSTANT=bench-e50-f0-g0-c0
ENDLESS=bench-e100000-f0-g250-c0
ORIGIN=http://localhost:3000
CHAT_STREAM='{"message":"What does the cordless drill cost?","session_id":"bench-{n}","stream":true}'
REPLICAS=(one two three)

busy() { # four clients of each replica read answers until they are stopped
    local replica
    for replica in "${REPLICAS[@]}"; do
        (beside "$BIN/bench-load" closed --connections 4 --seconds 600 --url "${AT[$replica-public]}/api/v1/chat" \
            --body "$CHAT_STREAM" --header "Authorization: Bearer ${KEY[fast]}" --header "Origin: $ORIGIN" \
            >"$WORK/load-$replica.out" 2>&1 </dev/null) &
        remember $! "$WORK/load-$replica.pid" || true
    done
}

follow() { # ROUNDS
    local replica replicas=()
    for replica in "${REPLICAS[@]}"; do replicas+=(--replica "${AT[$replica-public]#http://}"); done
    beside "$BIN/bench-load" propagation "${replicas[@]}" --manager "$MANAGER" --workspace endless --rounds "$1"
}

LISTENERS="FROM pg_stat_activity WHERE application_name = 'vestibule-listen'"

deafen() { # the role keeps the connections it has; those that listened cannot come back
    sql <<-SQL
		SELECT DISTINCT format('ALTER ROLE %I CONNECTION LIMIT 0', usename) $LISTENERS \gexec
		SELECT pg_terminate_backend(pid) $LISTENERS;
	SQL
}

deaf() { [[ $(sql --no-align --command "SELECT count(*) $LISTENERS") == 0 ]]; }

row() { # WHAT NAME GOAL_MS: of the lines on standard input
    awk -F= -v what="$1" -v name="$2" -v goal="$3" '
        $1 == name "_p50_ms" { p50 = $2 } $1 == name "_p99_ms" { p99 = $2 } $1 == name "_most_ms" { most = $2 }
        END { printf "| %s | %.1f | %.1f | %.1f | %s | %s |\n", what, p50, p99, most, goal, (most <= goal ? "met" : "missed") }'
}

# ---------------------------------------------------------------- main

command -v taskset >/dev/null || die "taskset is missing: apt-get install util-linux"
scripts/packages.sh build postgres
LOAD=$(cut -d ' ' -f 1 /proc/loadavg)
mkdir -p "$WORK"
umask 077
PSQL=$(command -v psql) || PSQL=$(find_postgres)/psql
built vestibule-bench-load vestibule-bench-upstream vestibule
: >"$RAW"
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
scripts/services.sh remove "$SERVICES"
exports=$(scripts/services.sh start "$SERVICES" postgres)
eval "$exports"
start_upstream
head -c 32 /dev/urandom | base64 >"$WORK/secret_key"
vestibule migrate >"$WORK/migrate.out" 2>&1 || die "\`vestibule migrate\` failed: $(tail -n 3 "$WORK/migrate.out")"
workspace fast "$INSTANT"
workspace endless "$ENDLESS"
MANAGER=$(vestibule keys create --kind secret --env test --name bench --quiet \
    --scope keys:read --scope keys:write --scope chat:write --scope messages:read --scope knowledge:query --scope widget:read)
# Few, so that all are open by the time when no more can be opened.
for replica in "${REPLICAS[@]}"; do start_vestibule "$replica" "$replica-" VESTIBULE_DATABASE_MAX_CONNECTIONS=3; done
busy
say "$ROUNDS keys, three busy replicas"
follow "$ROUNDS" >"$WORK/told"
say "$DEAF_ROUNDS keys, without being told"
deafen >"$WORK/deafen.out"
wait_until 10 deaf || die "somebody still listens"
follow "$DEAF_ROUNDS" >"$WORK/untold"
deaf || die "somebody listened again: the numbers say nothing"
{
    # shellcheck disable=SC2016 # the backticks are Markdown
    printf '## Propagation\n\nWritten by `bench/propagation.sh`, %s, %s CPUs, revision %s, load before %s: three replicas on one PostgreSQL, each answering four clients all the time; %s keys made,\n' \
        "$(date -u +'%Y-%m-%d %H:%M UTC')" "$(nproc)" "$(git describe --always --dirty 2>/dev/null || echo unknown)" "$LOAD" "$ROUNDS"
    printf 'switched off and on and revoked at the first one (%s without being told). From before the change is sent until a replica answers otherwise, and until a running stream ends; each replica counts.\n\n' "$DEAF_ROUNDS"
    printf '| change | p50 ms | p99 ms | most ms | bound ms | |\n|---|--:|--:|--:|--:|---|\n'
    row "switched off, refused" off 250 <"$WORK/told"
    row "switched on, answered" on 250 <"$WORK/told"
    row "revoked, refused" revoked 250 <"$WORK/told"
    row "revoked, streams cut" cut 1000 <"$WORK/told"
    row "switched off, listening connection down" off 5000 <"$WORK/untold"
    row "switched on, listening connection down" on 5000 <"$WORK/untold"
    row "revoked, listening connection down" revoked 5000 <"$WORK/untold"
    row "revoked, streams cut, listening connection down" cut 5000 <"$WORK/untold"
} >"$WORK/section.md"
put "Propagation"
