#!/usr/bin/env bash
# What a request takes that no neighbour can change: instructions of the gateway in user space, counted by callgrind, and
# allocations and the bytes of them, counted by the allocator. Builds with the profile `count` of Cargo.toml.
#   instructions.sh         prints the table and puts it into bench/RESULTS.md
#   instructions.sh check   fails if a row has grown by more than the tolerance since the table was committed
#
# In the environment:
#   BENCH_COUNTED=1200     requests that a row is counted over
#   BENCH_TOLERANCE=5      per cent
#   BENCH_RESULTS=FILE     another page than bench/RESULTS.md
#   BENCH_BIN=FOLDER       of what is built already
#   BENCH_ROWS="a b"       only these rows; the page is left alone
set -euo pipefail
. "$(dirname "$0")/../scripts/lib.sh"
# shellcheck source=page.sh
. bench/page.sh
# shellcheck source=collect.sh
. bench/collect.sh
# shellcheck source=targets.sh
. bench/targets.sh

CHECK=${1:-}
COUNTED=${BENCH_COUNTED:-1200}
TOLERANCE=${BENCH_TOLERANCE:-5}
RESULTS=${BENCH_RESULTS:-bench/RESULTS.md}
WORK=$RUN/instructions
SERVICES=instructions
RAW=$WORK/raw.tsv
CONNECTIONS=8
WARM=$((CONNECTIONS * 12))
INSTANT=bench-e50-f0-g0-c0
LONGER=bench-e150-f0-g0-c0
ORIGIN=http://localhost:3000
QUERY='{"query":"What does the cordless drill cost?"}'
CHAT_STREAM='{"message":"What does the cordless drill cost?","session_id":"bench-{n}","stream":true}'
PLAIN=(passed knowledge knowledge-cached refused chat-50 chat-150 chat-secret)
ROWS=("${PLAIN[@]}" knowledge-summed chat-all)
UNDER=()

title() { # ROW
    case $1 in
        passed) printf 'passed through' ;;
        knowledge) printf 'knowledge, not cached' ;;
        knowledge-cached) printf 'knowledge, cached' ;;
        knowledge-summed) printf 'knowledge, not cached, its usage added up' ;;
        refused) printf 'refused key' ;;
        chat-50) printf 'chat of 50 events' ;;
        chat-150) printf 'chat of 150 events' ;;
        chat-secret) printf 'chat of 50 events, plain: a secret key' ;;
        chat-all) printf 'chat of 50 events, everything on' ;;
    esac
}

# Some neighbours have more to do in the same time.
under_test() { exec nice -n -5 taskset -c 0 "${UNDER[@]}" "$@"; }

send() { # ROW REQUESTS
    local url=${AT[public]}/api/v1/knowledge/query body=(--body "$QUERY") status=200 key=fast from=(--header "Origin: $ORIGIN")
    case $1 in
        chat-*) url=${AT[public]}/api/v1/chat body=(--body "$CHAT_STREAM") ;;&
        passed) url=${AT[admin]}/api/ping body=() ;;
        knowledge-cached) key=cached ;;
        refused) status=401 ;;
        chat-150) key=longer ;;
        chat-secret) key=secret from=() ;;
        chat-all) key=visitor ;;
    esac
    [[ $1 == passed ]] || from+=(--header "Authorization: Bearer ${KEY[$key]}")
    [[ $1 != refused ]] || from=(--header "Origin: $ORIGIN" --header "Authorization: Bearer ${KEY[fast]%???}xyz") # mistyped
    beside "$BIN/bench-load" exact --connections "$CONNECTIONS" --requests "$2" --status "$status" --url "$url" \
        "${body[@]}" "${from[@]}" >"$WORK/sent.out" || die "$1: the requests were not answered as they should be"
}

# A gateway as a row wants it; what is left to a row's neighbours is off.
start_for() { # ROW [NAME=VALUE...]
    local row=$1 settings=(VESTIBULE_USAGE_ROLLUP_MILLIS=600000)
    shift
    case $row in
        knowledge-summed)
            settings=(VESTIBULE_USAGE_ROLLUP_MILLIS=4000)
            sql --command "DELETE FROM vestibule.usage_pending" >/dev/null # of the other rows
            ;;
        # Nobody listens there: the spans are made all the same.
        chat-all)
            settings+=(VESTIBULE_TELEMETRY_OTLP_ENDPOINT=http://127.0.0.1:9 VESTIBULE_TELEMETRY_SAMPLE_RATIO=0.01)
            settings+=("VESTIBULE_REDIS_URL=$REDIS")
            ;;
    esac
    start_vestibule vestibule '' "${settings[@]}" "$@"
    if [[ $row == chat-all ]]; then
        KEY[visitor]=$(curl -s --noproxy '*' -H "Authorization: Bearer ${KEY[all]}" -H "Origin: $ORIGIN" \
            -H 'Content-Type: application/json' -d '{}' "${AT[public]}/api/v1/widget/session" |
            sed 's/.*"token":"\([^"]*\)".*/\1/')
    fi
}

