#!/usr/bin/env bash
# Everything in deploy/ that can be judged without starting it: alert rules with their tests, queries of the dashboards,
# the Helm chart rendered and validated, the Kustomize base, the systemd unit.
#   test-deploy.sh           checks
#   test-deploy.sh --write   makes deploy/kustomize/base anew, after a change of the chart
# shellcheck disable=SC2317,SC2329 # the checks are called by name
set -euo pipefail
. "$(dirname "$0")/lib.sh"

FAILED=0
check() { # NAME COMMAND...
    local name=$1 status=0
    shift
    "$@" >"$RUN/log/deploy.log" 2>&1 </dev/null || status=$?
    if ((status == 0)); then
        say "ok       $name"
    else
        say "FAILED   $name"
        tail -n 40 "$RUN/log/deploy.log" >&2
        FAILED=1
    fi
}

rules_hold() { (cd deploy/monitoring && promtool check config prometheus.yml && promtool test rules rules.test.yml); }

# Of each rule, so that none is added without a test.
rules_have_tests() {
    local name
    sed -n 's/.*- alert: //p' deploy/monitoring/rules.yml | while read -r name; do
        [[ $(grep -c "alertname: $name\b" deploy/monitoring/rules.test.yml) -ge 2 ]] ||
            { echo "$name: no test in which it fires, or none in which it does not" && return 1; }
    done
}

dashboards_hold() {
    python3 deploy/test/monitoring.py >"$RUN/dashboards.yml" && promtool check rules "$RUN/dashboards.yml"
}

kustomize_builds() {
    "$KUBERNETES/kubectl" kustomize deploy/kustomize/base >"$RUN/kustomize.yml" && grep -q '^kind: Deployment' "$RUN/kustomize.yml"
}

unit_holds() { # with something to start, and less than 2.0 of 10 points of exposure
    local unit=$RUN/vestibule.service
    sed "s|^ExecStart=.*|ExecStart=$(command -v true) serve|" deploy/systemd/vestibule.service >"$unit"
    systemd-analyze verify --man=no "$unit" 2>&1 | { ! grep -F vestibule.service; } || return
    systemd-analyze security --offline=true --threshold=20 "$unit"
}

mkdir -p "$RUN/log"
scripts/packages.sh python promtool
KUBERNETES=$(scripts/tools.sh kubernetes)
if [[ ${1:-} == --write ]]; then exec "$KUBERNETES/python" deploy/test/kubernetes.py --write; fi

check "alert rules, and a test of each" rules_hold
check "no alert rule without a test" rules_have_tests
check "dashboards ask for what there is" dashboards_hold
check "Helm chart" "$KUBERNETES/python" deploy/test/kubernetes.py
check "Kustomize base" kustomize_builds
if command -v systemd-analyze >/dev/null; then
    check "systemd unit" unit_holds
else
    say "UNKNOWN  systemd unit: there is no systemd-analyze here"
fi
exit "$FAILED"
