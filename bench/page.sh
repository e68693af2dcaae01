# shellcheck shell=bash
# Sourced by the benchmarks: the programs they start, and their sections of bench/RESULTS.md.

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
