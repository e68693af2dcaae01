#!/usr/bin/env bash
# The benchmarks, each of which prints its tables and puts them into bench/RESULTS.md:
#   bench.sh           all of them
#   bench.sh requests  side by side with other proxies (bench/run.sh)
#   bench.sh usage     adding usage up and asking for it (bench/usage.sh)
set -euo pipefail
. "$(dirname "$0")/lib.sh"

case ${1:-all} in
    all) bench/run.sh && bench/usage.sh ;;
    requests) exec bench/run.sh ;;
    usage) exec bench/usage.sh ;;
    *) die "usage: bench.sh [requests|usage]" ;;
esac
