"""What can go wrong."""

from __future__ import annotations

from typing import Any, cast

import httpx
from typing_extensions import TypeIs

from .models import ErrorCode, Problem, ProblemField


class VestibuleError(Exception):
    """Everything that this client raises by itself."""


class ConnectionFailed(VestibuleError):
    """The gateway was not reached, or the connection broke."""


class TimedOut(ConnectionFailed):
    """The gateway was silent for too long."""


class StreamCut(ConnectionFailed):
    """A stream ended with neither `done` nor `error`: what was said is incomplete."""


class ProblemError(VestibuleError):
    """The gateway refused, and said why: a problem document (RFC 9457)."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem['code']}: {problem.get('detail') or problem.get('title', '')}")
        self.problem = problem
        """All that the gateway said."""
        self.code: ErrorCode | str = problem["code"]
        """Stable; what programs should look at."""
        self.status: int = problem["status"]
        self.request_id: str = problem.get("request_id", "")
        self.errors: list[ProblemField] = problem.get("errors", [])
        """422: the broken rules."""
        self.retry_after: float | None = problem.get("retry_after")
        """Seconds after which to try again."""
        self.violated_policies: list[str] = problem.get("violated_policies", [])
        """429: the limits that refused."""


def is_problem(error: BaseException, *codes: ErrorCode) -> TypeIs[ProblemError]:
    """Whether an error is a refusal, and one of these."""
    return isinstance(error, ProblemError) and (not codes or error.code in codes)


def problem_of(response: httpx.Response) -> ProblemError:
    """From an answer that is not a success and was read. Something between may have made it."""
    status = response.status_code
    known: dict[str, Any] = {}
    try:
        said = response.json()
        if isinstance(said, dict) and "code" in said:
            known = said
    except ValueError:
        pass
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": response.reason_phrase or f"HTTP {status}",
        "detail": "The answer is not a problem document: something between made it.",
        "instance": "",
        "code": "rate_limited" if status == 429 else "bad_request" if status < 500 else "service_unavailable",
        "request_id": response.headers.get("X-Request-Id", ""),
    }
    if (after := response.headers.get("Retry-After", "")).isdigit():
        problem["retry_after"] = int(after)
    return ProblemError(cast(Problem, {**problem, **known, "status": status}))
