#!/usr/bin/env bash
# Builds everything, measures all targets side by side, prints the tables and writes bench/RESULTS.md.
# README.md beside this file says how and why.
#
# In the environment:
#   BENCH_REPETITIONS=3    how often each row is measured, interleaved
#   BENCH_SECONDS=3        seconds of one measurement
#   BENCH_BUDGET=300       seconds in total after the build; what no longer fits is skipped and named
#   BENCH_RESULTS=FILE     another page than bench/RESULTS.md
#   BENCH_ALLOCATOR=NAME   jemalloc, mimalloc or system, instead of the default one, in gateway and bare proxy
#   BENCH_BUILD=false      measure what is built already
#   BENCH_ONLY=vestibule   only what is needed to compare builds of the gateway: bench/profiles.sh
set -euo pipefail
. "$(dirname "$0")/../scripts/lib.sh"
# shellcheck source=collect.sh
. bench/collect.sh
# shellcheck source=targets.sh
. bench/targets.sh

REPETITIONS=${BENCH_REPETITIONS:-3}
EACH=${BENCH_SECONDS:-3}
BUDGET=${BENCH_BUDGET:-300}
RESULTS=${BENCH_RESULTS:-bench/RESULTS.md}
ONLY=${BENCH_ONLY:-}
WORK=$RUN/bench
RAW=$WORK/raw.tsv
FACTS=$WORK/facts.tsv
SERVICES=bench
STREAMS=1000
INSTANT=bench-e50-f0-g0-c0        # the slug tells the upstream how to answer: bench/upstream/src/plan.rs
SLOW_EVENTS=24
SLOW=bench-e$SLOW_EVENTS-f500-g250-c0
ORIGIN=http://localhost:3000
ASK='{"message":"What does the cordless drill cost?","mode":"query","sessionId":"bench-{n}"}'
CHAT='{"message":"What does the cordless drill cost?","session_id":"bench-{n}"}'
CHAT_STREAM='{"message":"What does the cordless drill cost?","session_id":"bench-{n}","stream":true}'
WIDGET='{"message":"What does the cordless drill cost?","sessionId":"00000000-0000-4000-8000-00000000{n}"}'
FIRST='{"message":"What does the cordless drill cost?"}'
ROUNDS=2000                       # of what is asked one at a time, each
QUERY='{"query":"What does the cordless drill cost?"}'


left() { printf '%s\n' $((BUDGET - (SECONDS - BEGAN))); }

# ---------------------------------------------------------------- load

wrk_load() { # URL [HEADERS] [BODY]
    local sent=(BENCH_HEADERS="${2:-}")
    [[ -z ${3:-} ]] || sent+=(BENCH_BODY="$3")
    beside env "${sent[@]}" wrk -t1 -c64 -d"${FOR}s" --timeout 5s -s bench/wrk.lua "$1" |
        grep -E '^[a-z0-9_]+=[0-9.e+-]+$'
}

stream_load() { # URL BODY [HEADER...]
    local url=$1 body=$2 header headers=()
    shift 2
    for header; do headers+=(--header "$header"); done
    beside "$BIN/bench-load" closed --connections 32 --seconds "$FOR" --url "$url" --body "$body" "${headers[@]}"
}

load() { # ROW: one measurement of it
    local vestibule=("Authorization: Bearer ${KEY[fast]:-}" "Origin: $ORIGIN")
    local lines="Authorization: Bearer ${KEY[fast]:-}"$'\n'"Origin: $ORIGIN"
    case $1 in
        direct) measure "$1" upstream wrk_load "${AT[upstream]}/api/ping" ;;
        nginx) measure "$1" nginx wrk_load "${AT[nginx]}/api/ping" ;;
        haproxy) measure "$1" haproxy wrk_load "${AT[haproxy]}/api/ping" "Authorization: Bearer $JWT" ;;
        bare) measure "$1" bare wrk_load "${AT[bare]}/api/ping" ;;
        vestibule-ping) measure "$1" vestibule wrk_load "${AT[admin]}/api/ping" ;;
        vestibule-knowledge) measure "$1" vestibule wrk_load "${AT[public]}/api/v1/knowledge/query" "$lines" "$QUERY" ;;
        vestibule-cached)
            measure "$1" vestibule wrk_load "${AT[public]}/api/v1/knowledge/query" "${lines/"${KEY[fast]:-}"/"${KEY[cached]:-}"}" "$QUERY"
            ;;
        vestibule-redis)
            measure "$1" vestibule-redis wrk_load "${AT[redis-public]}/api/v1/knowledge/query" "$lines" "$QUERY"
            ;;
        vestibule-chat-json) measure "$1" vestibule wrk_load "${AT[public]}/api/v1/chat" "$lines" "$CHAT" ;;
        direct-sse) measure "$1" upstream stream_load "${AT[upstream]}$(ask "$INSTANT")" "$ASK" ;;
        nginx-sse) measure "$1" nginx stream_load "${AT[nginx]}$(ask "$INSTANT")" "$ASK" ;;
        bare-sse) measure "$1" bare stream_load "${AT[bare]}$(ask "$INSTANT")" "$ASK" ;;
        vestibule-sse) measure "$1" vestibule stream_load "${AT[public]}/api/v1/chat" "$CHAT_STREAM" "${vestibule[@]}" ;;
        vestibule-widget)
            measure "$1" vestibule stream_load "${AT[public]}/api/embed/${KEY[fast]:-}/stream-chat" "$WIDGET" "Origin: $ORIGIN"
            ;;
    esac
}

