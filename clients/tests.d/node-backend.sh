# shellcheck shell=bash
# A shop's back end in Node, with compression(), in front of the gateway.
# shellcheck disable=SC2034 # read by scripts/test-clients.sh
needs="node"

prepare() {
    local home=$CLIENTS/backends/node there=$RUN/clients/node-backend
    mkdir -p "$there"
    cp "$home"/{package.json,package-lock.json,.npmrc,backend.test.mjs} "$there"
    install_once "$home/package-lock.json" "$there" npm ci --no-audit --no-fund --loglevel=error
}

run() {
    # Node looks for packages above the file that names them.
    (cd "$RUN/clients/node-backend" && timeout 60 node --test --test-concurrency=1 --test-reporter=spec backend.test.mjs)
}
