"""The gateway that scripts/test-clients.sh started, and how its stand-in for AnythingLLM behaves."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from vestibule_client import Vestibule

Control = Callable[..., Callable[[], Any]]


@pytest.fixture(scope="session")
def gateway() -> dict[str, str]:
    found: dict[str, str] = json.loads(Path(os.environ["GATEWAY"]).read_text())
    return found


@pytest.fixture
def client(gateway: dict[str, str]) -> Iterator[Vestibule]:
    with Vestibule(gateway["base"], gateway["secret_key"]) as client:
        yield client


@pytest.fixture(scope="session")
def manager(gateway: dict[str, str]) -> Iterator[Vestibule]:
    """Logged in once: logins are throttled."""
    with Vestibule(gateway["base"]) as client:
        client.login(gateway["manager_username"], gateway["manager_password"])
        yield client


@pytest.fixture
def upstream(gateway: dict[str, str]) -> Iterator[Control]:
    """Sets how the stand-in behaves until the test is over; what it gives tells the state."""
    address = f"{gateway['stand_in']}/__stand-in/control"

    def control(**settings: object) -> Callable[[], Any]:
        httpx.put(address, json=settings).raise_for_status()
        return lambda: httpx.get(address).json()

    yield control
    httpx.delete(address)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
