# shellcheck shell=bash
# The client for Python: its types, its wheel, and its tests against the gateway, with and without asyncio.
# shellcheck disable=SC2034 # read by scripts/test-clients.sh
needs=python

prepare() {
    local home=$CLIENTS/python there=$RUN/clients/python
    local bin=$there/venv/bin
    venv_once "$home/requirements.txt" "$there"
    (
        set -e
        cd "$home" || exit
        "$bin/python" generate.py --check
        "$bin/mypy" --cache-dir "$there/mypy"
        "$bin/ruff" check --quiet --cache-dir "$there/ruff"
        "$bin/ruff" format --check --quiet --cache-dir "$there/ruff"
    ) </dev/null
    # What is tested is the wheel and not the sources beside it.
    rm -rf "$there/wheel"
    "$bin/pip" --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation --wheel-dir "$there/wheel" "$home"
    "$bin/pip" --disable-pip-version-check install --quiet --no-deps --force-reinstall "$there"/wheel/*.whl
}

run() {
    (cd "$CLIENTS/python" && timeout 180 "$RUN/clients/python/venv/bin/pytest" -p no:cacheprovider)
}
