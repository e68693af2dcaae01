"""Every snippet of docs/clients.md, as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[3] / "docs" / "clients.md").read_text()
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_there_are_snippets() -> None:
    assert len(SNIPPETS) == 5


@pytest.mark.parametrize("code", SNIPPETS, ids=range(1, len(SNIPPETS) + 1))
def test_snippet(code: str, gateway: dict[str, str]) -> None:
    environment = {
        **os.environ,
        "VESTIBULE_URL": gateway["base"],
        "VESTIBULE_KEY": gateway["secret_key"],
        "VESTIBULE_USER": gateway["manager_username"],
        "VESTIBULE_PASSWORD": gateway["manager_password"],
    }
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout and not done.stderr