ask() { printf '/api/v1/workspace/%s/stream-chat' "$1"; }

# ---------------------------------------------------------------- the parts of a run

repeat() { # ROW...: once to warm up, then in turns
    local row
    WARMING=true FOR=1
    for row; do load "$row"; done
    WARMING=false FOR=$EACH
    for ((turn = 1; turn <= REPETITIONS; turn++)); do
        say "  turn $turn of $REPETITIONS, $(left) s left"
        for row; do load "$row"; done
    done
}

intact() { # every event, however the upstream's writes are cut
    local cut
    for cut in 1 7 1000000; do
        FOR=20 measure "intact-c$cut" vestibule beside "$BIN/bench-load" closed --connections 8 --answers 25 --seconds 20 \
            --url "${AT[public]}/api/v1/chat" --body "$CHAT_STREAM" \
            --header "Authorization: Bearer ${KEY[cut-$cut]}" --header "Origin: $ORIGIN"
    done
}

mixed() { # questions as a shop's visitors ask them, to a workspace that keeps its answers
    workspace kept "$INSTANT-kept"
    sql --command "UPDATE vestibule.workspace_settings SET settings = settings || '{\"answer_cache_ttl_secs\": 3600, \"cache_ttl_secs\": 3600}'
        FROM vestibule.workspaces w
        WHERE w.id = workspace_id AND w.slug = 'kept'" >/dev/null
    measure mix vestibule beside "$BIN/bench-load" mix --url "${AT[public]}/api/v1/chat" --counter "${AT[upstream]}/chats" \
        --body '{}' --header "Authorization: Bearer ${KEY[kept]}" --header "Origin: $ORIGIN"
}

alone() { # one at a time, in turns with what forwards and what answers from memory
    for ((turn = 1; turn <= REPETITIONS; turn++)); do
        measure alone vestibule beside "$BIN/bench-load" alone --rounds "$ROUNDS" --url "${AT[public]}/api/v1/chat" \
            --body "$FIRST" --memory "${AT[public]}/api/v1/knowledge/query" --memory-body "$QUERY" --bare "${AT[bare]}/api/ping" \
            --header "Authorization: Bearer ${KEY[kept]}" --header "Origin: $ORIGIN"
    done
}

hold_streams() { # TARGET URL BODY [HEADER...]: fresh processes, a few requests to wake them, then all streams at once
    local target=$1 url=$2 body=$3 header headers=() watch=()
    shift 3
    for header; do headers+=(--header "$header"); done
    if (($(left) < 15)); then
        skip "$target-streams" "no time left"
        return
    fi
    for header in $(pids_of "$([[ $target == direct ]] && echo upstream || echo "$target")"); do watch+=(--pid "$header"); done
    measure "$target-streams" "$([[ $target == direct ]] && echo upstream || echo "$target")" \
        beside "$BIN/bench-load" streams --streams $STREAMS --events $SLOW_EVENTS --url "$url" --body "$body" "${watch[@]}" "${headers[@]}"
}

wake() { # as load does, for a second, not counted
    WARMING=true FOR=1
    load "$1"
    WARMING=false
}

all_streams() {
    WARMING=false
    if [[ -z $ONLY ]]; then
        hold_streams direct "${AT[upstream]}$(ask "$SLOW")" "$ASK"
        if [[ -n ${AT[nginx]:-} ]]; then
            start_nginx && wake nginx-sse
            hold_streams nginx "${AT[nginx]}$(ask "$SLOW")" "$ASK"
        else
            skip nginx-streams "nginx is not installed"
        fi
        start_bare && wake bare-sse
        hold_streams bare "${AT[bare]}$(ask "$SLOW")" "$ASK"
    fi
    start_vestibule vestibule '' && wake vestibule-sse
    hold_streams vestibule "${AT[public]}/api/v1/chat" "$CHAT_STREAM" "Authorization: Bearer ${KEY[slow]}" "Origin: $ORIGIN"
}

