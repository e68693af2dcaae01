#!/usr/bin/env bash
# A private PostgreSQL and Redis, on free ports of the loopback, with a password nobody else knows.
#
#   services.sh start NAME [--throwaway] [postgres] [redis]   start them (both, unless named); prints `export DATABASE_URL=...`
#   services.sh stop NAME                                     stop them, keep the data
#   services.sh remove NAME                                   stop them, drop the data
#   services.sh list                                          the names with something left on disk
#
# They are for trying and testing: durability is off, so a power cut may cost their data. With --throwaway they are for one
# run: the data is in memory where there is room for it, and nothing tidies up tables that soon are gone.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

SERVICES=$RUN/services
ROLES=$PWD/deploy/postgres/roles.sql

# PostgreSQL refuses to run as root, so as root both servers run as another user.
AS_SERVER=()
SERVER_USER=$(id -un)
if ((EUID == 0)); then
    SERVER_USER=nobody
    if id -u postgres >/dev/null 2>&1; then SERVER_USER=postgres; fi
    AS_SERVER=(setpriv --reuid="$SERVER_USER" --regid="$(id -gn "$SERVER_USER")" --clear-groups env HOME=/)
fi

# Where the data lies: in memory if it is to be thrown away and there is room; under .run; or in a folder outside if the
# server user cannot get there (a checkout in /root).
place() { # prints and remembers the folder
    local here=$STATE/data base
    if base=$(cat "$STATE/base" 2>/dev/null) && [[ -d $base ]]; then
        printf '%s\n' "$base"
        return
    fi
    if [[ -n $THROWAWAY ]] && memory_has_room 4; then
        here=$(mktemp -d /dev/shm/vestibule-XXXXXXXX)
        ((EUID != 0)) || chown "$SERVER_USER:" "$here"
        printf '%s\n' "$here" >"$STATE/base"
        printf '%s\n' "$here"
        return
    fi
    mkdir -p "$here"
    chmod 700 "$here"
    if ((EUID == 0)) && ! { chown "$SERVER_USER:" "$here" 2>/dev/null && "${AS_SERVER[@]}" test -w "$here"; }; then
        rmdir "$here"
        here=$(mktemp -d /var/tmp/vestibule-XXXXXXXX)
        chown "$SERVER_USER:" "$here"
    fi
    printf '%s\n' "$here" >"$STATE/base"
    printf '%s\n' "$here"
}

# ---------------------------------------------------------------- PostgreSQL

# The role is what production has: owner of its database, no superuser, so row-level security holds for it too.
# It may create databases, because each test has one of its own, and roles, because migrations do.
init_postgres() {
    local log=$BASE/initdb.log
    "${AS_SERVER[@]}" tee "$BASE/pwfile" >/dev/null <<<"$PASSWORD"
    "${AS_SERVER[@]}" "$PG_BIN/initdb" --pgdata="$PGDATA" --username=postgres --pwfile="$BASE/pwfile" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$log" 2>&1 </dev/null || {
        cat "$log" >&2
        die "initdb failed; what it said is above"
    }
    rm -f "$BASE/pwfile"
    # Verifies the password in the server: SCRAM makes an unoptimised test binary hash 4096 times for each connection.
    "${AS_SERVER[@]}" tee "$PGDATA/pg_hba.conf" >/dev/null <<<'host all all 127.0.0.1/32 password'
    "${AS_SERVER[@]}" tee -a "$PGDATA/postgresql.conf" >/dev/null <<-'CONF'
		listen_addresses = '127.0.0.1'
		unix_socket_directories = ''
		max_connections = 300
		shared_buffers = 64MB
		fsync = off
		synchronous_commit = off
		full_page_writes = off
		wal_level = minimal
		max_wal_senders = 0
		max_wal_size = 1GB
		jit = off
		# A SCRAM verifier costs 4096 rounds for each connection, and tests make thousands. The password is 16 random bytes.
		password_encryption = md5
		# DROP DATABASE waits for connections that are half made, and those of a test that is over will never be whole.
		authentication_timeout = 3s
		timezone = 'UTC'
	CONF
    if [[ -n $THROWAWAY ]]; then # visits to hundreds of databases, each a process of its own
        "${AS_SERVER[@]}" tee -a "$PGDATA/postgresql.conf" >/dev/null <<<'autovacuum = off'
    fi
    "${AS_SERVER[@]}" "$PG_BIN/postgres" --single -D "$PGDATA" postgres >"$log" 2>&1 <<-SQL || { cat "$log" >&2; die "could not create the database"; }
		CREATE ROLE vestibule LOGIN CREATEDB CREATEROLE PASSWORD '$PASSWORD'
		CREATE DATABASE vestibule OWNER vestibule
	SQL
}