# ---------------------------------------------------------------- instructions

dump() { # has callgrind write down what it counted since the last time, and leaves it in COUNT
    local file=$WORK/callgrind.$((DUMPS += 1))
    sleep 0.5 # what is done behind the requests
    callgrind_control --dump "$PID" >"$WORK/control.out" 2>&1
    wait_until 30 grep -qs '^totals: ' "$file" || die "callgrind wrote nothing: $(tail -n 1 "$WORK/control.out")"
    COUNT=$(awk '/^totals: / { print $2 }' "$file")
}

count_instructions() { # ROW...: with one gateway
    local row
    DUMPS=0
    rm -f "$WORK"/callgrind*
    # glibc's copying by one instruction is switched off, because callgrind counts each byte of it.
    export GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=1000000000:glibc.cpu.x86_rep_stosb_threshold=1000000000
    UNDER=(valgrind --tool=callgrind "--callgrind-out-file=$WORK/callgrind")
    READY_SECONDS=90 start_for "$1"
    UNDER=()
    unset GLIBC_TUNABLES
    PID=$(recorded_pid "$WORK/vestibule.pid")
    for row; do
        send "$row" "$WARM"
        [[ $row != knowledge-summed ]] || sleep 5
        dump
        send "$row" "$COUNTED"
        [[ $row != knowledge-summed ]] || sleep 5
        dump
        printf '%s\tinstructions\t%s\n' "$row" $((COUNT / COUNTED)) >>"$RAW"
        say "  $row: $((COUNT / COUNTED)) instructions"
        mv "$WORK/callgrind.$DUMPS" "$WORK/$row.callgrind" # for whoever wants to know where they are
    done
    stop_recorded "$WORK/vestibule.pid" TERM 20
}

# ---------------------------------------------------------------- allocations

allocated() { # ROW REQUESTS: allocations and bytes of a whole run
    ERRORS=$WORK/allocator.err start_for "$1" _RJEM_MALLOC_CONF=stats_print:true,stats_print_opts:gda
    send "$1" "$2"
    [[ $1 != knowledge-summed ]] || sleep 5
    stop_recorded "$WORK/vestibule.pid" TERM 20
    # Of each size: how often it was asked for.
    awk '
        $1 == "bins:" || $1 == "large:" {
            for (i = 2; i <= NF; i++) if ($i == "nrequests") column = NR ":" (i - 1)
            split(column, at, ":")
            table = at[1] == NR
            next
        }
        $1 == "extents:" { table = 0 }
        table && $1 ~ /^[0-9]+$/ { count += $at[2]; bytes += $1 * $at[2] }
        END { printf "%d %d\n", count, bytes }' "$WORK/allocator.err"
}

count_allocations() { # ROW...
    local row few many
    for row; do
        read -r -a few <<<"$(allocated "$row" $((WARM + COUNTED)))"
        read -r -a many <<<"$(allocated "$row" $((WARM + 2 * COUNTED)))"
        printf '%s\tallocations\t%s\n%s\tbytes\t%s\n' "$row" $(((many[0] - few[0]) / COUNTED)) \
            "$row" $(((many[1] - few[1]) / COUNTED)) >>"$RAW"
        say "  $row: $(((many[0] - few[0]) / COUNTED)) allocations, $(((many[1] - few[1]) / COUNTED)) bytes"
    done
}

# ---------------------------------------------------------------- the table

number() { # ROW METRIC
    awk -F '\t' -v row="$1" -v metric="$2" '$1 == row && $2 == metric { n = $3 } END { print n + 0 }' "$RAW"
}

line() { # TITLE FUNCTION: with a number for each metric
    printf '| %s | %s | %s | %s |\n' "$1" "$($2 instructions)" "$($2 allocations)" "$($2 bytes)"
}

event() { # METRIC
    printf '%s' $((($(number chat-150 "$1") - $(number chat-50 "$1")) / 100))
}

