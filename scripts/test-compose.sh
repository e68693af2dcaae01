#!/usr/bin/env bash
# Runs docker-compose.yml for real, in a Docker Engine of its own (scripts/engine.sh), with the stand-in as AnythingLLM.
# What is done there and what has to hold is in deploy/test/stack.sh. Where there can be no engine it says so and passes.
#
#   test-compose.sh [DIRECTORY]   with the programs `vestibule` and `vestibule-stand-in` in it; without: the build's own
set -euo pipefail
. "$(dirname "$0")/lib.sh"

CANNOT=77
BOUND=${VESTIBULE_TEST_SECONDS:-360}
BIN=${1:-${CARGO_TARGET_DIR:-target}/debug}
WORK=$RUN/compose-test

cleanup() {
    scripts/engine.sh stop
    rm -rf "$WORK"
}

# ---------------------------------------------------------------- what an installation has

lay_out() {
    rm -rf "$WORK"
    mkdir -p "$WORK/images" "$WORK/image" "$WORK/spool" "$WORK/scripts" "$WORK/upstream" "$WORK/docs"
    cp -r docker-compose.yml .env.example Dockerfile deploy "$WORK"
    cp scripts/setup.sh "$WORK/scripts"
    cp upstream/anythingllm.env "$WORK/upstream"
    cp docs/operations.md docs/getting-started.md "$WORK/docs"
    # What the Dockerfile's build stage would have made; without symbols, of which a debug build has many times its size.
    mkdir -p "$WORK/image/spool"
    strip -o "$WORK/image/vestibule" "$BIN/vestibule" || cp "$BIN/vestibule" "$WORK/image/vestibule"
    cp -r deploy/test/images/. "$WORK/images"
    # Not Debian's, which is too old: it loses the body of a request that it tries again elsewhere.
    cp "$(scripts/tools.sh caddy)" "$WORK/images/caddy"
    strip -o "$WORK/images/vestibule-stand-in" "$BIN/vestibule-stand-in" ||
        cp "$BIN/vestibule-stand-in" "$WORK/images/vestibule-stand-in"
}

# ---------------------------------------------------------------- images

engine() { scripts/engine.sh run "$@"; }

# Of the Debian that the engine runs in, less what only an engine needs.
debian_image() {
    local of
    of=$(cat "$RUN/engine/cache/root.made-of")
    [[ $(engine docker image inspect --format '{{index .Config.Labels "made-of"}}' vestibule-test:debian 2>/dev/null) == "$of" ]] && return
    say "making an image of it, once"
    tar -C "$RUN/engine/cache/root" -c --one-file-system --exclude=./installation --exclude=./usr/share/{doc,man,locale} \
        --exclude=./var/{cache,lib}/apt --exclude=./usr/{sbin/dockerd,bin/docker,bin/containerd} --exclude=./usr/libexec/docker \
        --exclude='./usr/lib/x86_64-linux-gnu/libLLVM*' --exclude='./usr/lib/postgresql/17/lib/llvmjit*' \
        --exclude=./usr/lib/postgresql/17/lib/bitcode . |
        engine docker import --change "LABEL \"made-of\"=\"$of\"" - vestibule-test:debian >/dev/null
}

# In place of the image without a shell: what the program is linked with, and its user.
libraries_image() {
    local root=$WORK/libraries
    mkdir -p "$root/etc/ssl/certs" "$root/tmp"
    ldd "$BIN/vestibule" | grep -oE '/[^ ]+' | xargs -I{} cp --parents --dereference {} "$root"
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs"
    printf '%s\n' root:x:0:0:root:/root:/sbin/nologin nonroot:x:65532:65532:nonroot:/:/sbin/nologin >"$root/etc/passwd"
    printf '%s\n' root:x:0: nonroot:x:65532: >"$root/etc/group"
    tar -C "$root" -c . | engine docker import --change "USER nonroot" - gcr.io/distroless/cc-debian12:nonroot >/dev/null
}

build() { # NAME ARGUMENT...
    local log=$RUN/log/image.log
    mkdir -p "$RUN/log"
    engine docker build --quiet --tag "$@" >"$log" 2>&1 </dev/null || {
        tail -n 30 "$log" >&2
        die "the image $1 could not be built; the end of what was said is above"
    }
}

# By its name in the compose file, so that a new tag there needs no change here.
image_of() { # SERVICE
    COMPOSE_PROFILES=tls,monitoring engine env COMPOSE_PROFILES=tls,monitoring docker compose --env-file .env.example \
        config --format json | sed -n "/^    \"$1\": {/,/^    }/s/.*\"image\": \"\(.*\)\".*/\1/p"
}

# What a run that was killed left in the cache.
remove_leftovers() {
    engine bash -c 'docker ps --all --quiet | xargs --no-run-if-empty docker rm --force --volumes
        docker volume prune --all --force; docker network prune --force; docker image prune --force
        docker builder prune --force --keep-storage 1gb' >/dev/null
}

images() {
    local service
    debian_image
    libraries_image
    for service in postgres redis caddy prometheus anythingllm; do
        build "$(image_of "$service")" --target "$service" images
    done
    build vestibule:local --build-context build=image --build-arg VERSION=1 .
    # The next version, and one whose migration fails.
    build vestibule-test:next --build-context build=image --build-arg VERSION=2 .
    mkdir -p "$WORK/broken/spool"
    cp /bin/false "$WORK/broken/vestibule"
    build vestibule-test:broken --build-context build=broken --build-arg VERSION=3 .
}

# ---------------------------------------------------------------- main

unless_it_cannot() { # COMMAND...
    local status=0
    "$@" || status=$?
    if ((status == CANNOT)); then
        say "test-compose: docker-compose.yml is NOT judged here"
        exit 0
    fi
    return "$status"
}

unless_it_cannot scripts/engine.sh possible
for program in vestibule vestibule-stand-in; do
    [[ -x $BIN/$program ]] || die "there is no $BIN/$program: cargo build --workspace --bins"
done
mkdir -p "$RUN"
lay_out
unless_it_cannot scripts/engine.sh start "$WORK"
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
started=$SECONDS
remove_leftovers
images
say "images: $((SECONDS - started)) s"
timeout --foreground "$BOUND" scripts/engine.sh run bash deploy/test/stack.sh
