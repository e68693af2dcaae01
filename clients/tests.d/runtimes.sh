# shellcheck shell=bash disable=SC2034,SC2154 # read by scripts/test-clients.sh, which says what a suite is
# The client for TypeScript and JavaScript in runtimes that are not Node: Deno and Bun, which come from npm as Node's
# packages do.
needs="node"

prepare() {
    # shellcheck disable=SC2016 # for the shell that is started
    install_once "$CLIENTS/runtimes/package-lock.json" "$RUN/clients/runtimes" bash -c 'cp "$0"/package*.json . &&
        npm ci --ignore-scripts --no-audit --no-fund --loglevel=error' "$CLIENTS/runtimes"
}

run() {
    local deno bun status=0
    # What their own packages run after an installation is left out: it only puts these in another place.
    deno=$(find "$RUN/clients/runtimes/node_modules/@deno" -name deno -type f -perm -u+x | head -n 1)
    bun=$(find "$RUN/clients/runtimes/node_modules/@oven" -name bun -type f -perm -u+x | sort | head -n 1)
    # The build is checked by the suite `typescript`.
    cd "$CLIENTS/typescript" && node build.mjs || return
    for each in "node" "$deno run --allow-env --allow-net --allow-read" "$bun"; do
        say "in ${each##*/}"
        # shellcheck disable=SC2086 # a program and its arguments
        timeout 60 $each test/anywhere.mjs || status=1
    done
    return "$status"
}
