#!/usr/bin/env bash
# The console in Chromium, against a gateway with the stand-in: a first day of a shop's staff, and axe on every page.
#
#   BIN=target/debug        where `vestibule` and `vestibule-stand-in` are; without it they are built
#   CHROMIUM=...            the browser, if it is not where Debian has it
#   CONSOLE_PICTURES=DIR    pictures of every page at three widths
#
# Arguments go to Node's test runner: --test-name-pattern=axe
set -euo pipefail
. "$(dirname "$0")/lib.sh"

WIDGET=$PWD/clients/widget
SERVICES=console-$$

scripts/packages.sh node chromium postgres redis
remove_killed_runs console
trap '(trap "" INT TERM HUP; scripts/services.sh remove "$SERVICES")' EXIT
trap 'exit 130' INT TERM HUP

if ! cmp -s "$WIDGET/package-lock.json" "$WIDGET/node_modules/pin"; then
    say "installing what drives the browser (log: .run/log/console.log)"
    mkdir -p "$RUN/log"
    (cd "$WIDGET" && timeout 300 npm ci --no-audit --no-fund --loglevel=error) >"$RUN/log/console.log" 2>&1 </dev/null || {
        tail -n 20 "$RUN/log/console.log" >&2
        die "npm ci failed; the end of what was said is above"
    }
    cp "$WIDGET/package-lock.json" "$WIDGET/node_modules/pin"
fi

if [[ -z ${BIN:-} ]]; then
    scripts/packages.sh build
    SQLX_OFFLINE=true cargo build --locked --package vestibule --package vestibule-stand-in --bins
    BIN=${CARGO_TARGET_DIR:-target}/debug
fi
[[ -x $BIN/vestibule && -x $BIN/vestibule-stand-in ]] || die "$BIN has no gateway with its stand-in"

exports=$(scripts/services.sh start "$SERVICES" --throwaway postgres redis)
eval "$exports"
CHROMIUM=$(find_chromium)
WIDGET_TEST_BIN=$(cd "$BIN" && pwd)
export CHROMIUM WIDGET_TEST_BIN
(cd "$WIDGET" && timeout 180 node --test "$@" test/console.test.mjs) </dev/null
