"""Renders the Helm chart with Helm's own library, as an installation and in every variant that its values offer, and
validates what comes out against Kubernetes' schemas. Compares the Kustomize base with it; `--write` makes it anew.

Wants kubernetes-validate and helm-python-sdk (deploy/test/requirements.txt)."""

import json
import pathlib
import re
import sys

import helm_python as helm
import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/vestibule"
BASE = ROOT / "deploy/kustomize/base/vestibule.yaml"
VERSIONS = ["1.30", "1.37"]  # the oldest that the chart takes, and the newest
OF_OPERATORS = {"ServiceMonitor"}  # their schemas are not Kubernetes' own
EVERYBODY = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress"}}}]
VARIANTS = {
    "as it is": {},
    "everything on": {
        "autoscaling": {"enabled": True},
        "rolesJob": {"enabled": True},
        "ingress": {"enabled": True, "className": "nginx", "tlsSecret": "chat-tls", "annotations": {"a": "b"}},
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "anythingllm": {"enabled": True, "storageClassName": "fast", "env": {"LLM_PROVIDER": "openai"}},
        "networkPolicy": {"publicFrom": EVERYBODY, "adminFrom": EVERYBODY, "opsFrom": EVERYBODY},
        "trustedProxies": ["10.0.0.0/8", "fd00::/8"],
        "adminUrl": "https://staff.shop.example",
        "env": {"VESTIBULE_LOG_LEVEL": "info", "VESTIBULE_LIMITS_IP_PER_MINUTE": 120},
        "imagePullSecrets": [{"name": "registry"}],
        "podAnnotations": {"a": "b"},
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "affinity": {"podAntiAffinity": {}},
        "secret": {"cacheRedisUrl": "cache-redis-url", "apiKey": "api-key"},
        "service": {"type": "LoadBalancer", "annotations": {"a": "b"}},
    },
    "as little as possible": {
        "migrateJob": {"enabled": False},
        "networkPolicy": {"enabled": False},
        "upstream": {"bootstrap": False},
        "secret": {"redisUrl": "", "apiKey": "api-key"},
    },
}


def render(values, name="vestibule"):
    with helm.Chart.load(CHART) as chart:
        files = chart.render(values, name=name, namespace="shop")
    return {name: text for name, text in sorted(files.items()) if not name.endswith(".txt") and text.strip()}


def objects(files):
    for name, text in files.items():
        for thing in yaml.safe_load_all(text):
            if thing:
                yield name, thing


def containers(thing):
    template = thing.get("spec", {}).get("template", {}).get("spec", {})
    return template, template.get("containers", [])


def known_settings():
    """The variables of config/default.toml, with their _FILE forms."""
    names = set(re.findall(r"VESTIBULE_[A-Z_]+", (ROOT / "config/default.toml").read_text()))
    return names | {f"{name}_FILE" for name in names}


def faults_of(variant, files):
    settings, names = known_settings(), set()
    for file, thing in objects(files):
        where = f"{variant}: {thing['kind']} {thing['metadata']['name']}"
        if (thing["kind"], thing["metadata"]["name"]) in names:
            yield f"{where}: twice"
        names.add((thing["kind"], thing["metadata"]["name"]))
        if thing["kind"] in OF_OPERATORS:
            continue
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(thing, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                yield f"{where}, Kubernetes {version}: {error.message} at {'/'.join(map(str, error.path))}"
        pod, inside = containers(thing)
        for container in inside:
            mounted = {mount["name"] for mount in container.get("volumeMounts", [])}
            if mounted != {volume["name"] for volume in pod.get("volumes", [])} | (mounted & {"storage"}):
                yield f"{where}: volumes and mounts differ"
            if container["securityContext"]["capabilities"] != {"drop": ["ALL"]}:
                yield f"{where}: capabilities"
            for variable in container.get("env", []):
                if variable["name"].startswith("VESTIBULE_") and variable["name"] not in settings:
                    yield f"{where}: {variable['name']} is no setting"
                if re.search("PASSWORD|SECRET_KEY|API_KEY|DATABASE_URL|REDIS_URL", variable["name"]) and not (
                    variable["name"].endswith("_FILE")
                ):
                    yield f"{where}: {variable['name']} is a secret in the environment"
        if thing["kind"] in ("Deployment", "StatefulSet"):
            labels = thing["spec"]["template"]["metadata"]["labels"]
            if not thing["spec"]["selector"]["matchLabels"].items() <= labels.items():
                yield f"{where}: the selector does not select its pods"


def base():
    """The rendering that Kustomize begins with: without what only Helm reads."""
    documents = []
    for _, thing in objects(render({})):
        thing["metadata"].get("labels", {}).pop("helm.sh/chart", None)
        thing["metadata"].get("labels", {}).pop("app.kubernetes.io/managed-by", None)
        thing["metadata"].pop("annotations", None)
        pod = thing.get("spec", {}).get("template", {}).get("metadata", {}).get("labels", {})
        pod.pop("helm.sh/chart", None)
        pod.pop("app.kubernetes.io/managed-by", None)
        documents.append(yaml.safe_dump(thing, sort_keys=False, width=120))
    return (
        "# Made of deploy/helm/vestibule with its default values by `scripts/test-deploy.sh --write`. Do not change it here:\n"
        "# an overlay of yours does, or the chart.\n---\n" + "---\n".join(documents)
    )


def main():
    if sys.argv[1:] == ["--write"]:
        BASE.write_text(base())
        return
    faults = [message["error"] for message in json.loads(json.dumps(helm.lint(CHART)))["messages"] if message["severity"] > 1]
    count = 0
    for variant, values in VARIANTS.items():
        files = render(values)
        count += len(list(objects(files)))
        faults += faults_of(variant, files)
    if not BASE.exists() or BASE.read_text() != base():
        faults.append("deploy/kustomize/base is not what the chart renders: scripts/test-deploy.sh --write")
    print(f"{count} objects in {len(VARIANTS)} variants, Helm {helm.helm_sdk_version()}, Kubernetes {', '.join(VERSIONS)}")
    if faults:
        sys.exit("\n".join(faults))


main()
