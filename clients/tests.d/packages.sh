# shellcheck shell=bash disable=SC2034,SC2154 # read by scripts/test-clients.sh, which says what a suite is
# Other people's clients: packages of OpenAI, LangChain, MCP and the AI SDK, for Python and JavaScript.
# Starts a gateway of its own, because it also stops it.
needs="python"

prepare() {
    CLIENTS_PYTHON=$(scripts/tools.sh clients)
    CLIENTS_TESTS=$PWD/tests/clients
    CLIENTS_SUPPORT=$PWD/clients/widget/test/support/gateway.mjs
    CLIENTS_FEED=$PWD/clients/widget/test/support/feed.csv
    export CLIENTS_PYTHON CLIENTS_TESTS CLIENTS_SUPPORT CLIENTS_FEED
}

run() {
    local modules exports own=$SERVICES-packages status=0
    modules=$(dirname "$(dirname "$(dirname "$CLIENTS_PYTHON")")")
    # A database of its own: its gateway has another secret key than the one of the other suites.
    exports=$(scripts/services.sh start "$own" --throwaway postgres redis) || return
    eval "$exports"
    # Node looks for packages above the file that names them.
    cp "$CLIENTS_TESTS/clients.test.mjs" "$modules/clients.test.mjs"
    CLIENTS_BIN=$CLIENTS_TEST_BIN timeout 300 node --test "$modules/clients.test.mjs" || status=$?
    scripts/services.sh remove "$own"
    return "$status"
}
