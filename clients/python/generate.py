"""Writes what docs/openapi.json says into src/vestibule_client, and the client without asyncio from the one with it.

python generate.py [--check]    with --check nothing is written, and what would be different is an error
It takes Python 3.11, the client itself 3.10.
"""

from __future__ import annotations

import json
import keyword
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PACKAGE = HERE / "src" / "vestibule_client"
DOCUMENT = HERE.parent.parent / "docs" / "openapi.json"
MADE = '"""Made by generate.py from docs/openapi.json. Do not edit."""\n'
METHODS = ("get", "post", "put", "patch", "delete")
LEFT_OUT = ("/api/embed/", "/api/v1/store-webhooks/", "/openai/", "/mcp", "/console")
"""What other clients call: AnythingLLM's own widget, OpenAI's packages, MCP's, a browser."""
SAFE_POSTS = {"knowledge.query", "keys.preview_origins", "auth.refresh"}
"""They change nothing, so they may be sent again like a GET. The refresh token just traded gives the newest again."""
TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}

Json = dict[str, Any]


def models(document: Json) -> str:
    """Types of everything that is sent and answered; refusals are all `Problem`."""
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "openapi.json"), Path(folder, "models.py")
        source.write_text(json.dumps(document))
        command = [
            *(sys.executable, "-m", "datamodel_code_generator", "--input", str(source), "--output", str(made)),
            *("--input-file-type", "openapi", "--output-model-type", "typing.TypedDict"),
            *("--target-python-version", "3.10", "--enum-field-as-literal", "all", "--disable-timestamp"),
            *("--no-use-closed-typed-dict", "--use-schema-description", "--formatters", "ruff-format"),
        ]
        said = subprocess.run(command, check=False, capture_output=True, text=True)
        if said.returncode or "Warning" in said.stderr:
            raise SystemExit(f"datamodel-code-generator: {said.stderr}")
        text = re.sub(r"\A(#.*\n)+", "", made.read_text())
    return f'{MADE}{text}\n\nErrorCode: TypeAlias = ProblemCode\n"""Every `code` of a problem document."""\n'


def python_name(name: str) -> str:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).replace("-", "_").lower()
    return f"{name}_" if keyword.iskeyword(name) else name


def query_type(schema: Json) -> str:
    kinds = schema.get("type", "string")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " | ".join(TYPES[kind] for kind in kinds if kind != "null")


def output(operation: Json) -> str:
    """The type of a successful answer, of every status and media type."""
    found: dict[str, None] = {}
    for status, answer in operation["responses"].items():
        if status >= "300":
            continue
        kinds = answer.get("content", {})
        if not kinds:
            found["None"] = None
        for media, kind in kinds.items():
            if not media.endswith(("/json", "+json")):
                # Streams have calls of their own, unless there is nothing else.
                if media != "text/event-stream" or len(kinds) == 1:
                    found["str"] = None
            elif reference := kind.get("schema", {}).get("$ref"):
                found[f"models.{reference.split('/')[-1]}"] = None
            else:
                found["dict[str, Any]"] = None
    return " | ".join(sorted(found, key=lambda kind: kind == "None"))


def call(path: str, method: str, operation: Json) -> str:
    """A method for one operation."""
    parameters = operation.get("parameters", [])
    of = {where: [each for each in parameters if each["in"] == where] for where in ("path", "query", "header")}
    body = operation.get("requestBody")
    given = [f"{python_name(each['name'])}: str" for each in of["path"]]
    after = []
    sent = [f'"{method.upper()}"', json.dumps(path)]
    if of["path"]:
        sent.append(f"[{', '.join(python_name(each['name']) for each in of['path'])}]")
    else:
        sent.append("[]")
    of_body: set[str] = set()
    if body:
        schema = body["content"]["application/json"]["schema"]
        reference = schema.get("$ref") or next(each["$ref"] for each in schema["oneOf"] if "$ref" in each)
        of_body = set(COMPONENTS[reference.split("/")[-1]].get("properties", {}))
    for where in ("query", "header"):
        pairs = []
        for each in of[where]:
            # A field of the body means the same.
            if each["name"] in of_body:
                continue
            name = python_name(each["name"])
            kind = query_type(each["schema"])
            after.append(
                (not each.get("required"), f"{name}: {kind}" + ("" if each.get("required") else " | None = None"))
            )
            pairs.append(f'"{each["name"]}": {name}')
        if pairs:
            sent.append(f"{where if where == 'query' else 'headers'}={{{', '.join(pairs)}}}")
    after.sort(key=lambda pair: pair[0])
    after.append((True, "options: Options | None = None"))
    given = ["self", *given, "*", *(text for _, text in after)]
    if body:
        given.append(f"**body: Unpack[models.{reference.split('/')[-1]}]")
        sent.append("body=body")
    if not operation.get("security"):
        sent.append("anonymous=True")
    if method in ("get", "put", "delete") or operation["operationId"] in SAFE_POSTS:
        sent.append("safe=True")
    sent.append("options=options")
    words = "\n\n".join(each for each in (operation.get("summary"), operation.get("description")) if each)
    if "\n" in words:
        words += "\n"
    documentation = textwrap.indent(f'"""{words}"""'.replace("\\", "\\\\"), "        ")
    name = python_name(operation["operationId"].split(".")[-1])
    answer = output(operation)
    if answer == "None":
        end = f"        await self._call({', '.join(sent)})\n"
    else:
        end = f"        answer: {answer} = await self._call({', '.join(sent)})\n        return answer\n"
    made = f"    async def {name}({', '.join(given)}) -> {answer}:\n{documentation}\n{end}"
    return made + all_pages(name, operation, given, of["path"])


