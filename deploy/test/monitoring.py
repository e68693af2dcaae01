"""Checks the dashboards and alert rules against the table of metrics in docs/operations.md: every name that is asked for
exists, with the labels that are used, and every metric is in a dashboard. Prints the queries of the dashboards as a file of
rules, which promtool can parse."""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[2]
MONITORING = ROOT / "deploy/monitoring"
GIVEN = {"instance", "job", "le", "alertname", "alertstate"}  # by Prometheus, not by Vestibule


def documented():
    """The metrics of the table: name -> (type, labels)."""
    metrics = {}
    for line in (ROOT / "docs/operations.md").read_text().splitlines():
        row = re.match(r"\| `(vestibule_\w+)` \| (\w+) \| (.*?) \|", line)
        if row:
            # `kind`: `chat`, `call`; `reason`: ... : what stands before a colon, or before a comma at the beginning.
            labels = set()
            for part in row[3].split(";"):
                labels.update(re.findall(r"`(\w+)`", part.split(":")[0]))
            metrics[row[1]] = (row[2], labels)
    return metrics


def queries(dashboard):
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


def faults_of(expression, metrics, used):
    for name, selector in re.findall(r"(vestibule_\w+)(?:\{([^}]*)\})?", expression):
        base = name if name in metrics else re.sub(r"_(bucket|sum|count)$", "", name)
        if base not in metrics or (base != name and metrics[base][0] != "histogram"):
            yield f"{name} does not exist"
            continue
        if metrics[name if name in metrics else base][0] == "histogram" and base == name:
            yield f"{name} is a histogram: one asks for its _bucket, _sum or _count"
        used.add(base)
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector or ""):
            if label not in metrics[base][1] | GIVEN:
                yield f"{name} has no label {label}"
    known = set().union(*(metrics[name][1] for name in metrics if name in expression), GIVEN)
    for labels in re.findall(r"\bby \(([^)]*)\)", expression):
        for label in re.split(r",\s*", labels):
            if label not in known:
                yield f"nothing in it has a label {label}"


def main():
    metrics, used, faults, rules = documented(), set(), [], ["groups:", "- name: dashboards", "  rules:"]
    if len(metrics) < 30:
        sys.exit("the table of metrics in docs/operations.md was not found")
    headings = re.findall(r"^#+ (.*)$", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for file in sorted((MONITORING / "grafana/dashboards").glob("*.json")):
        for title, expression in queries(json.loads(file.read_text())):
            faults += [f"{file.name}, {title}: {fault}" for fault in faults_of(expression, metrics, used)]
            plain = expression.replace("$__rate_interval", "5m").replace("$instance", ".*")
            if "$" in plain:
                faults.append(f"{file.name}, {title}: a variable that is not known here: {plain}")
            rules += [f"  - record: r{len(rules)}", f"    expr: {json.dumps(plain)}"]
    shown = set(used)
    # Of the rules as text: an expression ends where the next key begins.
    for rule in (MONITORING / "rules.yml").read_text().split("- alert: ")[1:]:
        expression = re.split(r"\n\s+(?:for|labels):", rule.split("expr:", 1)[1])[0]
        faults += [f"rules.yml, {rule.splitlines()[0]}: {fault}" for fault in faults_of(expression, metrics, used)]
        # As GitHub makes anchors of headings.
        for anchor in re.findall(r"runbook: docs/operations.md#(\S+)", rule):
            if anchor not in anchors:
                faults.append(f"rules.yml: docs/operations.md has no heading {anchor}")
    faults += [f"{name} is in no dashboard" for name in sorted(set(metrics) - shown)]
    print("\n".join(rules))
    if faults:
        sys.exit("\n".join(faults))


main()
