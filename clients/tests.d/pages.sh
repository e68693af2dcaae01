# shellcheck shell=bash
# The pages that the gateway serves to people, the reader of the API and the demo, in Chromium.
# shellcheck disable=SC2034 # read by scripts/test-clients.sh
needs="node chromium"

prepare() {
    local there=$RUN/clients/pages
    mkdir -p "$there"
    cp "$CLIENTS"/pages/{package.json,package-lock.json,.npmrc} "$there"
    [[ -d $there/node_modules ]] || rm -f "$there/pin"
    install_once "$CLIENTS/pages/package-lock.json" "$there" npm ci --no-audit --no-fund --loglevel=error
    # Node looks for packages beside the files that name them.
    rm -rf "$CLIENTS/pages/node_modules"
    ln -s "$there/node_modules" "$CLIENTS/pages/node_modules"
}

run() {
    CHROMIUM=$(find_chromium) || return
    export CHROMIUM
    (cd "$CLIENTS/pages" && timeout 120 node --test --test-concurrency=1 --test-reporter=spec test/*.test.mjs)
}
