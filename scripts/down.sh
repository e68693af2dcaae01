#!/usr/bin/env bash
# Stops what a killed `make run` or `make test` left behind; with --remove also drops .run and the data in it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

stop_recorded "$RUN/run.pid" TERM 70 # a run still alive ends its own processes
stop_recorded "$RUN/vestibule.pid" TERM 30
stop_recorded "$RUN/stand-in.pid" TERM 5

scripts/engine.sh stop

for name in $(scripts/services.sh list); do
    case ${1:-}$name in
        --remove* | test-* | sqlx-*) scripts/services.sh remove "$name" ;;
        *) scripts/services.sh stop "$name" ;;
    esac
done

if [[ ${1:-} == --remove ]]; then rm -rf "$RUN"; fi
