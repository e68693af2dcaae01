#!/usr/bin/env bash
# Builds Vestibule and starts everything a trial needs, in the foreground; Ctrl-C ends all of it.
#
# Given in the environment, these replace what would be started here:
#   DATABASE_URL, REDIS_URL                             a PostgreSQL and a Redis of yours
#   VESTIBULE_UPSTREAM_URL, VESTIBULE_UPSTREAM_API_KEY  a real AnythingLLM (a demo workspace is created in it, unless
#                                                       VESTIBULE_DEMO_ENABLED=false)
#   VESTIBULE_PUBLIC_LISTEN, _ADMIN_LISTEN, _OPS_LISTEN addresses, instead of 127.0.0.1 with 8080, 8081 and 9464 or free ports
#   PROFILE=release                                     the build of the container image: optimised, takes much longer
#   PROFILE=dev                                         the build of the tests
set -euo pipefail
. "$(dirname "$0")/lib.sh"

PROFILE=${PROFILE:-trial}
SERVICES=dev
STAND_IN_LOG=$RUN/log/stand-in.log
STEP_LOG=$RUN/log/run.log
VESTIBULE= # its pid

given() { # NAME...: one of the variables is set, as itself or as its _FILE
    local name file
    for name; do
        file=${name}_FILE
        [[ -n ${!name:-}${!file:-} ]] && return
    done
    return 1
}

quietly() { # COMMAND...: shows what it said only if it fails
    "$@" >"$STEP_LOG" 2>&1 </dev/null || {
        cat "$STEP_LOG" >&2
        die "\`${*##*/}\` failed; what it said is above"
    }
}

# ---------------------------------------------------------------- the build

build() {
    local cargo=(cargo build --profile "$PROFILE" --locked --package vestibule --package vestibule-stand-in --bins)
    [[ $PROFILE != trial ]] || cargo+=(--no-default-features) # jemalloc: half a minute of ./configure and C
    export SQLX_OFFLINE=true
    if [[ -t 2 ]]; then
        "${cargo[@]}" # draws a bar
    else
        CARGO_TERM_PROGRESS_WHEN=always CARGO_TERM_PROGRESS_WIDTH=120 CARGO_TERM_COLOR=never "${cargo[@]}" 2>&1 |
            stdbuf -oL tr '\r' '\n' | tell_progress
    fi
}

# Of cargo's bar, which it redraws all the time, a line every 15 s; errors and warnings as they are.
tell_progress() {
    local line part='' latest='' told=$SECONDS status
    while :; do
        status=0
        IFS= read -r -t 5 line || status=$?
        if ((status > 128)); then # nothing came for 5 s: one crate takes long
            part+=$line
        elif ((status)); then
            return 0
        else
            line=$part$line
            part=''
            case $line in
                *' Building ['*']'*) latest=${line##*] } ;;
                *' Compiling '* | *' Downloaded '* | *' Downloading '* | *' Updating '* | *' Finished '* | *' Blocking '* | '') ;;
                *) say "$line" ;;
            esac
        fi
        if [[ -n $latest ]] && ((SECONDS - told >= 15)); then
            told=$SECONDS
            # "12/391: a, b, c..." and blanks up to the width of a terminal
            read -r latest <<<"${latest/\// of }"
            say "  building, $((SECONDS / 60)):$(printf %02d $((SECONDS % 60))): $latest"
        fi
    done
}

# ---------------------------------------------------------------- the end, however it comes

cleanup() {
    local status=$?
    set +e
    trap '' HUP
    trap 'kill -s KILL "$VESTIBULE" 2>/dev/null' INT TERM # asked twice: do not wait for streams
    if [[ -n $VESTIBULE ]] && ! gone "$RUN/vestibule.pid"; then
        say "stopping: streams may finish (again: stop at once)"
        kill -s TERM "$VESTIBULE"
        # As long as it likes: `shutdown.drain_seconds` is its bound. `wait` and not polling, because a trap interrupts it.
        until gone "$RUN/vestibule.pid"; do wait "$VESTIBULE" || sleep 0.05; done 2>/dev/null
    fi
    trap '' INT TERM
    stop_recorded "$RUN/stand-in.pid" TERM 5
    scripts/services.sh stop "$SERVICES"
    rm -f "$RUN/run.pid" "$RUN/vestibule.pid"
    exit "$status"
}

