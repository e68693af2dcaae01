#!/usr/bin/env bash
# What the spool of usage costs a request in the real program: two gateways, one with it and one that keeps its events in
# memory, asked the same. Instructions in user space, counted by callgrind; and the CPU time of all threads, the kernel's with
# it, in short turns that alternate, because neighbours move it more than the spool does. Puts a table into bench/RESULTS.md.
#
# In the environment:
#   BENCH_COUNTED=600      requests that instructions are counted over
#   BENCH_TURNS=20         turns of each gateway
#   BENCH_REQUESTS=4000    requests of a turn
#   BENCH_RESULTS=FILE     another page than bench/RESULTS.md
#   BENCH_BIN=FOLDER       of what is built already: vestibule, bench-load, bench-upstream
set -euo pipefail
. "$(dirname "$0")/../scripts/lib.sh"
# shellcheck source=collect.sh
. bench/collect.sh
# shellcheck source=targets.sh
. bench/targets.sh

COUNTED=${BENCH_COUNTED:-600}
TURNS=${BENCH_TURNS:-20}
REQUESTS=${BENCH_REQUESTS:-4000}
RESULTS=${BENCH_RESULTS:-bench/RESULTS.md}
WORK=$RUN/spool
SERVICES=spool
CONNECTIONS=8
HERTZ=$(getconf CLK_TCK)
INSTANT=bench-e50-f0-g0-c0
ORIGIN=http://localhost:3000
declare -A URL=([knowledge]=/api/v1/knowledge/query [chat]=/api/v1/chat)
declare -A BODY=(
    [knowledge]='{"query":"What does the cordless drill cost?"}'
    [chat]='{"message":"What does the cordless drill cost?","session_id":"bench-{n}","stream":true}'
)
UNDER=()

under_test() { exec taskset -c 0 "${UNDER[@]}" "$@"; }

send() { # TARGET ROW REQUESTS
    beside "$BIN/bench-load" exact --connections "$CONNECTIONS" --requests "$3" --url "${AT[$1-public]}${URL[$2]}" \
        --body "${BODY[$2]}" --header "Origin: $ORIGIN" --header "Authorization: Bearer ${KEY[fast]}" >"$WORK/sent.out" ||
        die "$2: the requests were not answered as they should be"
}

start() { # TARGET: `with` the spool or `without`
    local settings=(VESTIBULE_USAGE_ROLLUP_MILLIS=600000)
    # An empty variable counts as not set, so that the file decides.
    [[ $1 == with ]] || settings+=(VESTIBULE_USAGE_SPOOL_DIR= "VESTIBULE_CONFIG=$WORK/without.toml")
    start_vestibule "$1" "$1-" "${settings[@]}"
}

instructions() { # TARGET ROW: of a request
    local pid file when
    pid=$(recorded_pid "$WORK/$1.pid")
    send "$1" "$2" $((CONNECTIONS * 12))
    for when in before after; do
        file=$WORK/$1.callgrind.$((DUMPS += 1))
        sleep 1.5 # what is done behind the requests
        callgrind_control --dump "$pid" >"$WORK/control.out" 2>&1
        wait_until 30 grep -qs '^totals: ' "$file" || die "callgrind wrote nothing: $(tail -n 1 "$WORK/control.out")"
        COUNT=$(awk '/^totals: / { print $2 }' "$file")
        [[ $when == after ]] || send "$1" "$2" "$COUNTED"
    done
    COUNT=$((COUNT / COUNTED))
}

cpu() { # TARGET ROW: microseconds a request, of one turn
    local before
    before=$(cpu_us "$1")
    send "$1" "$2" "$REQUESTS"
    sleep 0.3
    awk -v us=$(($(cpu_us "$1") - before)) -v requests="$REQUESTS" 'BEGIN { printf "%.2f", us / requests }'
}

middle() { sort -n | awk '{ n[NR] = $1 } END { printf "%.2f", NR % 2 ? n[(NR + 1) / 2] : (n[NR / 2] + n[NR / 2 + 1]) / 2 }'; }

