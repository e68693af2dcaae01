"""Generators of clients that people use must read docs/openapi.json without a warning and without loss.

check.py FOLDER    with FOLDER/node_modules/.bin of package.json; writes what they make below FOLDER/made

Without loss: every operation, every schema and every property of a schema is in what was made, by its name; and what was
made is accepted by the compiler of its language.
"""

from __future__ import annotations

import compileall
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DOCUMENT = HERE.parent.parent / "docs" / "openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")
PYTHON = Path(sys.executable).parent
Lost = Iterator[str]


class Failed(Exception):
    """A generator said something, or left something out."""


def run(name: str, *command: str | Path, cwd: Path) -> None:
    """Runs a program, which must end well and warn of nothing."""
    environment = {**os.environ, "PATH": f"{PYTHON}:{os.environ['PATH']}", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False)
    said = f"{done.stdout}\n{done.stderr}"
    if done.returncode or re.search(r"warn|unsupported|skipp|error", said, re.IGNORECASE):
        raise Failed(f"{name} ended with {done.returncode} and said:\n{said.strip()[-4000:]}")


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation of each."""
    paths = document["paths"].items()
    return [(path, method, item[method]) for path, item in paths for method in METHODS if method in item]


def snake(name: str) -> str:
    """How Python writes a name."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace(".", "_").lower()


def properties(schemas: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Schema and property, of all schemas that are objects themselves."""
    for name, schema in schemas.items():
        for field in schema.get("properties", {}):
            yield name, field


def block(text: str, start: str) -> str:
    """From a declaration to the line that closes it."""
    found = re.search(rf"^([ \t]*){start}[^\n]*", text, re.MULTILINE)
    if not found:
        return ""
    closed = rf"^{found[1]}[}}\])]" if found[0].endswith(("{", "[", "(")) else r";$"
    end = re.compile(closed, re.MULTILINE).search(text, found.end() - 1)
    return text[found.start() : end.end() if end else None]


def has_field(text: str, field: str) -> bool:
    """Whether a type of TypeScript has a field."""
    return bool(re.search(rf"^\s*\"?{re.escape(field)}\"?\??:", text, re.MULTILINE))


def openapi_typescript(document: dict[str, Any], tools: Path, made: Path) -> Lost:
    """Types for TypeScript."""
    run("openapi-typescript", tools / "openapi-typescript", DOCUMENT, "--output", made / "schema.d.ts", cwd=made)
    run("tsc", tools / "tsc", "--noEmit", "--strict", "--lib", "es2022", made / "schema.d.ts", cwd=made)
    text = (made / "schema.d.ts").read_text()
    for _, _, operation in operations(document):
        identity = operation["operationId"]
        if not re.search(rf'^    "?{re.escape(identity)}"?: \{{', text, re.MULTILINE):
            yield f"operation {identity}"
    schemas = document["components"]["schemas"]
    blocks = {name: block(text, rf"{name}: ") for name in schemas}
    yield from (f"schema {name}" for name, found in blocks.items() if not found)
    yield from (f"{name}.{field}" for name, field in properties(schemas) if not has_field(blocks[name], field))


def swagger_typescript_api(document: dict[str, Any], tools: Path, made: Path) -> Lost:
    """A client in TypeScript."""
    command = ("generate", "--path", DOCUMENT, "--output", made, "--name", "api.ts")
    run("swagger-typescript-api", tools / "swagger-typescript-api", *command, cwd=made)
    run(
        "tsc",
        tools / "tsc",
        "--noEmit",
        "--strict",
        "--target",
        "es2022",
        "--module",
        "nodenext",
        made / "api.ts",
        cwd=made,
    )
    text = (made / "api.ts").read_text()
    for path, method, operation in operations(document):
        if not re.search(rf"@request {method.upper()}:{re.escape(path)}$", text, re.MULTILINE):
            yield f"operation {operation['operationId']}"
    schemas = document["components"]["schemas"]
    blocks = {name: block(text, rf"export (?:interface|type|enum) {name}\b") for name in schemas}
    yield from (f"schema {name}" for name, found in blocks.items() if not found)
    yield from (f"{name}.{field}" for name, field in properties(schemas) if not has_field(blocks[name], field))


def openapi_python_client(document: dict[str, Any], tools: Path, made: Path) -> Lost:
    """A client in Python."""
    # AnythingLLM's own widget sends JSON as `text/plain`, so that browsers ask for no preflight.
    (made / "settings.yaml").write_text("content_type_overrides: {text/plain: application/json}\n")
    target = made / "client"
    command = ("generate", "--path", DOCUMENT, "--output-path", target, "--config", made / "settings.yaml")
    run("openapi-python-client", PYTHON / "openapi-python-client", *command, "--meta", "none", cwd=made)
    if not compileall.compile_dir(target, quiet=1):
        raise Failed("what openapi-python-client made is no Python")
    run("what openapi-python-client made", sys.executable, "-c", "import client.models, client.api", cwd=made)
    endpoints = {file.stem for file in (target / "api").rglob("*.py")}
    for _, _, operation in operations(document):
        if snake(operation["operationId"]) not in endpoints:
            yield f"operation {operation['operationId']}"
    models = {file.stem: file.read_text() for file in (target / "models").glob("*.py")}
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        # One of several has no module of its own: its kinds have.
        if snake(name) not in models and "oneOf" not in schema:
            yield f"schema {name}"
    for name, field in properties(schemas):
        if f'"{field}"' not in models.get(snake(name), ""):
            yield f"{name}.{field}"


def datamodel_code_generator(document: dict[str, Any], tools: Path, made: Path) -> Lost:
    """Models in Python, with Pydantic."""
    command = ("--input", DOCUMENT, "--input-file-type", "openapi", "--output", made / "models.py")
    kind = ("--output-model-type", "pydantic_v2.BaseModel", "--formatters", "ruff-format", "--snake-case-field")
    run("datamodel-codegen", PYTHON / "datamodel-codegen", *command, *kind, cwd=made)
    run("what datamodel-codegen made", sys.executable, "-c", "import models", cwd=made)
    text = (made / "models.py").read_text()
    classes = {found[1]: found[0] for found in re.finditer(r"^class (\w+)\(.*?(?=^class |\Z)", text, re.M | re.S)}
    schemas = document["components"]["schemas"]
    yield from (f"schema {name}" for name in schemas if name not in classes)
    for name, field in properties(schemas):
        found = classes.get(name, "")
        if not re.search(rf"^    {snake(field)}_?:", found, re.MULTILINE) and f"alias='{field}'" not in found:
            yield f"{name}.{field}"


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    document = json.loads(DOCUMENT.read_text())
    wrong = False
    for generator in (openapi_typescript, swagger_typescript_api, openapi_python_client, datamodel_code_generator):
        made = folder / "made" / generator.__name__
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        try:
            lost = list(generator(document, folder / "node_modules" / ".bin", made))
        except Failed as failure:
            lost = [str(failure)]
        print(f"{generator.__name__}: {'nothing is lost' if not lost else ''}", *lost[:40], sep="\n  ", flush=True)
        wrong |= bool(lost)
    return int(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
