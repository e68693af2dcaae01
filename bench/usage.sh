#!/usr/bin/env bash
# How fast usage is added up and answered: a day of events through the real roller, its sums copied over thirty days, then
# every kind of question, asked over HTTP. Prints the table and puts it into bench/RESULTS.md.
#
# In the environment:
#   BENCH_USAGE_EVENTS=1000000   events of a day
#   BENCH_USAGE_ASKED=15         how often each question is asked
#   BENCH_RESULTS=FILE           another page than bench/RESULTS.md
#   BENCH_BIN=FOLDER             programs that are built already
set -euo pipefail
. "$(dirname "$0")/../scripts/lib.sh"
# shellcheck source=page.sh
. bench/page.sh
# shellcheck source=usage_day.sh
. bench/usage_day.sh

EVENTS=${BENCH_USAGE_EVENTS:-1000000}
ASKED=${BENCH_USAGE_ASKED:-15}
RESULTS=${BENCH_RESULTS:-bench/RESULTS.md}
DAYS=30
GOAL_MS=200
WORK=$RUN/bench-usage
SERVICES=bench-usage

settings() { # in a subshell of its own
    export VESTIBULE_SECRET_KEY_FILE=$WORK/secret_key VESTIBULE_DATABASE_URL=$DATABASE_URL
    # Nothing is asked of AnythingLLM.
    export VESTIBULE_UPSTREAM_URL=http://127.0.0.1:9 VESTIBULE_UPSTREAM_API_KEY=checked-by-nobody
    export VESTIBULE_PUBLIC_LISTEN=127.0.0.1:$PUBLIC VESTIBULE_ADMIN_LISTEN=127.0.0.1:0 VESTIBULE_OPS_LISTEN=127.0.0.1:$OPS
    export VESTIBULE_USAGE_SPOOL_DIR=$WORK/spool VESTIBULE_USAGE_ROLLUP_MILLIS=100 VESTIBULE_LIMITS_KEY_PER_MINUTE=100000 VESTIBULE_LIMITS_KEY_BURST=100000
    unset REDIS_URL DATABASE_URL
}

vestibule() { (settings && exec "$BIN/vestibule" "$@"); }

ask() { timed "$1" "http://127.0.0.1:$PUBLIC$2" -H "Authorization: Bearer $KEY"; } # WHAT PATH

# ---------------------------------------------------------------- main

scripts/packages.sh build postgres
mkdir -p "$WORK"
umask 077
PSQL=$(command -v psql) || PSQL=$(find_postgres)/psql
built vestibule
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
scripts/services.sh remove "$SERVICES"
exports=$(scripts/services.sh start "$SERVICES" postgres)
eval "$exports"
PUBLIC=$(free_port) OPS=$(free_port)
head -c 32 /dev/urandom | base64 >"$WORK/secret_key"
vestibule migrate >"$WORK/migrate.out" 2>&1 || die "\`vestibule migrate\` failed: $(tail -n 3 "$WORK/migrate.out")"
shops
KEY=$(vestibule keys create --kind secret --env test --name bench --scope usage:read --quiet)

say "$EVENTS events of a day"
began=$SECONDS
events
wrote=$((SECONDS - began))
say "  written in $wrote s"
# Not by the function, whose shell would be what is remembered and stopped.
(settings && exec "$BIN/vestibule" serve) >/dev/null 2>"$WORK/vestibule.err" </dev/null &
remember $! "$WORK/vestibule.pid" || die "vestibule did not start: $(tail -n 3 "$WORK/vestibule.err")"
began=$(date +%s%N)
wait_until 900 drained || die "the events were not added up in a quarter of an hour"
took_ms=$((($(date +%s%N) - began) / 1000000))
say "  added up in $took_ms ms"
counted=$(sql --command "SELECT sum(requests) FROM vestibule.usage_rollups WHERE (granularity, scope, dimension) = ('day', 'tenant', 'none')
    AND starts_at < date_trunc('day', now(), 'UTC')")
[[ $counted == "$EVENTS" ]] || die "$EVENTS events were written, $counted are in the sums"
began=$SECONDS
copy_days 1 $((DAYS - 1)) hour day
rows=$(sql --command "SELECT count(*) FROM vestibule.usage_rollups")
bytes=$(sql --command "SELECT pg_size_pretty(pg_total_relation_size('vestibule.usage_rollups'))")
say "  copied over $DAYS days in $((SECONDS - began)) s: $rows rows, $bytes"

to=$(date -u +%Y-%m-%dT00:00:00Z)
month="from=$(date -u -d "-$DAYS days" +%Y-%m-%dT00:00:00Z)&to=$to"
week="from=$(date -u -d '-7 days' +%Y-%m-%dT00:00:00Z)&to=$to"
{
    # shellcheck disable=SC2016 # the backticks are Markdown
    printf '## Usage\n\nWritten by `bench/usage.sh`, %s, %s CPUs, revision %s, load before %s: %s events of one day through the writer'"'"'s trigger and the real roller, their sums\n' \
        "$(date -u +'%Y-%m-%d %H:%M UTC')" "$(nproc)" "$(git describe --always --dirty 2>/dev/null || echo unknown)" "$(cut -d ' ' -f 1 /proc/loadavg)" "$EVENTS"
    printf 'copied over %s days; %s keys in %s workspaces, 3 origins each, 1,000 strange ones. %s rows of sums, %s. Each question %s times, one after the other.\n\n' \
        "$DAYS" "$KEYS" "$WORKSPACES" "$rows" "$bytes" "$ASKED"
    printf 'Written (one statement, with the copy that waits): %s events/s. Added up: %s events/s.\n\n' \
        $((EVENTS / (wrote > 0 ? wrote : 1))) $((EVENTS * 1000 / took_ms))
    printf '| question | p50 ms | most ms | KiB | < %s ms |\n|---|--:|--:|--:|---|\n' "$GOAL_MS"
    ask "$DAYS days" "/api/v1/usage?granularity=day&$month"
    for group in key workspace outcome route origin; do
        ask "$DAYS days by $group" "/api/v1/usage?granularity=day&group_by=$group&$month"
    done
    ask "$DAYS days by hour" "/api/v1/usage?granularity=hour&$month"
    for group in key workspace outcome route origin; do
        ask "7 days by hour and $group" "/api/v1/usage?granularity=hour&group_by=$group&$week"
    done
    ask "$DAYS days of a workspace by key" "/api/v1/usage?granularity=day&workspace=shop-1&group_by=key&$month"
    ask "$DAYS days of a key by hour" "/api/v1/keys/000000000001/usage?granularity=hour&$month"
    ask "$DAYS days by key, as CSV" "/api/v1/usage?granularity=day&group_by=key&format=csv&$month"
} >"$WORK/section.md"
put "Usage"
