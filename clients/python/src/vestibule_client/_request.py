"""What a request is, and whether it is sent again: the same with and without asyncio."""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

import httpx
from typing_extensions import TypedDict

from .errors import ConnectionFailed, ProblemError, VestibuleError

AGAIN = {408, 502, 503, 504}


class Options(TypedDict, total=False):
    """What every call takes besides."""

    timeout: float
    """Seconds for each attempt, instead of the client's."""
    retries: int
    """How often a call that failed is sent again, instead of the client's."""
    headers: Mapping[str, str]
    """Further headers."""


class Request(NamedTuple):
    """One call, however often it is sent."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: object
    safe: bool
    """Sent again also when it may have had its effect."""
    anonymous: bool = False


class AsyncCall(Protocol):
    """How the generated calls reach the gateway."""

    def __call__(
        self,
        method: str,
        template: str,
        path: Sequence[str],
        *,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str | None] | None = None,
        body: object = None,
        anonymous: bool = False,
        safe: bool = False,
        options: Options | None = None,
    ) -> Awaitable[Any]: ...


class Call(Protocol):
    """The same without asyncio."""

    def __call__(
        self,
        method: str,
        template: str,
        path: Sequence[str],
        *,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str | None] | None = None,
        body: object = None,
        anonymous: bool = False,
        safe: bool = False,
        options: Options | None = None,
    ) -> Any: ...


def written(template: str, names: Sequence[str]) -> str:
    """The path, in which names stay names. Without one, or with what a path is shortened by, it is another call."""
    for name in names:
        if name in ("", ".", ".."):
            raise VestibuleError(f"The path {template} cannot be written with the name {name!r}.")
        before, _, rest = template.partition("{")
        template = before + quote(name, safe="") + rest.partition("}")[2]
    return template


def base_of(url: str) -> str:
    """Where the gateway is, also if the address has what its paths begin with."""
    return re.sub(r"(/api/v1)?/*$", "", url, count=1)


def query_of(query: Mapping[str, object] | None) -> dict[str, str]:
    """Without what was not given; yes and no as the gateway reads them."""
    given = {name: value for name, value in (query or {}).items() if value is not None}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}


def wait_before(
    request: Request, failure: ProblemError | ConnectionFailed, attempt: int, longest: float
) -> float | None:
    """Seconds until a call that failed may be sent again; None if it should not be."""
    backoff = random.random() * min(8.0, 0.5 * float(2**attempt))
    if isinstance(failure, ConnectionFailed):
        return backoff if request.safe else None
    asked = None if failure.retry_after is None else failure.retry_after + backoff / 4
    if asked is not None and asked > longest:
        return None
    # Whoever is refused by a limit has had no effect. A used-up quota does not come back in time.
    if failure.status == 429:
        return None if failure.code == "quota_exceeded" else backoff if asked is None else asked
    # The first attempt, whose connection broke, is still being answered.
    if failure.status == 409 and attempt > 0 and "Idempotency-Key" in request.headers:
        return 1 + backoff
    if request.safe and failure.status in AGAIN:
        return backoff if asked is None else asked
    return None


class Answer(dict[str, Any]):
    """A JSON object that remembers the HTTP answer it came with."""

    response: httpx.Response


def response_of(answer: object) -> httpx.Response:
    """The HTTP answer that an object came with, for its headers: `response_of(workspace).headers["ETag"]`."""
    if not isinstance(answer, Answer):
        raise TypeError("not an answer of a call")
    return answer.response


def data_of(response: httpx.Response) -> Any:
    """What a successful answer that was read says."""
    if response.status_code == 204:
        return None
    if not re.search(r"[/+]json\b", response.headers.get("Content-Type", "")):
        return response.text
    try:
        data = response.json()
    except ValueError as error:
        raise VestibuleError("The answer is not JSON.") from error
    if isinstance(data, dict):
        data = Answer(data)
        data.response = response
    return data