ask_with_keys() { # ROW: a fresh gateway each time, that knows none of them yet
    for ((turn = 1; turn <= REPETITIONS; turn++)); do
        start_vestibule vestibule ''
        measure "$1" vestibule beside "$BIN/bench-load" keys --keys "$WORK/keys" --url "${AT[public]}/api/v1/knowledge/query" \
            --body "$QUERY" --header "Origin: $ORIGIN"
    done
}

refused_keys() { # what time tells about a key
    for ((turn = 1; turn <= REPETITIONS; turn++)); do
        start_vestibule vestibule ''
        measure refusals vestibule beside "$BIN/bench-load" refusals --key "${KEY[fast]}" \
            --url "${AT[public]}/api/v1/messages?session_id=nobody" --header "Origin: $ORIGIN"
    done
}

many_keys() {
    local began=$SECONDS
    if (($(left) < 60)); then
        skip keys-few "no time left"
        skip keys-million "no time left"
        return
    fi
    for _ in {1..100}; do new_key fast; done >"$WORK/keys"
    ask_with_keys keys-few
    # No triggers and no checks of other tables: a million notices are not what is measured.
    if ! PGOPTIONS="-c statement_timeout=$(($(left) - 25))s" sql >"$WORK/keys.out" 2>&1 <<-'SQL'; then
		SET session_replication_role = replica;
		INSERT INTO vestibule.api_keys
		  (id, tenant_id, workspace_id, public_id, kind, env, key_hash, name, scopes, allowed_origins, created_by)
		SELECT gen_random_uuid(), k.tenant_id, k.workspace_id, lpad(n::text, 12, '0'), k.kind, k.env,
		  sha256(n::text::bytea), 'bench', k.scopes, k.allowed_origins, 'bench'
		FROM generate_series(1, 1000000) n, (SELECT * FROM vestibule.api_keys LIMIT 1) k;
		ANALYZE vestibule.api_keys;
	SQL
        skip keys-million "they could not be inserted: $(tail -n 1 "$WORK/keys.out")"
        return
    fi
    say "  1,000,000 keys inserted in $((SECONDS - began)) s, $(left) s left"
    ask_with_keys keys-million
}

# ---------------------------------------------------------------- tools and machine