table() {
    local row
    printf '| a request | instructions | allocations | bytes allocated |\n|---|--:|--:|--:|\n'
    for row in "${ROWS[@]}"; do
        printf '| %s | %s | %s | %s |\n' "$(title "$row")" "$(number "$row" instructions)" "$(number "$row" allocations)" \
            "$(number "$row" bytes)"
    done
    line 'an event more in a chat' event
}

section() {
    {
        # shellcheck disable=SC2016 # marks of code
        printf '## Instructions\n\nWritten by `%s`, %s, %s, profile `count`: %s requests a row\n' bench/instructions.sh \
            "$(date -u +%Y-%m-%d)" "$(rustc --version | cut -d ' ' -f 1,2)" "$COUNTED"
        printf 'from %s connections, in user space; a release takes less. Usage is recorded and written in all rows and added up in one.\n' \
            "$CONNECTIONS"
        # shellcheck disable=SC2016
        printf '`%s` fails when a row grows by more than %s %% and the number here does not.\n\n' 'make bench-check' "$TOLERANCE"
        table
    } >"$WORK/section.md"
    put "Instructions"
}

compare() { # what is counted with what is committed
    table >"$WORK/table.md"
    awk -F ' *\\| *' -v tolerance="$TOLERANCE" '
        BEGIN { split("instructions allocations bytes", of, " ") }
        $3 !~ /^[0-9]+$/ { inside = /^## / ? /^## Instructions$/ : inside; next }
        FNR == NR { if (inside) for (i = 3; i <= 5; i++) was[$2, i] = $i; next }
        {
            for (i = 3; i <= 5; i++) {
                if (!(($2, i) in was)) { print $2 ": no number is committed"; bad = 1; break }
                if ($i > was[$2, i] * (1 + tolerance / 100) + 1) {
                    printf "%s: %d %s, the table says %d\n", $2, $i, of[i - 2], was[$2, i]
                    bad = 1
                }
            }
        }
        END { exit bad }' "$RESULTS" "$WORK/table.md" >&2 ||
        die "a request takes more than it did. Mend it, or run \`make bench ARGS=instructions\`, commit the table and say why"
    say "no row has grown by more than $TOLERANCE %"
}

# ---------------------------------------------------------------- main

[[ -z $CHECK || $CHECK == check ]] || die "usage: instructions.sh [check]"
(($(nproc) >= 2)) || die "two CPUs are needed: one for what is counted, one for everything else"
scripts/packages.sh build postgres redis valgrind
mkdir -p "$WORK"
PSQL=$(command -v psql) || PSQL=$(find_postgres)/psql
BIN=${BENCH_BIN:-}
if [[ -z $BIN ]]; then
    BIN=$(cargo metadata --format-version 1 --no-deps --locked | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/count
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
exports=$(beside scripts/services.sh start "$SERVICES" postgres redis)
eval "$exports"
REDIS=$REDIS_URL
start_upstream
head -c 32 /dev/urandom | base64 >"$WORK/secret_key"
vestibule migrate >"$WORK/migrate.out" 2>&1 || die "\`vestibule migrate\` failed: $(tail -n 3 "$WORK/migrate.out")"
workspace fast "$INSTANT"
workspace longer "$LONGER"
workspace cached "$INSTANT-cached"
KEY[secret]=$(vestibule keys create --workspace fast --kind secret --env test --name bench --quiet)
KEY[all]=$(vestibule keys create --workspace fast --kind publishable --env test --name bench --origin 'http://localhost:*' \
    --messages-per-day 1000000 --messages-per-month 1000000 --tokens-per-day 1000000000 --quiet)
sql --command "UPDATE vestibule.workspace_settings SET settings = settings || '{\"cache_ttl_secs\": 3600}'
    FROM vestibule.workspaces w WHERE w.id = workspace_id AND w.slug = 'cached'" >/dev/null
if [[ -n ${BENCH_ROWS:-} ]]; then
    read -r -a ROWS <<<"$BENCH_ROWS"
    PLAIN=()
fi
say "counting instructions"
if ((${#PLAIN[@]})); then count_instructions "${PLAIN[@]}"; fi
for row in "${ROWS[@]:${#PLAIN[@]}}"; do count_instructions "$row"; done
say "counting allocations"
count_allocations "${ROWS[@]}"
if [[ -n ${BENCH_ROWS:-} ]]; then
    cat "$RAW"
elif [[ $CHECK == check ]]; then
    compare
else
    section
fi
