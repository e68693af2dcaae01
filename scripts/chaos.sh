#!/usr/bin/env bash
# Three replicas under load, and everything they stand on is killed, stopped, cut, emptied and slowed down (tests/it/chaos).
# Compares what the clients received with the usage in the database, and writes what it saw into docs/reliability.md.
#
# In the environment:
#   CHAOS=short      every fault once, in some minutes; the page stays as it is
#   MINUTES=9        how long faults go on without that; the rolling restart comes on top
#   CHAOS_SEED=N     the order and length of the faults, as an earlier run printed it
#   CHAOS_RATE=500   requests a second during the rolling restart
#   PROFILE=release  everything as it is delivered; without it as `make test` builds it
#   TEST_PROGRAM=F   another `vestibule`, such as target/release/vestibule, which costs no second build of the tests
set -euo pipefail
. "$(dirname "$0")/lib.sh"

SERVICES=chaos-$$
export CHAOS=${CHAOS:-long}
case $CHAOS in
    long) export CHAOS_PAGE=${CHAOS_PAGE:-docs/reliability.md} ;;
    short) ;;
    *) die "CHAOS is short or long" ;;
esac

scripts/packages.sh build postgres redis
# Whoever cannot install HAProxy goes without the rolling restart, which CI does not.
if [[ -n ${CI:-} ]] || ((EUID == 0)); then scripts/packages.sh haproxy; fi

remove_killed_runs chaos
mkdir -p "$RUN"
CERTIFICATES=$(mktemp -d "$RUN/chaos-XXXXXXXX")
trap '(trap "" INT TERM HUP; rm -rf "$CERTIFICATES"; scripts/services.sh remove "$SERVICES")' EXIT
trap 'exit 130' INT TERM HUP

# The same packages as `make test` names, so that nothing is compiled twice.
profile=()
[[ -z ${PROFILE:-} ]] || profile=(--profile "$PROFILE")
run() {
    cargo test --workspace --locked "${profile[@]}" --test it "$@"
}
export SQLX_OFFLINE=true
run --no-run

exports=$(scripts/services.sh start "$SERVICES" --throwaway postgres redis)
eval "$exports"
export TEST_DATABASE_URL=$DATABASE_URL TEST_REDIS_URL=$REDIS_URL TEST_DATABASE_THROWAWAY=dropped
one_authority "$CERTIFICATES"
export SSL_CERT_FILE=$CERTIFICATES/authority.pem SSL_CERT_DIR=$CERTIFICATES/authorities

status=0
run chaos:: -- --test-threads=1 --nocapture || status=$?
exit "$status"
