#!/usr/bin/env bash
# newman, which runs docs/postman against a gateway (tests/it/postman): installs what tests/postman/package-lock.json says
# below .run, unless that is there, and prints where its program is.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

HOME_OF_IT=$RUN/newman
LOG=$RUN/log/newman.log
PROGRAM=$HOME_OF_IT/node_modules/newman/bin/newman.js

if [[ ! -s $PROGRAM ]] || ! cmp -s tests/postman/package-lock.json "$HOME_OF_IT/package-lock.json"; then
    scripts/packages.sh newman >&2
    rm -rf "$HOME_OF_IT"
    mkdir -p "$HOME_OF_IT" "$RUN/log"
    cp tests/postman/{package.json,package-lock.json,.npmrc} "$HOME_OF_IT"
    (cd "$HOME_OF_IT" && timeout 300 npm ci --no-audit --no-fund --loglevel=error) >"$LOG" 2>&1 </dev/null || {
        rm -rf "$HOME_OF_IT"
        tail -n 20 "$LOG" >&2
        die "npm could not install newman; the end of what it said is above"
    }
fi
node "$PROGRAM" --version >/dev/null || die "newman does not start with $(node --version 2>&1)"
printf '%s\n' "$PROGRAM"
