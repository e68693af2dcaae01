#!/usr/bin/env bash
# Builds everything, measures all targets side by side, prints the tables and writes bench/RESULTS.md.
# README.md beside this file says how and why.
#
# In the environment:
#   BENCH_REPETITIONS=3    how often each row is measured, interleaved
#   BENCH_SECONDS=4        seconds of one measurement
#   BENCH_BUDGET=300       seconds in total after the build; what no longer fits is skipped and named
#   BENCH_RESULTS=FILE     another page than bench/RESULTS.md
#   BENCH_ALLOCATOR=NAME   jemalloc, mimalloc or system, instead of the default one, in gateway and bare proxy
#   BENCH_BUILD=false      measure what is built already
#   BENCH_ONLY=vestibule   only what is needed to compare builds of the gateway: bench/profiles.sh
set -euo pipefail
. "$(dirname "$0")/../scripts/lib.sh"

REPETITIONS=${BENCH_REPETITIONS:-3}
EACH=${BENCH_SECONDS:-4}
BUDGET=${BENCH_BUDGET:-300}
RESULTS=${BENCH_RESULTS:-bench/RESULTS.md}
ONLY=${BENCH_ONLY:-}
WORK=$RUN/bench
RAW=$WORK/raw.tsv
FACTS=$WORK/facts.tsv
SERVICES=bench
STREAMS=1000
INSTANT=bench-e50-f0-g0-c0        # the slug tells the upstream how to answer: bench/upstream/src/plan.rs
SLOW_EVENTS=32
SLOW=bench-e$SLOW_EVENTS-f500-g250-c0
ORIGIN=http://localhost:3000
ASK='{"message":"What does the cordless drill cost?","mode":"query","sessionId":"bench-{n}"}'
CHAT='{"message":"What does the cordless drill cost?","session_id":"bench-{n}"}'
CHAT_STREAM='{"message":"What does the cordless drill cost?","session_id":"bench-{n}","stream":true}'
WIDGET='{"message":"What does the cordless drill cost?","sessionId":"00000000-0000-4000-8000-00000000000{n}"}'
QUERY='{"query":"What does the cordless drill cost?"}'

declare -A AT=()   # base address of each target
declare -A KEY=()  # publishable key of each workspace
declare -A OUT=()  # rows that were given up

under_test() { exec taskset -c 0 "$@"; }
beside() { taskset -c 1 "$@"; }
left() { printf '%s\n' $((BUDGET - (SECONDS - BEGAN))); }

# ---------------------------------------------------------------- what is collected

skip() { # ROW REASON
    [[ -n ${OUT[$1]:-} ]] && return
    OUT[$1]=1
    printf '%s\tskipped\t%s\n' "$1" "$2" >>"$RAW"
    say "  $1: skipped, $2"
}

fact() { printf '%s\t%s\n' "$1" "$2" >>"$FACTS"; }

collect() { # ROW: the `name=value` lines of the input
    local row=$1 line
    while IFS= read -r line; do printf '%s\t%s\t%s\n' "$row" "${line%%=*}" "${line#*=}"; done >>"$RAW"
}

pids_of() { # TARGET: the process and its workers
    local pid
    pid=$(recorded_pid "$WORK/$1.pid") || die "$1 has died; its log is in $WORK"
    printf '%s\n' "$pid"
    tr ' ' '\n' <"/proc/$pid/task/$pid/children" | grep . || true
}