# ---------------------------------------------------------------- AnythingLLM

start_stand_in() {
    local secrets=$RUN/stand-in.env port
    if [[ ! -s $secrets ]]; then
        printf 'STAND_IN_%s\n' "API_KEY=$(random_hex 20)" "ADMIN_USERNAME=admin" "ADMIN_PASSWORD=$(random_hex 6)" >"$secrets"
    fi
    set -a
    # shellcheck disable=SC1090
    . "$secrets"
    STAND_IN_TOKEN_DELAY_MS=${STAND_IN_TOKEN_DELAY_MS:-30}
    set +a
    setsid "$BIN/vestibule-stand-in" --listen 127.0.0.1:0 >"$STAND_IN_LOG" 2>&1 </dev/null &
    remember $! "$RUN/stand-in.pid"
    wait_until 10 stand_in_settled || true
    if gone "$RUN/stand-in.pid" || ! port=$(stand_in_port); then
        tail -n 20 "$STAND_IN_LOG" >&2
        die "the stand-in for AnythingLLM did not start; the end of $STAND_IN_LOG is above"
    fi
    export VESTIBULE_UPSTREAM_URL=http://127.0.0.1:$port
    export VESTIBULE_UPSTREAM_API_KEY=$STAND_IN_API_KEY
    export VESTIBULE_UPSTREAM_ADMIN_USERNAME=$STAND_IN_ADMIN_USERNAME
    export VESTIBULE_UPSTREAM_ADMIN_PASSWORD=$STAND_IN_ADMIN_PASSWORD
}

stand_in_port() {
    local line
    line=$(grep -m 1 'listening on' "$STAND_IN_LOG") && [[ $line =~ 127\.0\.0\.1:([0-9]+) ]] && printf '%s\n' "${BASH_REMATCH[1]}"
}

stand_in_settled() { stand_in_port >/dev/null || gone "$RUN/stand-in.pid"; }

# ---------------------------------------------------------------- Vestibule

choose_listeners() {
    local name port variable
    for name in public:8080 admin:8081 ops:9464; do
        port=${name#*:}
        name=${name%:*}
        variable=VESTIBULE_${name^^}_LISTEN
        if [[ " ${FORCED[*]} " != *" $variable "* ]]; then
            if port_taken "$port"; then
                say "port $port is taken: the $name listener takes another ($variable=127.0.0.1:PORT to choose)"
                port=$(free_port)
            fi
            export "$variable=127.0.0.1:$port"
        fi
    done
}

some_listener_taken() {
    port_taken "${VESTIBULE_PUBLIC_LISTEN##*:}" || port_taken "${VESTIBULE_ADMIN_LISTEN##*:}" || port_taken "${VESTIBULE_OPS_LISTEN##*:}"
}

ready() {
    local status
    status=$(curl -s --noproxy '*' --max-time 2 -o "$STEP_LOG" -w '%{http_code}' "$(local_url "$VESTIBULE_OPS_LISTEN" 127.0.0.1)/readyz") && [[ $status == 200 ]]
}

settled() { ready || gone "$RUN/vestibule.pid"; }

local_url() { # LISTEN HOST: the address to reach a listener at from here
    local host=${1%:*}
    case $host in 127.0.0.1 | 0.0.0.0 | '[::]' | '[::1]') host=$2 ;; esac
    printf 'http://%s:%s' "$host" "${1##*:}"
}

start_vestibule() {
    local try
    for try in 1 2 3; do
        choose_listeners
        if [[ $SEED == true ]]; then
            quietly "$BIN/vestibule" demo seed --out "$RUN/demo.json"
            VESTIBULE_DEMO_PUBLISHABLE_KEY=$(field publishable_key)
            export VESTIBULE_DEMO_PUBLISHABLE_KEY
        fi
        setsid "$BIN/vestibule" serve </dev/null & # a session of its own: Ctrl-C reaches this script alone, which stops it
        VESTIBULE=$!
        remember "$VESTIBULE" "$RUN/vestibule.pid" || true
        wait_until 60 settled || die "Vestibule is not ready after 60 s: $(cat "$STEP_LOG")"
        if ! gone "$RUN/vestibule.pid"; then return; fi
        some_listener_taken || break
        say "a port was taken in the meantime: trying others (attempt $try)"
    done
    die "Vestibule did not start; what it said is above"
}

field() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$RUN/demo.json" | head -n 1; }

greet() {
    local public admin
    public=$(local_url "$VESTIBULE_PUBLIC_LISTEN" localhost)
    admin=$(local_url "$VESTIBULE_ADMIN_LISTEN" localhost)
    say "
Vestibule is ready after $((SECONDS - BUILT)) s. It lets requests into $VESTIBULE_UPSTREAM_URL ($UPSTREAM)."
    if [[ $SEED == true ]]; then
        say "
  Ask, and see the answer stream:

    curl -N $public/api/v1/chat \\
      -H 'Authorization: Bearer $(field publishable_key)' -H 'Origin: $(field origin)' \\
      -H 'Content-Type: application/json' -d '{\"message\": \"How long do I have to return an order?\", \"stream\": true}'

  A shop with a chat on it      $public/demo"
    fi
    [[ $SEED == true ]] || say ""
    say "  API reference                 $public/docs
  AnythingLLM for staff         $admin${STAND_IN_ADMIN_PASSWORD:+   ($STAND_IN_ADMIN_USERNAME, password $STAND_IN_ADMIN_PASSWORD)}
  Metrics and health            $(local_url "$VESTIBULE_OPS_LISTEN" localhost)/metrics, /readyz"
    [[ $SEED != true ]] || say "  All keys and addresses        .run/demo.json"
    say "
Ctrl-C stops everything.
"
}

# ---------------------------------------------------------------- main

mkdir -p "$RUN/log"
if pid=$(recorded_pid "$RUN/run.pid"); then die "already running as process $pid; \`make down\` stops it"; fi

services=()
given DATABASE_URL VESTIBULE_DATABASE_URL || services+=(postgres)
given REDIS_URL VESTIBULE_REDIS_URL || services+=(redis)
UPSTREAM="a stand-in for AnythingLLM"
if given VESTIBULE_UPSTREAM_URL; then
    given VESTIBULE_UPSTREAM_API_KEY || die "VESTIBULE_UPSTREAM_URL is set, VESTIBULE_UPSTREAM_API_KEY is not: the API key is made in AnythingLLM under Settings > Developer API"
    UPSTREAM="your AnythingLLM"
fi
export VESTIBULE_DEMO_ENABLED=${VESTIBULE_DEMO_ENABLED:-true}
SEED=$VESTIBULE_DEMO_ENABLED
FORCED=()
for variable in VESTIBULE_{PUBLIC,ADMIN,OPS}_LISTEN; do
    [[ -z ${!variable:-} ]] || FORCED+=("$variable")
done

scripts/packages.sh build "${services[@]}"

# Where cargo puts the build: CARGO_TARGET_DIR or its configuration may have moved it.
BIN=$(cargo metadata --format-version 1 --no-deps --locked | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
case $PROFILE in dev) BIN+=/debug ;; *) BIN+=/$PROFILE ;; esac
[[ -x $BIN/vestibule ]] || say "building; the first time takes several minutes"
build
BUILT=$SECONDS
umask 077 # what follows writes keys and passwords

remember $$ "$RUN/run.pid"
trap cleanup EXIT
trap 'exit 0' INT TERM HUP

stop_recorded "$RUN/vestibule.pid" TERM 10 # left by a killed run
stop_recorded "$RUN/stand-in.pid" TERM 5

if ((${#services[@]})); then
    exports=$(scripts/services.sh start "$SERVICES" "${services[@]}")
    eval "$exports"
fi
if ! given VESTIBULE_SECRET_KEY; then
    [[ -s $RUN/secret_key ]] || head -c 32 /dev/urandom | base64 >"$RUN/secret_key"
    export VESTIBULE_SECRET_KEY_FILE=$RUN/secret_key
fi
export VESTIBULE_USAGE_SPOOL_DIR=${VESTIBULE_USAGE_SPOOL_DIR:-$RUN/spool}
if ! given VESTIBULE_LOG_FORMAT && [[ -t 2 ]]; then export VESTIBULE_LOG_FORMAT=pretty; fi
if ! given VESTIBULE_UPSTREAM_URL; then start_stand_in; fi

quietly "$BIN/vestibule" migrate
start_vestibule
greet
wait "$VESTIBULE" || die "Vestibule ended by itself with status $?; what it said is above"
