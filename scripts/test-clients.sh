#!/usr/bin/env bash
# Clients against a running gateway with the stand-in behind it: each suite is a file of clients/tests.d, which says
# what it needs and runs its tests. One gateway for all of them.
#
#   BIN=target/debug   where `vestibule` and `vestibule-stand-in` are; without it they are built
#
# Arguments are names of suites: test-clients.sh typescript python. Without any, all run.
#
# A suite is Bash, read into this script. It finds in $GATEWAY a JSON file: base, stand_in, publishable_key, secret_key,
# origin, manager_username, manager_password. What it installs it puts below $RUN/clients/NAME, with `install_once`.
#     needs="node python"         purposes of scripts/packages.sh; may be empty
#     prepare() { ...; }          installs and checks what needs no gateway
#     run() { ...; }              the tests, bounded in time; its status is that of the suite, and `set -e` is off in it
set -euo pipefail
. "$(dirname "$0")/lib.sh"

SERVICES=clients-$$
CLIENTS=$PWD/clients
suites=("$@")
if ((${#suites[@]} == 0)); then
    for file in "$CLIENTS"/tests.d/*.sh; do suites+=("$(basename "$file" .sh)"); done
fi

# install_once PIN DIRECTORY COMMAND...: runs the command in the directory, unless that was done with this very pin.
install_once() {
    local pin=$1 home=$2 log
    shift 2
    log=$RUN/log/clients-$suite.log
    if ! cmp -s "$pin" "$home/pin"; then
        say "installing what the suite $suite needs (log: ${log#"$PWD/"})"
        rm -f "$home/pin"
        mkdir -p "$home" "$RUN/log"
        (cd "$home" && timeout 300 "$@") >"$log" 2>&1 </dev/null || {
            tail -n 20 "$log" >&2
            die "$suite: the installation failed; the end of what was said is above"
        }
        cp "$pin" "$home/pin"
    fi
}

# venv_once PIN DIRECTORY: DIRECTORY/venv, a virtual environment with what the pin, a list of requirements, names.
venv_once() {
    # shellcheck disable=SC2016 # for the shell that is started
    install_once "$1" "$2" bash -c 'python3 -m venv --clear venv &&
        venv/bin/pip install --disable-pip-version-check --quiet --require-hashes --only-binary :all: --requirement "$0"' "$1"
}

load() { # SUITE
    suite=$1 needs=
    unset -f prepare run
    # shellcheck source=/dev/null
    . "$CLIENTS/tests.d/$suite.sh"
}

for each in "${suites[@]}"; do
    [[ -f $CLIENTS/tests.d/$each.sh ]] || die "there is no suite $each in clients/tests.d"
    load "$each"
    # shellcheck disable=SC2086 # one word per purpose
    scripts/packages.sh postgres redis node $needs
done
remove_killed_runs clients
mkdir -p "$RUN/clients"
started=
finish() {
    trap "" INT TERM HUP
    if [[ -n $started ]]; then stop_recorded "$RUN/clients/$SERVICES.pid" TERM 20; fi
    rm -f "$RUN/clients/$SERVICES".*
    scripts/services.sh remove "$SERVICES"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

for each in "${suites[@]}"; do
    load "$each"
    prepare
done

if [[ -z ${BIN:-} ]]; then
    scripts/packages.sh build
    SQLX_OFFLINE=true cargo build --locked --package vestibule --package vestibule-stand-in --bins
    BIN=${CARGO_TARGET_DIR:-target}/debug
fi
[[ -x $BIN/vestibule && -x $BIN/vestibule-stand-in ]] || die "$BIN has no gateway with its stand-in"

exports=$(scripts/services.sh start "$SERVICES" --throwaway postgres redis)
eval "$exports"
CLIENTS_TEST_BIN=$(cd "$BIN" && pwd)
GATEWAY=$RUN/clients/$SERVICES.json
export CLIENTS_TEST_BIN GATEWAY
node "$CLIENTS/gateway.mjs" "$GATEWAY" >"$RUN/clients/$SERVICES.log" 2>&1 </dev/null &
started=$!
remember "$started" "$RUN/clients/$SERVICES.pid"
ready_or_gone() { [[ -s $GATEWAY ]] || gone "$RUN/clients/$SERVICES.pid"; }
wait_until 120 ready_or_gone || true
if [[ ! -s $GATEWAY ]]; then
    cat "$RUN/clients/$SERVICES.log" >&2
    die "the gateway did not start; what it said is above"
fi

failed=()
for each in "${suites[@]}"; do
    load "$each"
    say "--- $suite"
    (run) </dev/null || failed+=("$suite")
done
((${#failed[@]} == 0)) || die "failed: ${failed[*]}"
