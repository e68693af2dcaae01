#!/usr/bin/env bash
# The chat widget of clients/widget: types, build, units, and all of it in Chromium against a gateway with the stand-in.
#
#   BIN=target/debug   where `vestibule` and `vestibule-stand-in` are; without it they are built
#   CHROMIUM=...       the browser, if it is not where Debian has it
#
# Arguments go to Node's test runner for the browser tests: --test-name-pattern=axe
set -euo pipefail
. "$(dirname "$0")/lib.sh"

WIDGET=$PWD/clients/widget
SERVICES=widget-$$

scripts/packages.sh node chromium postgres redis
remove_killed_runs widget
trap '(trap "" INT TERM HUP; scripts/services.sh remove "$SERVICES")' EXIT
trap 'exit 130' INT TERM HUP

if ! cmp -s "$WIDGET/package-lock.json" "$WIDGET/node_modules/pin"; then
    say "installing what builds and tests the widget (log: .run/log/widget.log)"
    mkdir -p "$RUN/log"
    (cd "$WIDGET" && timeout 300 npm ci --no-audit --no-fund --loglevel=error) >"$RUN/log/widget.log" 2>&1 </dev/null || {
        tail -n 20 "$RUN/log/widget.log" >&2
        die "npm ci failed; the end of what was said is above"
    }
    cp "$WIDGET/package-lock.json" "$WIDGET/node_modules/pin"
fi

(cd "$WIDGET" && npm run --silent check && node --test test/unit/*.test.mjs) </dev/null

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
(cd "$WIDGET" && timeout 300 node --test "$@" test/browser.test.mjs) </dev/null
