#!/usr/bin/env bash
# The side-by-side benchmarks: bench/run.sh drives them and prints the table; arguments go to it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

[[ -x bench/run.sh ]] || die "there is no bench/run.sh"
exec bench/run.sh "$@"
