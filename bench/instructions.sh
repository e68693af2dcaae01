#!/usr/bin/env bash
# What a request takes that no neighbour can change: instructions of the gateway in user space, counted by callgrind, and
# allocations and the bytes of them, counted by the allocator. Builds with the profile `count` of Cargo.toml.
#   instructions.sh         prints the table and puts it into bench/RESULTS.md
#   instructions.sh check   fails if a row has grown by more than the tolerance since the table was committed
#
# In the environment:
#   BENCH_COUNTED=400      requests that a row is counted over; three times as many are sent
#   BENCH_TOLERANCE=5      per cent
#   BENCH_RESULTS=FILE     another page than bench/RESULTS.md
#   BENCH_BUILD=false      count what is built already
#   BENCH_ROWS="a b"       only these rows; the page is left alone
set -euo pipefail
. "$(dirname "$0")/../scripts/lib.sh"
# shellcheck source=collect.sh
. bench/collect.sh
# shellcheck source=targets.sh
. bench/targets.sh

CHECK=${1:-}
COUNTED=${BENCH_COUNTED:-400}
TOLERANCE=${BENCH_TOLERANCE:-5}
RESULTS=${BENCH_RESULTS:-bench/RESULTS.md}
WORK=$RUN/instructions
SERVICES=instructions
RAW=$WORK/raw.tsv
CONNECTIONS=8
INSTANT=bench-e50-f0-g0-c0
LONGER=bench-e150-f0-g0-c0
ORIGIN=http://localhost:3000
QUERY='{"query":"What does the cordless drill cost?"}'
CHAT_STREAM='{"message":"What does the cordless drill cost?","session_id":"bench-{n}","stream":true}'
ROWS=(passed knowledge knowledge-cached knowledge-secret refused chat-50 chat-150)
VALGRIND=()

title() { # ROW
    case $1 in
        passed) printf 'passed through' ;;
        knowledge) printf 'knowledge, not cached' ;;
        knowledge-cached) printf 'knowledge, cached' ;;
        knowledge-secret) printf 'knowledge, a secret key: plain' ;;
        knowledge-all) printf 'knowledge, everything on' ;;
        refused) printf 'refused key' ;;
        chat-50) printf 'chat of 50 events' ;;
        chat-150) printf 'chat of 150 events' ;;
    esac
}

under_test() { exec nice -n -5 taskset -c 0 "${VALGRIND[@]}" "$@"; }

send() { # ROW REQUESTS
    local status=200 url body=() key=fast headers=()
    case $1 in
        passed) url=${AT[admin]}/api/ping ;;
        chat-*)
            url=${AT[public]}/api/v1/chat body=(--body "$CHAT_STREAM")
            if [[ $1 == chat-150 ]]; then key=longer; fi
            ;;
        *) url=${AT[public]}/api/v1/knowledge/query body=(--body "$QUERY") ;;
    esac
    case $1 in
        passed) ;;
        knowledge-cached) key=cached ;;
        refused) status=401 ;;
    esac
    if [[ $1 == knowledge-secret ]]; then
        headers=(--header "Authorization: Bearer ${KEY[secret]}")
    elif [[ $1 == refused ]]; then # mistyped in its last characters
        headers=(--header "Authorization: Bearer ${KEY[fast]%???}xyz" --header "Origin: $ORIGIN")
    elif [[ $1 != passed ]]; then
        headers=(--header "Authorization: Bearer ${KEY[$key]}" --header "Origin: $ORIGIN")
    fi
    beside "$BIN/bench-load" exact --connections "$CONNECTIONS" --requests "$2" --status "$status" --url "$url" \
        "${body[@]}" "${headers[@]}" >"$WORK/sent.out" || die "$1: the requests were not answered as they should be"
}

# ---------------------------------------------------------------- instructions

totals() { # FILE
    awk '/^totals: / { print $2 }' "$1"
}

dump() { # NUMBER: has callgrind write down what it counted since the last time, and prints it
    local file=$WORK/callgrind.$1
    sleep 0.5 # what is done behind the requests
    callgrind_control --dump "$PID" >"$WORK/control.out" 2>&1
    wait_until 20 test -s "$file" || die "callgrind wrote nothing: $(tail -n 1 "$WORK/control.out")"
    wait_until 20 grep -q '^totals: ' "$file"
    totals "$file"
}