cpu_us() { # TARGET: user and system time of all threads
    local pid stat ticks=0
    for pid in $(pids_of "$1"); do
        stat=$(<"/proc/$pid/stat")
        stat=${stat##*) }
        # shellcheck disable=SC2086 # split on purpose: utime and stime are fields 14 and 15, so 12 and 13 from the state
        set -- "$1" $stat
        ticks=$((ticks + ${13} + ${14}))
    done
    printf '%s\n' $((ticks * 1000000 / TICKS))
}

rss_kib() { # TARGET
    local pid sum=0
    for pid in $(pids_of "$1"); do sum=$((sum + $(awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status"))); done
    printf '%s\n' "$sum"
}

measure() { # ROW TARGET COMMAND...: what the command counts, and what the target spent on it
    local row=$1 target=$2 before after said
    shift 2
    [[ -z ${OUT[$row]:-} ]] || return 0
    before=$(cpu_us "$target")
    if ! said=$("$@" 2>"$WORK/$row.err"); then
        skip "$row" "$(tail -n 1 "$WORK/$row.err")"
        return
    fi
    after=$(cpu_us "$target")
    if [[ -s $WORK/$row.err ]]; then say "  $row: $(tail -n 1 "$WORK/$row.err")"; fi
    [[ $WARMING != true ]] || return 0
    printf '%s\ncpu_us=%s\nrss_kib=%s\n' "$said" $((after - before)) "$(rss_kib "$target")" | collect "$row"
}

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

# ---------------------------------------------------------------- targets

# Access logs are written, to /dev/null: OUTPUT and ERRORS name it for those that log to where they speak.
spawn() { # TARGET COMMAND...: on the CPU of what is measured
    local name=$1
    shift
    stop_recorded "$WORK/$name.pid" TERM 10
    (under_test "$@") >"${OUTPUT:-$WORK/$name.out}" 2>"${ERRORS:-$WORK/$name.err}" </dev/null &
    remember $! "$WORK/$name.pid" || die "$name did not start: $(tail -n 3 "$WORK/$name.err")"
}

said_where() { # TARGET: reads the address it printed
    wait_until 5 grep -qs 'listening on' "$WORK/$1.out" || die "$1 did not start: $(tail -n 3 "$WORK/$1.err")"
    AT[$1]=http://$(sed -n 's/^listening on //p' "$WORK/$1.out")
}

start_upstream() {
    stop_recorded "$WORK/upstream.pid" TERM 5
    (exec taskset -c 1 "$BIN/bench-upstream") >"$WORK/upstream.out" 2>"$WORK/upstream.err" </dev/null &
    remember $! "$WORK/upstream.pid"
    said_where upstream
}

start_bare() {
    spawn bare "$BIN/bare-proxy" 127.0.0.1:0 "${AT[upstream]#http://}"
    said_where bare
}

start_nginx() {
    local port
    port=$(free_port)
    cat >"$WORK/nginx.conf" <<-CONF
		daemon off;
		worker_processes 1;
		pid $WORK/nginx.own.pid;
		error_log stderr error;
		worker_rlimit_nofile 8192;
		events { worker_connections 4096; }
		http {
		    access_log /dev/null;
		    client_body_temp_path $WORK/nginx-body;
		    proxy_temp_path $WORK/nginx-proxy;
		    fastcgi_temp_path $WORK/nginx-fastcgi;
		    uwsgi_temp_path $WORK/nginx-uwsgi;
		    scgi_temp_path $WORK/nginx-scgi;
		    keepalive_requests 1000000000;
		    upstream behind { server ${AT[upstream]#http://}; keepalive 256; keepalive_requests 1000000000; }
		    server {
		        listen 127.0.0.1:$port backlog=4096;
		        location / {
		            proxy_pass http://behind;
		            proxy_http_version 1.1;
		            proxy_set_header Connection "";
		            proxy_set_header Host \$host;
		            proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
		        }
		        location ~ /stream-chat\$ {
		            proxy_pass http://behind;
		            proxy_http_version 1.1;
		            proxy_set_header Connection "";
		            proxy_buffering off;
		            proxy_read_timeout 300s;
		        }
		    }
		}
	CONF
    AT[nginx]=http://127.0.0.1:$port
    spawn nginx nginx -c "$WORK/nginx.conf"
    await nginx
}

start_haproxy() {
    local port secret
    port=$(free_port)
    secret=$(random_hex 16)
    JWT=$(jwt "$secret")
    cat >"$WORK/haproxy.cfg" <<-CONF
		global
		    nbthread 1
		    maxconn 4096
		    log stdout format raw local0
		defaults
		    mode http
		    log global
		    option httplog
		    option http-keep-alive
		    timeout connect 1s
		    timeout client 75s
		    timeout server 30s
		    timeout http-request 10s
		frontend public
		    bind 127.0.0.1:$port
		    http-request set-var(txn.alg) http_auth_bearer,jwt_header_query('\$.alg')
		    http-request deny deny_status 401 unless { var(txn.alg) -m str HS256 }
		    http-request deny deny_status 401 unless { http_auth_bearer,jwt_verify(txn.alg,"$secret") 1 }
		    http-request set-var(txn.exp) http_auth_bearer,jwt_payload_query('\$.exp','int')
		    http-request set-var(txn.now) date()
		    http-request deny deny_status 401 if { var(txn.exp),sub(txn.now) -m int lt 0 }
		    http-request track-sc0 http_auth_bearer,jwt_payload_query('\$.sub')
		    http-request deny deny_status 429 if { sc_http_req_rate(0) gt 2000000000 }
		    stick-table type string len 64 size 100k expire 60s store http_req_rate(60s)
		    default_backend behind
		backend behind
		    http-reuse always
		    server upstream ${AT[upstream]#http://} pool-max-conn 256
	CONF
    AT[haproxy]=http://127.0.0.1:$port
    OUTPUT=/dev/null spawn haproxy haproxy -db -f "$WORK/haproxy.cfg"
    await haproxy "Authorization: Bearer $JWT"
}

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

jwt() { # SECRET
    local signed
    signed=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url).$(printf '{"sub":"bench","exp":%s}' $(($(date +%s) + 3600)) | base64url)
    printf '%s.%s\n' "$signed" "$(printf '%s' "$signed" | openssl dgst -sha256 -hmac "$1" -binary | base64url)"
}

await() { # TARGET [HEADER]
    local header=()
    [[ -z ${2:-} ]] || header=(--header "$2")
    "$BIN/bench-load" ready --seconds 5 --url "${AT[$1]}/api/ping" "${header[@]}" ||
        die "$1 does not answer: $(tail -n 3 "$WORK/$1.err")"
}

# ---------------------------------------------------------------- Vestibule

settings() { # everything in its own subshell, so that one instance does not see the settings of another
    export VESTIBULE_SECRET_KEY_FILE=$WORK/secret_key VESTIBULE_DATABASE_URL=$DATABASE_URL VESTIBULE_LOG_LEVEL=info
    export VESTIBULE_UPSTREAM_URL=${AT[upstream]} VESTIBULE_UPSTREAM_API_KEY=checked-by-nobody
    # Counted and compared on each request, never reached.
    export VESTIBULE_LIMITS_FLOOD_PER_IP_PER_SECOND=$MANY VESTIBULE_LIMITS_FLOOD_BURST=$MANY
    export VESTIBULE_LIMITS_ADMIN_FLOOD_PER_IP_PER_SECOND=$MANY VESTIBULE_LIMITS_ADMIN_FLOOD_BURST=$MANY
    export VESTIBULE_LIMITS_KEY_PER_MINUTE=$MANY VESTIBULE_LIMITS_KEY_BURST=$MANY VESTIBULE_LIMITS_IP_PER_MINUTE=$MANY
    export VESTIBULE_LIMITS_VISITOR_PER_MINUTE=$MANY VESTIBULE_LIMITS_MAX_STREAMS=5000
    export VESTIBULE_EDGE_MAX_CONNECTIONS_PER_IP=5000 VESTIBULE_EDGE_MAX_CONNECTIONS=5000
    export VESTIBULE_UPSTREAM_POOL_MAX_IDLE=256 VESTIBULE_USAGE_QUEUE=1000000
    unset REDIS_URL DATABASE_URL
}

vestibule() { (settings && exec "$BIN/vestibule" "$@"); } # the command line

start_vestibule() { # TARGET PREFIX [NAME=VALUE...]: addresses under PREFIX-public and so on; its time to ready is a row
    local target=$1 prefix=$2 public admin ops began setting
    shift 2
    public=$(free_port) admin=$(free_port) ops=$(free_port)
    AT[${prefix}public]=http://127.0.0.1:$public AT[${prefix}admin]=http://127.0.0.1:$admin
    stop_recorded "$WORK/$target.pid" TERM 10
    began=$(date +%s%N)
    (
        settings
        export VESTIBULE_PUBLIC_LISTEN=127.0.0.1:$public VESTIBULE_ADMIN_LISTEN=127.0.0.1:$admin
        export VESTIBULE_OPS_LISTEN=127.0.0.1:$ops
        for setting; do export "${setting?}"; done
        under_test "$BIN/vestibule" serve
    ) >/dev/null 2>"${ERRORS:-/dev/null}" </dev/null &
    remember $! "$WORK/$target.pid" || true
    if ! "$BIN/bench-load" ready --seconds 15 --url "http://127.0.0.1:$ops/readyz" 2>"$WORK/ready.err"; then
        [[ -z ${ERRORS:-} ]] || die "$target did not start: $(tail -n 3 "$ERRORS")"
        ERRORS=$WORK/$target.err start_vestibule "$target" "$prefix" "$@" # once more, to hear what it says
        return
    fi
    printf 'ready_ms=%s\n' $((($(date +%s%N) - began) / 1000000)) | collect start
}

workspace() { # SLUG UPSTREAM-SLUG: makes it and a key for it
    vestibule workspaces create --slug "$1" --name "$1" --upstream-slug "$2" >/dev/null
    KEY[$1]=$(new_key "$1")
    [[ ${KEY[$1]} == vst_pk_* ]] || die "\`vestibule keys create\` printed no key"
}

new_key() { # WORKSPACE
    vestibule keys create --workspace "$1" --kind publishable --env test --name bench --origin 'http://localhost:*' --quiet
}

sql() { # as superuser: rows that the gateway's own role could not make
    local url=$DATABASE_URL
    "$PSQL" --no-psqlrc --quiet --tuples-only --set ON_ERROR_STOP=1 "${url/vestibule:/postgres:}" "$@"
}

prepare_vestibule() {
    local cut
    head -c 32 /dev/urandom | base64 >"$WORK/secret_key"
    vestibule migrate >"$WORK/migrate.out" 2>&1 || die "\`vestibule migrate\` failed: $(tail -n 3 "$WORK/migrate.out")"
    workspace fast "$INSTANT"
    workspace slow "$SLOW"
    for cut in 1 7 1000000; do workspace "cut-$cut" "bench-e50-f0-g0-c$cut"; done
    start_vestibule vestibule ''
}

# Whether there is something to measure, told by what the gateway does.
look_for_cache() {
    local answer
    workspace cached bench-e50-f0-g0-c0-cached
    sql --command "UPDATE vestibule.workspace_settings SET cache_ttl_secs = 3600 FROM vestibule.workspaces w
        WHERE w.id = workspace_id AND w.slug = 'cached'" >/dev/null 2>&1 || true
    for _ in 1 2; do
        answer=$(curl -s --noproxy '*' -o "$WORK/cached.out" -D - -H "Authorization: Bearer ${KEY[cached]}" -H "Origin: $ORIGIN" \
            -H 'Content-Type: application/json' -d "$QUERY" "${AT[public]}/api/v1/knowledge/query") || return
    done
    grep -qi '^x-cache: hit' <<<"$answer" || skip vestibule-cached "this gateway caches no answers"
}

look_for_redis() {
    if [[ -z ${REDIS_URL:-} ]]; then
        skip vestibule-redis "Redis is not installed"
        return
    fi
    start_vestibule vestibule-redis redis- "VESTIBULE_REDIS_URL=$REDIS_URL"
    curl -s --noproxy '*' -o "$WORK/redis.out" -H "Authorization: Bearer ${KEY[fast]}" -H "Origin: $ORIGIN" \
        -H 'Content-Type: application/json' -d "$QUERY" "${AT[redis-public]}/api/v1/knowledge/query"
    if [[ $(redis-cli -u "$REDIS_URL" --no-auth-warning dbsize) == 0 ]]; then
        skip vestibule-redis "this gateway keeps nothing in Redis"
        stop_recorded "$WORK/vestibule-redis.pid" TERM 10
    fi
}

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

ask_with_keys() { # ROW: a fresh gateway that knows none of them yet
    start_vestibule vestibule ''
    measure "$1" vestibule beside "$BIN/bench-load" keys --keys "$WORK/keys" --url "${AT[public]}/api/v1/knowledge/query" \
        --body "$QUERY" --header "Origin: $ORIGIN"
}

many_keys() {
    local began=$SECONDS
    if (($(left) < 75)); then
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
TICKS=$(getconf CLK_TCK)
MANY=4000000000
WARMING=false
umask 077
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
[[ -n $ONLY ]] || intact
stop_recorded "$WORK/vestibule-redis.pid" TERM 10
say "$STREAMS streams at once"
all_streams
if [[ -z $ONLY ]]; then
    say "keys"
    many_keys
fi
say "done in $((SECONDS - BEGAN)) s after the build"
say ""
"$BIN/bench-load" report --raw "$RAW" --facts "$FACTS" --results "$RESULTS"
