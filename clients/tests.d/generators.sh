# shellcheck shell=bash
# Generators of clients read docs/openapi.json without a warning and without loss. Asks no gateway.
# shellcheck disable=SC2034 # read by scripts/test-clients.sh
needs="node python"

prepare() {
    local home=$CLIENTS/generators there=$RUN/clients/generators
    mkdir -p "$there"
    cp "$home"/{package.json,package-lock.json,.npmrc} "$there"
    install_once "$home/package-lock.json" "$there" npm ci --no-audit --no-fund --loglevel=error
    venv_once "$home/requirements.txt" "$there/python"
    timeout 180 "$there/python/venv/bin/python" "$home/check.py" "$there" </dev/null
}

run() { :; }