start_postgres() {
    local port log=$BASE/postgres.log
    recorded_pid "$STATE/postgres.pid" >/dev/null && return
    PGDATA=$BASE/postgres
    if [[ ! -e $BASE/postgres.ready ]]; then
        rm -rf "$PGDATA"
        init_postgres
        touch "$BASE/postgres.ready"
    fi
    "${AS_SERVER[@]}" rm -f "$PGDATA/postmaster.pid" # left by a server that was killed; the record above says that none runs
    port=$(cat "$STATE/postgres.port" 2>/dev/null) || port=$(free_port)
    for _ in {1..10}; do
        if ! port_taken "$port"; then
            if "${AS_SERVER[@]}" setsid "$PG_BIN/pg_ctl" start -w -t 60 -s -D "$PGDATA" -l "$log" -o "-p $port" >/dev/null 2>&1 </dev/null; then
                printf '%s\n' "$port" >"$STATE/postgres.port"
                remember "$("${AS_SERVER[@]}" head -n 1 "$PGDATA/postmaster.pid")" "$STATE/postgres.pid"
                return
            fi
            tail -n 20 "$log" | grep -q 'could not bind' || {
                tail -n 20 "$log" >&2
                die "PostgreSQL did not start; the end of its log is above"
            }
        fi
        port=$(free_port)
    done
    die "PostgreSQL found no free port in ten tries"
}

# By the script that every installation uses. Not for tests: there migrations make the roles, which is tested, too.
make_roles() {
    local port log=$BASE/roles.log
    port=$(<"$STATE/postgres.port")
    PGPASSWORD=$PASSWORD psql --no-psqlrc --host 127.0.0.1 --port "$port" --username postgres --dbname postgres \
        <"$ROLES" >"$log" 2>&1 || {
        cat "$log" >&2
        die "deploy/postgres/roles.sql failed; what it said is above"
    }
}

# ---------------------------------------------------------------- Redis

redis_answers() {
    local auth='' pong=''
    { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
    printf 'AUTH %s\r\nPING\r\n' "$PASSWORD" >&3
    read -r -t 2 auth <&3 && read -r -t 2 pong <&3
    exec 3>&-
    [[ $auth$pong == +OK*+PONG* ]] # another Redis would not know the password
}

redis_settled() { # answers, or has given up
    redis_answers "$1" || ! kill -0 "$2" 2>/dev/null
}

start_redis() {
    local port pid log=$BASE/redis.log
    recorded_pid "$STATE/redis.pid" >/dev/null && return
    port=$(cat "$STATE/redis.port" 2>/dev/null) || port=$(free_port)
    for _ in {1..10}; do
        if ! port_taken "$port"; then
            "${AS_SERVER[@]}" tee "$BASE/redis.conf" >/dev/null <<-CONF
				bind 127.0.0.1
				port $port
				requirepass $PASSWORD
				dir "$BASE"
				save ""
				appendonly no
				maxmemory 256mb
				maxmemory-policy noeviction
			CONF
            "${AS_SERVER[@]}" setsid redis-server "$BASE/redis.conf" >"$log" 2>&1 </dev/null &
            pid=$!
            wait_until 10 redis_settled "$port" "$pid" || true
            if kill -0 "$pid" 2>/dev/null && redis_answers "$port"; then
                printf '%s\n' "$port" >"$STATE/redis.port"
                remember "$pid" "$STATE/redis.pid"
                return
            fi
            kill -s KILL "$pid" 2>/dev/null || true
            grep -q 'Address already in use' "$log" || {
                tail -n 20 "$log" >&2
                die "Redis did not start; the end of its log is above"
            }
        fi
        port=$(free_port)
    done
    die "Redis found no free port in ten tries"
}

# ---------------------------------------------------------------- commands

start() {
    local wanted service
    THROWAWAY=
    if [[ ${1:-} == --throwaway ]]; then
        THROWAWAY=yes
        shift
    fi
    wanted=("$@")
    ((${#wanted[@]})) || wanted=(postgres redis)
    umask 077
    (umask 022 && mkdir -p "$STATE")
    BASE=$(place)
    cd "$BASE" # the server user may not be able to stand where we are
    [[ -s $STATE/password ]] || random_hex 16 >"$STATE/password"
    PASSWORD=$(<"$STATE/password")
    for service in "${wanted[@]}"; do
        case $service in
            postgres)
                PG_BIN=$(find_postgres) || die "PostgreSQL is not installed: apt-get install postgresql"
                start_postgres
                [[ -n $THROWAWAY ]] || make_roles
                printf "export DATABASE_URL='postgres://vestibule:%s@127.0.0.1:%s/vestibule'\n" "$PASSWORD" "$(<"$STATE/postgres.port")"
                ;;
            redis)
                command -v redis-server >/dev/null || die "Redis is not installed: apt-get install redis-server"
                start_redis
                printf "export REDIS_URL='redis://:%s@127.0.0.1:%s/0'\n" "$PASSWORD" "$(<"$STATE/redis.port")"
                ;;
            *) die "unknown service: $service" ;;
        esac
    done
}

stop() {
    stop_recorded "$STATE/redis.pid" TERM 5
    stop_recorded "$STATE/postgres.pid" INT 20 # fast shutdown: open sessions are cut, the data is left clean
}

remove() {
    local base
    stop
    base=$(cat "$STATE/base" 2>/dev/null) || base=
    case $base in
        "$STATE/data" | /var/tmp/vestibule-???????? | /dev/shm/vestibule-????????) rm -rf "$base" ;;
    esac
    rm -rf "$STATE"
}

command=${1:-}
[[ $command == list || ${2:-} =~ ^[a-z0-9-]+$ ]] || die "usage: services.sh start|stop|remove NAME, or list"
STATE=$SERVICES/${2:-}
case $command in
    start) start "${@:3}" ;;
    stop) stop ;;
    remove) remove ;;
    list) [[ ! -d $SERVICES ]] || ls -1 "$SERVICES" ;;
    *) die "usage: services.sh start|stop|remove NAME, or list" ;;
esac
