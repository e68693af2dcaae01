#!/usr/bin/env bash
# The benchmarks, each of which prints its tables and puts them into bench/RESULTS.md:
#   bench.sh           all of them
#   bench.sh requests  side by side with other proxies (bench/run.sh)
#   bench.sh instructions  what a request takes that no neighbour can change (bench/instructions.sh)
#   bench.sh usage     adding usage up and asking for it (bench/usage.sh)
#   bench.sh propagation  how soon three replicas follow a change of a key (bench/propagation.sh)
#   bench.sh console   pages of the console with a year of data (bench/console.sh)
#   bench.sh feeds     chats while the same process reads a hostile feed (bench/feeds.sh)
set -euo pipefail
. "$(dirname "$0")/lib.sh"

case ${1:-all} in
    all) bench/run.sh && bench/instructions.sh && bench/usage.sh && bench/console.sh && bench/propagation.sh && bench/feeds.sh ;;
    requests) exec bench/run.sh ;;
    instructions) exec bench/instructions.sh ;;
    usage) exec bench/usage.sh ;;
    console) exec bench/console.sh ;;
    propagation) exec bench/propagation.sh ;;
    feeds) exec bench/feeds.sh ;;
    *) die "usage: bench.sh [requests|instructions|usage|console|propagation|feeds]" ;;
esac
