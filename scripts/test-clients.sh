#!/usr/bin/env bash
# Other people's clients against a gateway with the stand-in: OpenAI's packages for Python and JavaScript, LangChain, the
# AI SDK, and MCP's package for Python.
#
#   BIN=target/debug   where `vestibule` and `vestibule-stand-in` are; without it they are built
#
# Arguments go to Node's test runner: --test-name-pattern=MCP
set -euo pipefail
. "$(dirname "$0")/lib.sh"

TESTS=$PWD/tests/clients
SERVICES=clients-$$

scripts/packages.sh node python postgres redis
remove_killed_runs clients
trap '(trap "" INT TERM HUP; scripts/services.sh remove "$SERVICES")' EXIT
trap 'exit 130' INT TERM HUP

CLIENTS_PYTHON=$(scripts/tools.sh clients)
MODULES=$(dirname "$(dirname "$(dirname "$CLIENTS_PYTHON")")")

if [[ -z ${BIN:-} ]]; then
    scripts/packages.sh build
    SQLX_OFFLINE=true cargo build --locked --package vestibule --package vestibule-stand-in --bins
    BIN=${CARGO_TARGET_DIR:-target}/debug
fi
[[ -x $BIN/vestibule && -x $BIN/vestibule-stand-in ]] || die "$BIN has no gateway with its stand-in"

exports=$(scripts/services.sh start "$SERVICES" --throwaway postgres redis)
eval "$exports"
CLIENTS_BIN=$(cd "$BIN" && pwd)
CLIENTS_SUPPORT=$PWD/clients/widget/test/support/gateway.mjs
CLIENTS_FEED=$PWD/clients/widget/test/support/feed.csv
CLIENTS_TESTS=$TESTS
export CLIENTS_PYTHON CLIENTS_BIN CLIENTS_SUPPORT CLIENTS_FEED CLIENTS_TESTS
# Node looks for packages above the file that names them.
cp "$TESTS/clients.test.mjs" "$MODULES/clients.test.mjs"
timeout 300 node --test "$@" "$MODULES/clients.test.mjs" </dev/null
