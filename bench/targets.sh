# shellcheck shell=bash
# Sourced by run.sh: starts what is measured, on CPU 0, and what stands behind it, on CPU 1.

# ---------------------------------------------------------------- targets

declare -A AT=()  # base address of each target
declare -A KEY=() # publishable key of each workspace

under_test() { exec taskset -c 0 "$@"; }
beside() { taskset -c 1 "$@"; }

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
    export VESTIBULE_USAGE_SPOOL_DIR=$WORK/spool VESTIBULE_UPSTREAM_POOL_MAX_IDLE=256 VESTIBULE_USAGE_QUEUE=1000000
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
    if ! "$BIN/bench-load" ready --seconds "${READY_SECONDS:-15}" --url "http://127.0.0.1:$ops/readyz" 2>"$WORK/ready.err"; then
        [[ -z ${ERRORS:-} ]] || die "$target did not start: $(tail -n 3 "$ERRORS")"
        ERRORS=$WORK/$target.err start_vestibule "$target" "$prefix" "$@" # once more, to hear what it says
        return
    fi
    printf 'ready_ms=%s\n' $((($(date +%s%N) - began) / 1000000)) | collect start
}

workspace() { # SLUG UPSTREAM-SLUG: adopts it, under the name it has there, and makes a key for it
    vestibule workspaces create --slug "$1" --name "$2" --upstream-slug "$2" >/dev/null
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
    sql --command "UPDATE vestibule.workspace_settings SET settings = settings || '{\"cache_ttl_secs\": 3600}'
        FROM vestibule.workspaces w
        WHERE w.id = workspace_id AND w.slug = 'cached'" >/dev/null 2>&1 || true
    for _ in 1 2; do
        answer=$(curl -s --noproxy '*' -o "$WORK/cached.out" -D - -H "Authorization: Bearer ${KEY[cached]}" -H "Origin: $ORIGIN" \
            -H 'Content-Type: application/json' -d "$QUERY" "${AT[public]}/api/v1/knowledge/query") || return
    done
    grep -qi '^x-cache: hit' <<<"$answer" || skip vestibule-cached "this gateway caches no answers"
}

look_for_redis() {
    local password port entries
    if [[ -z ${REDIS_URL:-} ]]; then
        skip vestibule-redis "Redis is not installed"
        return
    fi
    start_vestibule vestibule-redis redis- "VESTIBULE_REDIS_URL=$REDIS_URL"
    curl -s --noproxy '*' -o "$WORK/redis.out" -H "Authorization: Bearer ${KEY[fast]}" -H "Origin: $ORIGIN" \
        -H 'Content-Type: application/json' -d "$QUERY" "${AT[redis-public]}/api/v1/knowledge/query"
    password=${REDIS_URL#redis://:} port=${REDIS_URL##*:}
    entries=$(REDISCLI_AUTH=${password%%@*} redis-cli -h 127.0.0.1 -p "${port%%/*}" dbsize)
    if [[ ! $entries =~ ^[1-9] ]]; then
        skip vestibule-redis "this gateway keeps nothing in Redis"
        stop_recorded "$WORK/vestibule-redis.pid" TERM 10
    fi
}