cleanup() {
    local status=$? file
    trap '' INT TERM HUP
    set +e
    for file in "$WORK"/*.pid; do stop_recorded "$file" TERM 10; done
    scripts/services.sh remove "$SERVICES"
    rm -rf "$WORK/secret_key" "$WORK/spool"
    exit "$status"
}

scripts/packages.sh build postgres valgrind
mkdir -p "$WORK"
PSQL=$(command -v psql) || PSQL=$(find_postgres)/psql
BIN=${BENCH_BIN:-}
if [[ -z $BIN ]]; then
    BIN=$(cargo metadata --format-version 1 --no-deps --locked | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/release
    SQLX_OFFLINE=true cargo build --release --locked --quiet --package vestibule --package vestibule-bench-load \
        --package vestibule-bench-upstream --bins
fi
MANY=10000000
umask 077
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
scripts/services.sh remove "$SERVICES"
exports=$(beside scripts/services.sh start "$SERVICES" postgres)
eval "$exports"
start_upstream
head -c 32 /dev/urandom | base64 >"$WORK/secret_key"
printf '[usage]\nspool_dir = ""\n' >"$WORK/without.toml"
vestibule migrate >"$WORK/migrate.out" 2>&1 || die "\`vestibule migrate\` failed: $(tail -n 3 "$WORK/migrate.out")"
workspace fast "$INSTANT"

say "instructions"
declare -A INSTRUCTIONS=()
for target in with without; do
    DUMPS=0
    rm -f "$WORK/$target".callgrind*
    export GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=1000000000:glibc.cpu.x86_rep_stosb_threshold=1000000000
    UNDER=(valgrind --tool=callgrind "--callgrind-out-file=$WORK/$target.callgrind")
    READY_SECONDS=90 start "$target"
    UNDER=()
    unset GLIBC_TUNABLES
    for row in knowledge chat; do
        instructions "$target" "$row"
        INSTRUCTIONS[$target-$row]=$COUNT
        say "  $target, $row: $COUNT"
    done
    stop_recorded "$WORK/$target.pid" TERM 20
done

say "CPU time, $TURNS turns each"
for target in with without; do start "$target"; done
for row in knowledge chat; do
    : >"$WORK/$row.turns"
    for target in with without; do send "$target" "$row" "$REQUESTS"; done
    for ((turn = 1; turn <= TURNS; turn++)); do
        # Who is first changes, too.
        order=(with without)
        ((turn % 2)) || order=(without with)
        declare -A took=()
        for target in "${order[@]}"; do took[$target]=$(cpu "$target" "$row"); done
        printf '%s %s\n' "${took[with]}" "${took[without]}" >>"$WORK/$row.turns"
    done
done

{
    # shellcheck disable=SC2016 # marks of code
    printf '## The spool of usage\n\nWritten by `%s`, %s, load at the end %s: a gateway with `usage.spool_dir` and one without, both\n' \
        bench/spool.sh "$(date -u +%Y-%m-%d)" "$(cut -d ' ' -f 1 /proc/loadavg)"
    printf 'write the same usage. Instructions in user space over %s requests; CPU time, the kernel'"'"'s with it, in %s turns of %s requests\n' \
        "$COUNTED" "$TURNS" "$REQUESTS"
    printf 'that alternate. The share is the median of the shares of the turns, with their quartiles.\n\n'
    printf '| a request | instructions with | without | share | CPU us with | without | share |\n|---|--:|--:|--:|--:|--:|--:|\n'
    for row in knowledge chat; do
        title='knowledge, not cached'
        [[ $row == knowledge ]] || title='chat of 50 events'
        share=$(awk -v a="${INSTRUCTIONS[with-$row]}" -v b="${INSTRUCTIONS[without-$row]}" 'BEGIN { printf "%.1f %%", (a - b) / a * 100 }')
        shares=$(awk '{ printf "%.2f\n", ($1 - $2) / $1 * 100 }' "$WORK/$row.turns" | sort -n |
            awk '{ n[NR] = $1 } END { printf "%.1f %% [%.1f to %.1f]", n[int((NR + 1) / 2)], n[int((NR + 3) / 4)], n[int((3 * NR + 3) / 4)] }')
        printf '| %s | %s | %s | %s | %s | %s | %s |\n' "$title" "${INSTRUCTIONS[with-$row]}" "${INSTRUCTIONS[without-$row]}" \
            "$share" "$(cut -d ' ' -f 1 "$WORK/$row.turns" | middle)" "$(cut -d ' ' -f 2 "$WORK/$row.turns" | middle)" "$shares"
    done
} >"$WORK/section.md"
touch "$RESULTS"
awk '/^## The spool of usage$/ { skipping = 1; next } /^## / { skipping = 0 } !skipping' "$RESULTS" |
    sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$WORK/page.md"
{ cat "$WORK/page.md" && printf '\n' && cat "$WORK/section.md"; } >"$RESULTS"
cat "$WORK/section.md"
