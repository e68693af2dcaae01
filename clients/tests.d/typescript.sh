# shellcheck shell=bash
# The client for TypeScript and JavaScript: its types, its build, and its tests against the gateway.
# shellcheck disable=SC2034 # read by scripts/test-clients.sh
needs="node chromium"

prepare() {
    local home=$CLIENTS/typescript
    # Beside its sources, where the compiler and editors look for it.
    if ! cmp -s "$home/package-lock.json" "$home/node_modules/pin"; then
        rm -rf "$home/node_modules" "$RUN/clients/typescript/pin"
        install_once "$home/package-lock.json" "$RUN/clients/typescript" npm --prefix "$home" ci --no-audit --no-fund --loglevel=error
        cp "$home/package-lock.json" "$home/node_modules/pin"
    fi
    (cd "$home" && npm run --silent check) </dev/null
}

run() {
    CHROMIUM=$(find_chromium) || return
    export CHROMIUM
    # One after another: some set how the stand-in behaves.
    (cd "$CLIENTS/typescript" && timeout 180 node --test --test-concurrency=1 --test-reporter=spec test/*.test.mjs)
}
