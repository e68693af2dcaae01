"""Whatever may be called is a proper request: a gateway refuses it for what it says, never for how it is framed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from vestibule_client import AsyncVestibule, ProblemError, Vestibule, VestibuleError

LEFT_OUT = {"stream", "logout", "end_all"}
"""A stream is asked when it is read; the others would end the session that the other tests use."""
FRAMING = {"unsupported_media_type", "invalid_body", "bad_request", "method_not_allowed"}


def calls(node: object, path: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every call below a group."""
    for name, inner in vars(node).items():
        if hasattr(inner, "_call"):
            yield from calls(inner, f"{path}{name}.")
    for name, method in inspect.getmembers(node, inspect.ismethod):
        pages = inspect.isgeneratorfunction(method) or inspect.isasyncgenfunction(method)
        if not name.startswith("_") and not pages and name not in LEFT_OUT:
            yield f"{path}{name}", method


def with_nothing_but_names(method: Callable[..., Any]) -> Any:
    names, options = [], {}
    for parameter in inspect.signature(method).parameters.values():
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            names.append("no-such-one")
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY and parameter.default is inspect.Parameter.empty:
            options[parameter.name] = '"1"' if parameter.name == "if_match" else "no-such-one"
    return method(*names, **options, options={"retries": 0})


def groups(client: Vestibule | AsyncVestibule) -> list[tuple[str, Callable[..., Any]]]:
    inner = {name: group for name, group in vars(client).items() if hasattr(group, "_call")}
    found = [call for name, group in inner.items() for call in calls(group, f"{name}.")]
    assert len(found) > 70, f"{len(found)} calls"
    return found


def checked(name: str, error: ProblemError) -> None:
    assert error.code not in FRAMING, f"{name}: {error}"


def test_no_call_is_refused_for_its_framing(client: Vestibule, manager: Vestibule) -> None:
    for each in (client, manager):
        for name, method in groups(each):
            try:
                with_nothing_but_names(method)
            except ProblemError as error:
                checked(name, error)


@pytest.mark.anyio
async def test_nor_is_one_with_asyncio(gateway: dict[str, str]) -> None:
    async with AsyncVestibule(gateway["base"], gateway["secret_key"]) as client:
        for name, method in groups(client):
            try:
                await with_nothing_but_names(method)
            except ProblemError as error:
                checked(name, error)


def test_a_question_without_its_words_is_told_what_it_lacks(client: Vestibule) -> None:
    ask: Callable[..., Any] = client.chat.create
    with pytest.raises(ProblemError) as refused:
        ask()
    assert [(fault["field"], fault["code"]) for fault in refused.value.problem["errors"]] == [("message", "required")]


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_path_without_its_name_is_another_call_and_is_not_sent(name: str) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    client = Vestibule("https://x", "vst_sk_test_x", http=httpx.Client(transport=httpx.MockTransport(answer)))
    for call in (client.keys.show, client.auth.sessions.end, client.workspaces.show):
        with pytest.raises(VestibuleError, match="cannot be written"):
            call(name)
    assert sent == []
    client.keys.show("..x/y")
    assert sent[0].url.raw_path == b"/api/v1/keys/..x%2Fy"
