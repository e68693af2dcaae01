# shellcheck shell=bash
# Sourced by the benchmarks: the programs they start and put away, and their sections of bench/RESULTS.md.

built() { # PACKAGES...: sets BIN to where the programs are, unless BENCH_BIN says it; builds them
    BIN=${BENCH_BIN:-}
    [[ -z $BIN ]] || return 0
    BIN=$(cargo metadata --format-version 1 --no-deps --locked | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/release
    [[ -x $BIN/vestibule ]] || say "building; the first time takes several minutes"
    local package
    for package; do SQLX_OFFLINE=true cargo build --release --locked --quiet --package "$package" --bins; done
}

put() { # TITLE: the section in $WORK/section.md into the page, in place of the one of this title
    local page=$WORK/page.md
    touch "$RESULTS"
    awk -v title="## $1" '$0 == title { skipping = 1; next } /^## / { skipping = 0 } !skipping' "$RESULTS" |
        sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$page"
    { cat "$page" && printf '\n' && cat "$WORK/section.md"; } >"$RESULTS"
    cat "$WORK/section.md"
}

cleanup() { # what this benchmark has started, and its secrets
    local status=$? file
    trap '' INT TERM HUP
    set +e
    for file in "$WORK"/*.pid; do stop_recorded "$file" TERM 10; done
    scripts/services.sh remove "$SERVICES"
    rm -f "$WORK/secret_key" "$WORK/cookies"
    exit "$status"
}

announced() { grep -q 'listening on' "$WORK/stand-in.out"; }

start_stand_in() { # KEY [NAME=VALUE...]: sets UPSTREAM to its address
    local key=$1
    shift
    : >"$WORK/stand-in.out" # what was announced before counts no more
    env STAND_IN_API_KEY="$key" STAND_IN_TOKEN_DELAY_MS=0 "$@" \
        "$BIN/vestibule-stand-in" --listen 127.0.0.1:0 >"$WORK/stand-in.out" 2>&1 </dev/null &
    remember $! "$WORK/stand-in.pid" || true
    wait_until 10 announced || die "the stand-in did not start: $(tail -n 3 "$WORK/stand-in.out")"
    # shellcheck disable=SC2034 # for who has called it
    UPSTREAM=http://$(sed -n 's/^listening on //p' "$WORK/stand-in.out")
}