# A run of N and one of 2 N: what does not depend on the number of requests falls out.
count_instructions() {
    local row one two dumps=0
    rm -f "$WORK"/callgrind*
    # glibc's copying by one instruction is switched off, because callgrind counts each byte of it.
    export GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=1000000000:glibc.cpu.x86_rep_stosb_threshold=1000000000
    VALGRIND=(valgrind --tool=callgrind "--callgrind-out-file=$WORK/callgrind")
    READY_SECONDS=90 start_vestibule vestibule ''
    unset GLIBC_TUNABLES
    PID=$(recorded_pid "$WORK/vestibule.pid")
    for row; do
        send "$row" $((CONNECTIONS * 12))
        dump $((dumps += 1)) >"$WORK/warm.out"
        send "$row" "$COUNTED"
        one=$(dump $((dumps += 1)))
        send "$row" $((2 * COUNTED))
        two=$(dump $((dumps += 1)))
        printf '%s\tinstructions\t%s\n' "$row" $(((two - one) / COUNTED)) >>"$RAW"
        say "  $row: $(((two - one) / COUNTED)) instructions"
    done
    stop_recorded "$WORK/vestibule.pid" TERM 20
    VALGRIND=()
}

# ---------------------------------------------------------------- allocations

allocated() { # ROW REQUESTS: how many allocations and bytes a whole run took
    ERRORS=$WORK/allocator.err _RJEM_MALLOC_CONF=stats_print:true,stats_print_opts:gda start_vestibule vestibule ''
    send "$1" "$2"
    stop_recorded "$WORK/vestibule.pid" TERM 20
    # Of each size: its bytes, and how often it was asked for.
    awk '
        /^bins:|^large:/ {
            table = 1
            for (i = 1; i <= NF; i++) if ($i == "nrequests") column = i - 1
            sub(/^[a-z]+:/, ""); for (i = 1; i <= NF; i++) if ($i == "nrequests") column = i
            next
        }
        table && $1 ~ /^[0-9]+$/ { count += $column; bytes += $1 * $column }
        /^extents:/ { table = 0 }
        END { print count, bytes }' "$WORK/allocator.err"
}

count_allocations() {
    local row few many
    for row; do
        read -r -a few <<<"$(allocated "$row" $((CONNECTIONS * 12 + COUNTED)))"
        read -r -a many <<<"$(allocated "$row" $((CONNECTIONS * 12 + 5 * COUNTED)))"
        printf '%s\tallocations\t%s\n%s\tbytes\t%s\n' "$row" $(((many[0] - few[0]) / (4 * COUNTED))) \
            "$row" $(((many[1] - few[1]) / (4 * COUNTED))) >>"$RAW"
        say "  $row: $(((many[0] - few[0]) / (4 * COUNTED))) allocations, $(((many[1] - few[1]) / (4 * COUNTED))) bytes"
    done
}

# ---------------------------------------------------------------- the table

number() { # ROW METRIC
    awk -F '\t' -v row="$1" -v metric="$2" '$1 == row && $2 == metric { n = $3 } END { print n }' "$RAW"
}

table() {
    local row
    printf '| a request | instructions | allocations | bytes allocated |\n|---|--:|--:|--:|\n'
    for row in "${ROWS[@]}"; do
        printf '| %s | %s | %s | %s |\n' "$(title "$row")" "$(number "$row" instructions)" "$(number "$row" allocations)" \
            "$(number "$row" bytes)"
    done
    printf '| an event more in a chat | %s | %s | %s |\n' "$(event instructions)" "$(event allocations)" "$(event bytes)"
}

event() { # METRIC
    printf '%s' $((($(number chat-150 "$1") - $(number chat-50 "$1")) / 100))
}

section() {
    printf '## Instructions\n\n'
    printf 'Written by `bench/instructions.sh`, %s, %s, profile `count`. In user space, roll-up of usage not included; a release\n' \
        "$(date -u +'%Y-%m-%d')" "$(rustc --version | cut -d ' ' -f 1,2)"
    printf 'takes less. `make bench-check` fails when a row grows by more than %s %% and the number here does not.\n\n' "$TOLERANCE"
    table
}