install_tools() {
    local tool missing=()
    for tool in nginx haproxy wrk openssl; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    ((${#missing[@]})) || return 0
    if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
        say "missing: ${missing[*]}; rows that need them are skipped (apt-get install ${missing[*]})"
        return
    fi
    say "installing ${missing[*]}"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } \
        >"$WORK/apt.out" 2>&1 </dev/null || say "apt-get failed, rows are skipped: $(tail -n 1 "$WORK/apt.out")"
    if command -v systemctl >/dev/null; then # Debian starts what it installs
        for tool in "${missing[@]}"; do systemctl disable --now "$tool" >/dev/null 2>&1 || true; done
    fi
}

machine() {
    local revision
    revision=$(git describe --always --dirty 2>/dev/null) || revision="not a git checkout"
    fact date "$(date -u +'%Y-%m-%d %H:%M UTC')"
    fact machine "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) CPUs, $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)"
    fact kernel "$(uname -s) $(uname -r | cut -d - -f 1)"
    fact "load before the run" "$(cut -d ' ' -f 1-3 /proc/loadavg)"
    [[ ${BENCH_BUILD:-true} == true ]] || revision="the build that was there; the tree is at $revision"
    fact revision "$revision"
    fact build "$(rustc --version | cut -d ' ' -f 1,2), release profile of Cargo.toml${BENCH_ALLOCATOR:+, allocator $BENCH_ALLOCATOR}"
    fact versions "$(versions | paste -sd ',' | sed 's/,/, /g')"
    fact "one run" "$REPETITIONS interleaved repetitions of $EACH s, median [min-max]; measured process on CPU 0, load, upstream and PostgreSQL on CPU 1"
    fact "access logs" "written by nginx, HAProxy and Vestibule, to /dev/null"
}

versions() {
    ! command -v nginx >/dev/null || nginx -v 2>&1 | sed 's/.*nginx\//nginx /'
    ! command -v haproxy >/dev/null || haproxy -v | sed -n '1s/HAProxy version \([^ ]*\).*/HAProxy \1/p'
    ! command -v wrk >/dev/null || wrk -v 2>&1 | sed -n '1s/^wrk \([^ ]*\).*/wrk \1/p'
    sed -n '/^name = "pingora"$/{n;s/version = "\(.*\)"/Pingora \1/p}' Cargo.lock
    "$(find_postgres)/postgres" --version | sed 's/.*(PostgreSQL) \([^ ]*\).*/PostgreSQL \1/'
}

cleanup() {
    local status=$? file
    trap '' INT TERM HUP
    set +e
    for file in "$WORK"/*.pid; do
        [[ $file == *.own.pid ]] || stop_recorded "$file" TERM 5
    done
    scripts/services.sh remove "$SERVICES"
    rm -f "$WORK/secret_key" "$WORK/keys" "$WORK/haproxy.cfg"
    exit "$status"
}

# ---------------------------------------------------------------- main

command -v taskset >/dev/null || die "taskset is missing: apt-get install util-linux"
(($(nproc) >= 2)) || die "two CPUs are needed: one for what is measured, one for everything else"
services=(postgres)
! command -v redis-server >/dev/null || services+=(redis)
scripts/packages.sh build postgres
mkdir -p "$WORK"
install_tools
PSQL=$(command -v psql) || PSQL=$(find_postgres)/psql

BIN=$(cargo metadata --format-version 1 --no-deps --locked | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/release
FEATURES=()
case ${BENCH_ALLOCATOR:-} in
    '') ;;
    system) FEATURES=(--no-default-features) ;;
    *) FEATURES=(--no-default-features --features "$BENCH_ALLOCATOR") ;;
esac
if [[ ${BENCH_BUILD:-true} == true ]]; then
    [[ -x $BIN/vestibule ]] || say "building; the first time takes several minutes"
    export SQLX_OFFLINE=true
    cargo build --release --locked --quiet --package vestibule-bench-load --package vestibule-bench-upstream
    cargo build --release --locked --quiet --package vestibule --package vestibule-bare-proxy --bins "${FEATURES[@]}"
fi

BEGAN=$SECONDS
HERTZ=$(getconf CLK_TCK)
MANY=10000000 # the largest they can be
WARMING=false
umask 077
export RUST_BACKTRACE=0 # what went wrong is the last line of what a command says
ulimit -n 16384 2>/dev/null || ulimit -n "$(ulimit -Hn)"
(($(ulimit -n) >= 2 * STREAMS + 200)) || die "$STREAMS streams need more file descriptors than \`ulimit -Hn\` allows"
for file in "$WORK"/*.pid; do
    if [[ -e $file && $file != *.own.pid ]]; then stop_recorded "$file" TERM 5; fi # left by a killed run
done
: >"$RAW"
: >"$FACTS"
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
machine

say "starting"
scripts/services.sh remove "$SERVICES"
exports=$(beside scripts/services.sh start "$SERVICES" "${services[@]}")
eval "$exports"
start_upstream
plain=(vestibule-ping vestibule-knowledge vestibule-chat-json)
streamed=(vestibule-sse vestibule-widget)
if [[ -z $ONLY ]]; then
    start_bare
    plain=(direct nginx haproxy bare vestibule-ping vestibule-knowledge vestibule-cached vestibule-redis vestibule-chat-json)
    streamed=(direct-sse nginx-sse bare-sse vestibule-sse vestibule-widget)
    if command -v nginx >/dev/null; then
        start_nginx
    else
        for row in nginx nginx-sse; do skip "$row" "nginx is not installed"; done
    fi
    if command -v haproxy >/dev/null && command -v openssl >/dev/null; then
        start_haproxy
    else
        skip haproxy "HAProxy or openssl is not installed"
    fi
fi
prepare_vestibule
if [[ -z $ONLY ]]; then
    look_for_cache
    look_for_redis
fi
if ! command -v wrk >/dev/null; then
    for row in "${plain[@]}"; do skip "$row" "wrk is not installed"; done
fi

say "requests"
repeat "${plain[@]}"
say "streamed answers"
repeat "${streamed[@]}"
WARMING=false
[[ -n $ONLY ]] || { intact && mixed && alone; }
stop_recorded "$WORK/vestibule-redis.pid" TERM 10
say "$STREAMS streams at once"
all_streams
if [[ -z $ONLY ]]; then
    say "keys"
    refused_keys
    many_keys
fi
say "done in $((SECONDS - BEGAN)) s after the build"
say ""
"$BIN/bench-load" report --raw "$RAW" --facts "$FACTS" --results "$RESULTS"
