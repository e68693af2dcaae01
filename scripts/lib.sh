# shellcheck shell=bash
# Sourced by the other scripts: where things live, how they speak, how a process is remembered and stopped.
# Changes the directory to the root of the repository.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
# shellcheck disable=SC2034 # for those who source this
RUN=$PWD/.run # everything that running and testing leave behind

say() { printf '%s\n' "$*" >&2; }
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# ---------------------------------------------------------------- processes
# A pid alone may meanwhile be somebody else's. A record is pid, start time and boot, so it names one process for ever.

process_record() { # PID
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    stat=${stat##*) } # the command name may hold blanks and parentheses; the state comes after it
    # shellcheck disable=SC2086 # split on purpose: the start time is field 22 of the line, so the 20th from the state
    set -- "$1" $stat
    [[ $2 != Z ]] || return 1
    printf '%s %s %s\n' "$1" "${21}" "$(</proc/sys/kernel/random/boot_id)"
}

remember() { # PID FILE
    process_record "$1" >"$2"
}

recorded_pid() { # FILE: prints the pid if that very process still runs
    local record
    record=$(cat "$1" 2>/dev/null) || return 1
    [[ -n $record && $(process_record "${record%% *}") == "$record" ]] || return 1
    printf '%s\n' "${record%% *}"
}

stop_recorded() { # FILE SIGNAL SECONDS: asks, waits, then kills
    local pid
    if pid=$(recorded_pid "$1"); then
        kill -s "$2" "$pid" 2>/dev/null || true
        if ! wait_until "$3" gone "$1"; then
            say "process $pid did not stop within $3 s: killing it"
            kill -s KILL "$pid" 2>/dev/null || true
            wait_until 5 gone "$1" || true
        fi
    fi
    rm -f "$1"
}

gone() { ! recorded_pid "$1" >/dev/null; }

wait_until() { # SECONDS COMMAND...: polls every 50 ms
    local end=$((SECONDS + $1 + 1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.05
    done
}

# ---------------------------------------------------------------- ports
# The kernel's own table of listening sockets: sees every address and disturbs nobody. Between looking and binding
# somebody else may still come first, so whoever uses these starts its server, and picks again if that could not bind.

port_taken() { # PORT
    grep -qsiE "^ *[0-9]+: [0-9A-F]+:$(printf '%04X' "$1") [0-9A-F]+:0000 0A " /proc/net/tcp /proc/net/tcp6
}

free_port() { # below the range the kernel uses for outgoing connections
    local port
    for _ in {1..200}; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        port_taken "$port" || {
            printf '%s\n' "$port"
            return
        }
    done
    die "found no free port between 20000 and 32000"
}

# ---------------------------------------------------------------- small things

random_hex() { # BYTES
    head -c "$1" /dev/urandom | od -An -vtx1 | tr -d ' \n'
}

memory_has_room() { # GIGABYTES: for files in /dev/shm, which must not crowd out the processes
    local free
    [[ -w /dev/shm ]] || return 1
    free=$(df --output=avail --block-size=1M /dev/shm 2>/dev/null | tail -n 1) && ((free >= $1 * 1024)) &&
        awk -v wanted="$1" '/^MemAvailable:/ { exit !($2 >= 2 * wanted * 1048576) }' /proc/meminfo
}

find_postgres() { # prints the folder of initdb and postgres: PATH first, then the newest Debian package
    local found
    if found=$(command -v initdb) && [[ -x ${found%/*}/postgres ]]; then
        printf '%s\n' "${found%/*}"
        return
    fi
    found=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
    [[ -x $found ]] || return 1
    printf '%s\n' "${found%/*}"
}

find_chromium() { # prints the program
    local found
    for found in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [[ -n $found ]] && command -v "$found"; then return; fi
    done
    return 1
}

# ---------------------------------------------------------------- runs of tests

remove_killed_runs() { # KIND: what runs of this kind that were killed have left; their services are called KIND-PID
    local name
    for name in $(scripts/services.sh list); do
        if [[ $name == "$1"-* && ! -d /proc/${name#"$1"-} ]]; then scripts/services.sh remove "$name"; fi
    done
}

# Every gateway that starts reads the certificates of all authorities in the world, in a build that is not optimised: more
# than all else that most tests do. No test talks to anybody outside, so one authority is enough.
one_authority() { # DIRECTORY: where SSL_CERT_FILE, `authority.pem`, and SSL_CERT_DIR, `authorities`, are to be
    mkdir "$1/authorities"
    awk '{ print } /END CERTIFICATE/ { exit }' /etc/ssl/certs/ca-certificates.crt >"$1/authority.pem"
}