put() {
    local page=$WORK/page.md
    section >"$WORK/section.md"
    touch "$RESULTS"
    awk '/^## Instructions$/ { skipping = 1; next } /^## / { skipping = 0 } !skipping' "$RESULTS" |
        sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$page"
    { cat "$page" && printf '\n' && cat "$WORK/section.md"; } >"$RESULTS"
    cat "$WORK/section.md"
}

compare() { # what is counted with what is committed
    table | awk -F ' *\\| *' -v tolerance="$TOLERANCE" '
        NR == FNR { if (inside && $3 ~ /^[0-9]+$/) for (i = 3; i <= 5; i++) was[$2, i] = $i; if (/^## /) inside = /^## Instructions$/; next }
        $3 ~ /^[0-9]+$/ {
            split("- - instructions allocations bytes", of, " ")
            for (i = 3; i <= 5; i++) {
                if (was[$2, i] == "") { print $2 ": no number is committed"; bad = 1; break }
                if ($i > was[$2, i] * (1 + tolerance / 100) + 1) {
                    printf "%s: %d %s, %.1f %% more than the %d in the table\n", $2, $i, of[i], 100 * ($i / was[$2, i] - 1), was[$2, i]
                    bad = 1
                }
            }
        }
        END { exit bad }' "$RESULTS" - || die "a request takes more than it did: mend it, or commit the new table and say why (\`make bench ARGS=instructions\`)"
    say "no row has grown by more than $TOLERANCE %"
}

# ---------------------------------------------------------------- main

cleanup() {
    local status=$? file
    trap '' INT TERM HUP
    set +e
    for file in "$WORK"/*.pid; do stop_recorded "$file" TERM 10; done
    scripts/services.sh remove "$SERVICES"
    rm -f "$WORK/secret_key"
    exit "$status"
}

[[ -z $CHECK || $CHECK == check ]] || die "usage: instructions.sh [check]"
(($(nproc) >= 2)) || die "two CPUs are needed: one for what is counted, one for everything else"
scripts/packages.sh build postgres valgrind
mkdir -p "$WORK"
PSQL=$(command -v psql) || PSQL=$(find_postgres)/psql
BIN=$(cargo metadata --format-version 1 --no-deps --locked | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/count
if [[ ${BENCH_BUILD:-true} == true ]]; then
    SQLX_OFFLINE=true cargo build --profile count --locked --quiet --features count-allocations --package vestibule \
        --package vestibule-bench-load --package vestibule-bench-upstream
fi
MANY=10000000 # the largest they can be
umask 077
: >"$RAW"
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
for file in "$WORK"/*.pid; do [[ ! -e $file ]] || stop_recorded "$file" TERM 10; done
scripts/services.sh remove "$SERVICES"
exports=$(beside scripts/services.sh start "$SERVICES" postgres)
eval "$exports"
export VESTIBULE_USAGE_ROLLUP_MILLIS=600000
start_upstream
head -c 32 /dev/urandom | base64 >"$WORK/secret_key"
vestibule migrate >"$WORK/migrate.out" 2>&1 || die "\`vestibule migrate\` failed: $(tail -n 3 "$WORK/migrate.out")"
workspace fast "$INSTANT"
workspace longer "$LONGER"
workspace cached "$INSTANT-cached"
KEY[secret]=$(vestibule keys create --workspace fast --kind secret --env test --name bench --quiet)
sql --command "UPDATE vestibule.workspace_settings SET settings = settings || '{\"cache_ttl_secs\": 3600}'
    FROM vestibule.workspaces w WHERE w.id = workspace_id AND w.slug = 'cached'" >/dev/null
if [[ -n ${BENCH_ROWS:-} ]]; then read -r -a ROWS <<<"$BENCH_ROWS"; fi
say "counting instructions"
count_instructions "${ROWS[@]}"
say "counting allocations"
count_allocations "${ROWS[@]}"
if [[ -n ${BENCH_ROWS:-} ]]; then
    cat "$RAW"
elif [[ $CHECK == check ]]; then
    compare
else
    put
fi
