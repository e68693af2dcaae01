#!/usr/bin/env bash
# Makes sure that what the named purposes need is there: packages.sh [build] [postgres] [redis] [node] [chromium] [newman] [nginx] [haproxy] [python] [shellcheck] [engine] [promtool] [pgbouncer] [valgrind] [java]
# Root gets missing Debian packages installed; anybody else is told the line to type.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

missing=()
need() { # PACKAGES COMMAND...
    local packages=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$packages")
}

for purpose; do
    case $purpose in
        build)
            command -v cargo >/dev/null ||
                die "there is no Rust toolchain: install one from https://rustup.rs and open a new shell"
            need "gcc libc6-dev" command -v cc
            need make command -v make
            need cmake command -v cmake # compression inside Pingora is C built by cmake
            need curl command -v curl
            need ca-certificates test -s /etc/ssl/certs/ca-certificates.crt
            ;;
        postgres) need postgresql find_postgres ;;
        redis) need redis-server command -v redis-server ;;
        node | newman)
            need nodejs command -v node
            need npm command -v npm
            ;;
        chromium) need chromium find_chromium ;;
        # Without its service: a runlevel of 1 keeps Debian from starting it.
        nginx)
            need nginx-light test -x /usr/sbin/nginx
            export RUNLEVEL=1
            ;;
        haproxy)
            need haproxy test -x /usr/sbin/haproxy
            export RUNLEVEL=1
            ;;
        python) need "python3 python3-venv" python3 -c "import ensurepip, venv" ;;
        valgrind) need valgrind command -v callgrind_control ;;
        java) need default-jdk-headless command -v javac ;;
        shellcheck) need shellcheck command -v shellcheck ;;
        # Without its service: a runlevel of 1 keeps Debian from starting it.
        promtool)
            need prometheus command -v promtool
            export RUNLEVEL=1
            ;;
        pgbouncer)
            need pgbouncer test -x /usr/sbin/pgbouncer
            export RUNLEVEL=1
            ;;
        engine)
            need mmdebstrap command -v mmdebstrap
            need debian-archive-keyring test -s /usr/share/keyrings/debian-archive-keyring.gpg
            need iproute2 command -v ip
            need procps command -v pgrep
            ;;
        *) die "unknown purpose: $purpose" ;;
    esac
done

((${#missing[@]})) || exit 0
install="apt-get install -y --no-install-recommends ${missing[*]}"

command -v apt-get >/dev/null || die "missing: ${missing[*]} (names of Debian packages); install them and run again"
if ((EUID != 0)); then
    die "missing: ${missing[*]}. Install them and run again:
  sudo $install"
fi
say "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # one word per package
{ apt-get update && $install; } >"$log" 2>&1 </dev/null || {
    cat "$log" >&2
    die "apt-get failed; what it said is above"
}
