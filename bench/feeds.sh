#!/usr/bin/env bash
# How long chats take while the same process reads a hostile feed, in turn with it and without it: as a ratio, because the
# milliseconds are the machine's. Prints the table and puts it into bench/RESULTS.md.
#
# In the environment:
#   BENCH_FEEDS_ROUNDS=7  turns
#   BENCH_RESULTS=FILE    another page than bench/RESULTS.md
#   BENCH_BIN=FOLDER      the gateway and the stand-in, built already
set -euo pipefail
. "$(dirname "$0")/../scripts/lib.sh"
# shellcheck source=collect.sh
. bench/collect.sh
# shellcheck source=targets.sh
. bench/targets.sh
# shellcheck source=page.sh
. bench/page.sh

ROUNDS=${BENCH_FEEDS_ROUNDS:-7}
RESULTS=${BENCH_RESULTS:-bench/RESULTS.md}
WORK=$RUN/bench-feeds
SERVICES=bench-feeds
MANY=10000000
ORIGIN=http://localhost:3000
UPSTREAM_KEY=$(random_hex 16)

ready() { curl -sf --noproxy '*' --max-time 2 -o "$WORK/ready.out" "http://127.0.0.1:$OPS/readyz"; }

value() { sed -n "s/^$1=//p" "$WORK/figures"; }

# ---------------------------------------------------------------- main

command -v python3 >/dev/null || die "python3 is missing: apt-get install python3"
scripts/packages.sh build postgres
LOAD=$(cut -d ' ' -f 1 /proc/loadavg)
mkdir -p "$WORK"
umask 077
built vestibule vestibule-stand-in
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
scripts/services.sh remove "$SERVICES"
exports=$(scripts/services.sh start "$SERVICES" postgres)
eval "$exports"
start_stand_in "$UPSTREAM_KEY"
AT[upstream]=$UPSTREAM
head -c 32 /dev/urandom | base64 >"$WORK/secret_key"
settings() {
    export VESTIBULE_SECRET_KEY_FILE=$WORK/secret_key VESTIBULE_DATABASE_URL=$DATABASE_URL VESTIBULE_LOG_LEVEL=warn
    export VESTIBULE_UPSTREAM_URL=${AT[upstream]} VESTIBULE_UPSTREAM_API_KEY=$UPSTREAM_KEY
    export VESTIBULE_LIMITS_FLOOD_PER_IP_PER_SECOND=$MANY VESTIBULE_LIMITS_FLOOD_BURST=$MANY
    export VESTIBULE_LIMITS_KEY_PER_MINUTE=$MANY VESTIBULE_LIMITS_KEY_BURST=$MANY VESTIBULE_LIMITS_IP_PER_MINUTE=$MANY
    export VESTIBULE_LIMITS_VISITOR_PER_MINUTE=$MANY VESTIBULE_USAGE_SPOOL_DIR=$WORK/spool
    export VESTIBULE_OUTBOUND_ALLOWED_NETWORKS=127.0.0.0/8 VESTIBULE_CATALOG_POLL_MILLIS=100
    unset REDIS_URL DATABASE_URL
}
vestibule migrate >"$WORK/migrate.out" 2>&1 || die "\`vestibule migrate\` failed: $(tail -n 3 "$WORK/migrate.out")"
vestibule workspaces create --slug shop --name shop >"$WORK/workspace.out"
SHOP_KEY=$(new_key shop)
MANAGER=$(vestibule keys create --kind secret --env test --name bench --quiet --scope workspaces:read --scope workspaces:write)
PUBLIC=$(free_port) ADMIN=$(free_port) OPS=$(free_port)
(
    settings
    # shellcheck disable=SC2030,SC2031 # for this one process
    export VESTIBULE_PUBLIC_LISTEN=127.0.0.1:$PUBLIC VESTIBULE_ADMIN_LISTEN=127.0.0.1:$ADMIN VESTIBULE_OPS_LISTEN=127.0.0.1:$OPS
    exec "$BIN/vestibule" serve
) >"$WORK/vestibule.out" 2>&1 </dev/null &
remember $! "$WORK/vestibule.pid" || true
wait_until 30 ready || die "the gateway did not start: $(tail -n 3 "$WORK/vestibule.out")"
say "$ROUNDS turns with and without a hostile feed"
python3 bench/feeds.py --url "http://127.0.0.1:$PUBLIC" --manager "$MANAGER" --key "$SHOP_KEY" --origin "$ORIGIN" \
    --workspace shop --rounds "$ROUNDS" >"$WORK/figures"
{
    # shellcheck disable=SC2016 # the backticks are Markdown
    printf '## Hostile feeds\n\nWritten by `bench/feeds.sh`, %s, %s CPUs, revision %s, load before %s: %s chats one after the other\n' \
        "$(date -u +'%Y-%m-%d %H:%M UTC')" "$(nproc)" "$(git describe --always --dirty 2>/dev/null || echo unknown)" "$LOAD" "$(value chats)"
    printf 'without a feed and as many while the same process reads one, in %s turns. Its descriptions are 240 KB each of markup\n' "$ROUNDS"
    printf 'that costs most; %s MB of it were read a second.\n\n' "$(value feed_mb_a_second)"
    printf '| chats | p50 ms | p95 ms | p99 ms |\n|---|--:|--:|--:|\n'
    printf '| without a feed | %s | %s | %s |\n' "$(value without_p50_ms)" "$(value without_p95_ms)" "$(value without_p99_ms)"
    printf '| beside a hostile feed | %s | %s | %s |\n\n' "$(value beside_p50_ms)" "$(value beside_p95_ms)" "$(value beside_p99_ms)"
    printf 'Ratio of the medians, turn by turn: %s (%s to %s); of the 99th percentiles %s.\n' \
        "$(value ratio_p50)" "$(value ratio_p50_least)" "$(value ratio_p50_most)" "$(value ratio_p99)"
} >"$WORK/section.md"
put "Hostile feeds"
