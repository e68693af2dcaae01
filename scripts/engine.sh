#!/usr/bin/env bash
# A Docker Engine of its own for tests, from Debian's packages, in namespaces of its own: it has no network but its own,
# publishes its ports there, sees no process but its own, and changes nothing on the machine. Needs root.
#
#   engine.sh possible            whether there can be one here; ends with 77 and says why if not
#   engine.sh start DIRECTORY     starts it; the directory is /installation in there. Made on first use, which takes minutes
#   engine.sh run COMMAND...      runs a command in there, which has docker with its plugins, curl and a shell
#   engine.sh stop                ends it and everything in it
#
# What is made once lies in VESTIBULE_CACHE, or ~/.cache/vestibule: the Debian in which it runs, which is also what images
# for tests are made of, and its images.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

CACHE=${VESTIBULE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/var/cache}/.cache}/vestibule}/engine
STATE=$RUN/engine
SUITE=trixie # its engine knows IPv6 and start intervals, its Compose merges with !reset
PACKAGES=docker.io,docker-cli,docker-compose,docker-buildx,iptables,iproute2,mount,ca-certificates,curl
# What the services of docker-compose.yml are, for images under the names that it uses.
PACKAGES+=,postgresql-17,postgresql-17-pgvector,redis-server,prometheus

CANNOT=77 # the status when there can be none here

cannot() {
    say "there is no Docker Engine for tests here: $*"
    exit "$CANNOT"
}

# ---------------------------------------------------------------- the Debian it runs in

make_root() {
    local root=$CACHE/root
    [[ $(cat "$CACHE/root.made-of" 2>/dev/null) == "$SUITE $PACKAGES" ]] && return
    say "making a Debian with an engine in it, once (log: .run/log/engine-root.log)"
    rm -rf "$CACHE/root.made-of" "$root" "$CACHE/data"
    mkdir -p "$RUN/log"
    timeout 420 nice -n 10 mmdebstrap --variant=apt --components=main --include="$PACKAGES" "$SUITE" "$root" \
        "${VESTIBULE_DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$RUN/log/engine-root.log" 2>&1 </dev/null || {
        tail -n 10 "$RUN/log/engine-root.log" >&2
        rm -rf "$root"
        cannot "its Debian could not be made; what was said is above"
    }
    printf '%s\n' "$SUITE $PACKAGES" >"$CACHE/root.made-of"
}

# ---------------------------------------------------------------- in there, as its first process

first_process() { # DIRECTORY: to be /installation
    local root=$CACHE/root
    ip link set lo up
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mkdir -p "$root/installation" "$root/var/lib/docker" "$root/mnt/machine" "$CACHE/data"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/run"
    mount -t tmpfs tmpfs "$root/tmp"
    mount --bind "$CACHE/data" "$root/var/lib/docker"
    mount --bind "$1" "$root/installation"
    cd "$root"
    pivot_root . mnt/machine
    cd /
    umount -l /mnt/machine
    export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
    rm -f /var/run/docker.pid
    # Not by exec: somebody must wait for processes whose parent has ended.
    dockerd --host unix:///run/docker.sock --log-level warn --experimental --ip6tables &
    trap 'kill -TERM %1' TERM
    wait %1 || true
    wait %1
}

# ---------------------------------------------------------------- from outside

engine_pid() { # of its first process, as the machine sees it
    local outer
    outer=$(recorded_pid "$STATE/pid") && pgrep --parent "$outer" --oldest
}

inside() { # COMMAND...
    local pid
    pid=$(engine_pid) || die "the engine does not run"
    nsenter --target "$pid" --mount --net --pid --uts --ipc --root \
        env --ignore-environment --chdir=/installation PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
        LC_ALL=C.UTF-8 "$@"
}

answers() { (inside docker version) >/dev/null 2>&1 || gone "$STATE/pid"; }

possible() {
    [[ $(uname -s) == Linux && -e /etc/debian_version ]] || cannot "it is made on Debian only"
    ((EUID == 0)) || cannot "it takes root"
    unshare --net --mount --pid --fork --kill-child true 2>/dev/null || cannot "the kernel gives no namespaces"
}

start() { # DIRECTORY
    possible
    scripts/packages.sh engine || cannot "its tools could not be installed"
    stop # left by a killed run
    mkdir -p "$CACHE" "$STATE"
    ln -sfn "$CACHE" "$STATE/cache"
    # For as long as the engine runs: it inherits the lock. Two engines must not have the same images.
    exec 9>"$CACHE/lock"
    flock --wait 600 9 || die "another engine runs with the same cache"
    make_root
    setsid unshare --net --mount --pid --uts --ipc --fork --kill-child --mount-proc \
        bash "$0" first-process "$1" >"$STATE/log" 2>&1 </dev/null &
    remember $! "$STATE/pid"
    wait_until 60 answers || true
    (inside docker version) >/dev/null 2>&1 || {
        tail -n 20 "$STATE/log" >&2
        stop
        cannot "it does not start; the end of its log is above"
    }
}

stop() {
    local pid outer
    if outer=$(recorded_pid "$STATE/pid"); then
        if pid=$(engine_pid); then kill -s TERM "$pid"; fi
        wait_until 30 gone "$STATE/pid" || kill -s KILL "$outer"
    fi
    rm -f "$STATE/pid"
}

case ${1:-} in
    possible) possible ;;
    start) start "$(realpath "$2")" ;;
    run)
        shift
        inside "$@"
        ;;
    stop) stop ;;
    first-process) first_process "$2" ;;
    *) die "usage: engine.sh possible | start DIRECTORY | run COMMAND... | stop" ;;
esac
