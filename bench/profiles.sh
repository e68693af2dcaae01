#!/usr/bin/env bash
# Compares builds of the gateway: profiles.sh [ALLOCATOR:LTO...]
# By default three allocators, and the default one with link-time optimisation off: four release builds and four short
# runs, so this takes the better part of an hour; `make bench` does not call it.
# Prints CPU of a request and of a streamed chat, and memory of a stream, for each. Leaves the last build in place.
set -euo pipefail
. "$(dirname "$0")/../scripts/lib.sh"

OUT=$RUN/profiles
mkdir -p "$OUT"
printf '| build | us/pass-through | us/knowledge query | us/streamed chat | KiB/stream | RSS MiB under load |\n|---|--:|--:|--:|--:|--:|\n' >"$OUT/table.md"

number() { # ROW METRIC [DIVIDE-BY-METRIC]: median over the repetitions
    awk -F '\t' -v row="$1" -v top="$2" -v bottom="${3:-}" '
        $1 == row && $2 == top { a[++n] = $3 }
        $1 == row && $2 == bottom { b[++m] = $3 }
        END {
            for (i = 1; i <= n; i++) { v[i] = bottom == "" ? a[i] : a[i] / b[i] }
            for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
            if (n) printf "%.1f", v[int((n + 1) / 2)]; else printf "-"
        }' "$RUN/bench/raw.tsv"
}

(($#)) || set -- jemalloc:thin mimalloc:thin system:thin jemalloc:off
for build; do
    allocator=${build%:*} lto=${build#*:}
    say "== $allocator, lto $lto"
    CARGO_PROFILE_RELEASE_LTO=$lto BENCH_ALLOCATOR=$allocator BENCH_ONLY=vestibule \
        BENCH_RESULTS=$OUT/$allocator-$lto.md bench/run.sh >"$OUT/$allocator-$lto.txt"
    rss=$(number vestibule-sse rss_kib)
    printf '| %s, LTO %s | %s | %s | %s | %s | %s |\n' "$allocator" "$lto" \
        "$(number vestibule-ping cpu_us requests)" "$(number vestibule-knowledge cpu_us requests)" \
        "$(number vestibule-sse cpu_us requests)" "$(number vestibule-streams kib_per_stream)" \
        "$(awk -v kib="$rss" 'BEGIN { printf "%.1f", kib / 1024 }')" >>"$OUT/table.md"
done
cat "$OUT/table.md"