def all_pages(name: str, operation: Json, given: list[str], path: list[Json]) -> str:
    """A method that goes through a list, if the operation answers a page of one."""
    reference = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
    page = COMPONENTS.get(reference.get("$ref", "").split("/")[-1], {}).get("properties", {})
    takes_a_cursor = any(each.startswith("cursor:") for each in given)
    # What has all on one page is its own list.
    if "next_cursor" not in page or not takes_a_cursor:
        return ""
    item = f"models.{page['data']['items']['$ref'].split('/')[-1]}"
    kept = [each for each in given if not each.startswith(("cursor:", "format:"))]
    passed = [python_name(each["name"]) for each in path]
    passed += [f"{each.split(':')[0]}={each.split(':')[0]}" for each in kept[kept.index("*") + 1 :]]
    text = " | str" in output(operation)
    return (
        f"\n    async def {name}_all({', '.join(kept)}) -> AsyncIterator[{item}]:\n"
        f'        """The same, one by one over all pages."""\n'
        "        cursor: str | None = None\n"
        "        while True:\n"
        f"            page = await self.{name}({', '.join(passed)}, cursor=cursor)\n"
        + ("            if isinstance(page, str):\n                return\n" if text else "")
        + "            for item in page['data']:\n                yield item\n"
        "            following = page.get('next_cursor')\n"
        "            if following is None or not page['has_more']:\n                return\n"
        "            cursor = str(following)\n"
    )


COMPONENTS: Json = {}


def calls(document: Json) -> str:
    """A class for each group of operations."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                *group, _ = item[method]["operationId"].split(".")
                for depth in range(len(group) + 1):
                    groups.setdefault(tuple(group[:depth]), [])
                groups[tuple(group)].append(call(path, method, item[method]))
    text = []
    for group in sorted(groups, key=lambda each: -len(each)):
        inner = [each for each in groups if len(each) == len(group) + 1 and each[: len(group)] == group]
        made = "".join(f"        self.{each[-1]} = {class_name(each)}(call)\n" for each in inner)
        init = f"    def __init__(self, call: AsyncCall) -> None:\n        self._call = call\n{made}\n"
        text.append(f"class {class_name(group)}:\n{init}{chr(10).join(groups[group])}")
    head = (
        f"{MADE}\nfrom __future__ import annotations\n\n"
        "from collections.abc import AsyncIterator\nfrom typing import Any\n\n"
        "from typing_extensions import Unpack\n\nfrom . import models\nfrom ._request import AsyncCall, Options\n\n\n"
    )
    return head + "\n\n".join(text)


def class_name(group: tuple[str, ...]) -> str:
    return (
        "Async" + "".join(part.title() for name in group for part in name.split("_")) + ("Calls" if not group else "")
    )


WITHOUT = [
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bAsyncGenerator\[(\w+), None\]", r"Generator[\1, None, None]"),
    (r"\bAsync(?=[A-Z]\w*)", ""),
    (r"\b__a(enter|exit|iter|next)__", r"__\1__"),
    (r"\bStopAsyncIteration\b", "StopIteration"),
    (r"\ba(close|read|iter_bytes)\b", r"\1"),
    (r"\bimport anyio\b", "import threading\nimport time"),
    (r"\banyio\.Lock\b", "threading.Lock"),
    (r"\banyio\.sleep\b", "time.sleep"),
    (r"_async_calls\b", "_sync_calls"),
    (r"_async\b", "_sync"),
    (r"with asyncio or trio", "without asyncio"),
]


def without_async(text: str, source: str) -> str:
    for pattern, replacement in WITHOUT:
        text = re.sub(pattern, replacement, text)
    return f"# Made by generate.py from {source}. Do not edit.\n{text}" if not text.startswith(MADE) else text


def formatted(text: str) -> str:
    ruff = [sys.executable, "-m", "ruff", "--config", str(HERE / "pyproject.toml")]
    sorting = [*ruff, "check", "--select", "I,UP,F401", "--fix", "--quiet", "--exit-zero", "-"]
    text = subprocess.run(sorting, check=True, input=text, capture_output=True, text=True).stdout
    return subprocess.run([*ruff, "format", "-"], check=True, input=text, capture_output=True, text=True).stdout


def main() -> int:
    document: Json = json.loads(DOCUMENT.read_text())
    document["paths"] = {path: item for path, item in document["paths"].items() if not path.startswith(LEFT_OUT)}
    COMPONENTS.update(document["components"]["schemas"])
    asynchronous = calls(document)
    made = {
        "models.py": models(document),
        "_async_calls.py": asynchronous,
        "_sync_calls.py": without_async(asynchronous, "_async_calls.py"),
        "_sync.py": without_async((PACKAGE / "_async.py").read_text(), "_async.py"),
    }
    different = False
    for name, text in made.items():
        file, text = PACKAGE / name, formatted(text)
        if "--check" not in sys.argv:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            print(f"{name} is not what docs/openapi.json or its source says: python generate.py", file=sys.stderr)
            different = True
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
