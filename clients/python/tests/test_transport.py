"""What is sent again, when, and what is not: against answers that the test makes up."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from vestibule_client import (
    ConnectionFailed,
    ProblemError,
    StreamCut,
    TimedOut,
    UserSession,
    Vestibule,
    VestibuleError,
    is_problem,
    response_of,
)

Answer = Callable[[httpx.Request], httpx.Response]


def says(status: int, body: object, **headers: str) -> Answer:
    return lambda _: httpx.Response(
        status, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


def problem(status: int, code: str, **more: object) -> Answer:
    known = {"type": f"https://x/docs/errors/{code}", "title": code, "status": status, "detail": "d", "instance": "i"}
    return says(status, {**known, "code": code, "request_id": "request-1", **more})


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("reset", request=request)


def events(*lines: tuple[str, object]) -> Answer:
    text = "".join(f"event: {event}\ndata: {json.dumps(data)}\n\n" for event, data in lines)
    return lambda _: httpx.Response(200, text=text, headers={"Content-Type": "text/event-stream"})


class Server:
    """Answers in turn; the last answer stays."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(request)

    def client(self, credential: Any = "vst_sk_test_x", **options: Any) -> Vestibule:
        http = httpx.Client(transport=httpx.MockTransport(self))
        return Vestibule("https://chat.shop.example/", credential, http=http, **options)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody waits; how long it would have been is noted."""
    noted: list[float] = []
    monkeypatch.setattr("vestibule_client._sync.time.sleep", noted.append)
    return noted


def test_a_question_is_sent_again_with_the_same_idempotency_key() -> None:
    server = Server(broken, problem(503, "service_unavailable"), says(200, {"answer": "Yes."}))
    assert server.client().chat.create(message="Hello")["answer"] == "Yes."
    keys = [request.headers["Idempotency-Key"] for request in server.seen]
    assert len(keys) == 3 and len(set(keys)) == 1 and len(keys[0]) == 32
    assert len({request.content for request in server.seen}) == 1


def test_while_the_first_attempt_is_still_being_answered_the_second_waits_for_it() -> None:
    server = Server(broken, problem(409, "conflict"), says(200, {"answer": "Yes."}))
    assert server.client().chat.create(message="Hello")["answer"] == "Yes."


def test_without_an_idempotency_key_a_question_is_asked_once() -> None:
    server = Server(broken)
    with pytest.raises(ConnectionFailed):
        server.client().chat.create(message="Hello", idempotency_key="")
    assert len(server.seen) == 1 and "Idempotency-Key" not in server.seen[0].headers


@pytest.mark.parametrize("answer", [broken, problem(503, "service_unavailable"), problem(502, "upstream_error")])
def test_what_may_have_made_something_is_not_sent_again(answer: Answer) -> None:
    server = Server(answer)
    client = server.client()
    for call in (
        lambda: client.keys.create(kind="secret", name="x"),
        lambda: client.keys.rotate("id", grace_seconds=1),
        lambda: client.workspaces.change("shop", if_match='"1"'),
    ):
        with pytest.raises(VestibuleError):
            call()
    assert len(server.seen) == 3


def test_what_a_limit_refused_is_sent_again_after_the_time_that_it_says(waits: list[float]) -> None:
    server = Server(problem(429, "rate_limited", retry_after=7), says(201, {"id": "k"}))
    assert server.client().keys.create(kind="secret", name="x")["id"] == "k"
    assert len(waits) == 1 and 7 <= waits[0] < 10


def test_retry_after_counts_where_something_between_refused(waits: list[float]) -> None:
    server = Server(lambda _: httpx.Response(503, html="busy", headers={"Retry-After": "3"}), says(200, {"data": []}))
    server.client().keys.list()
    assert 3 <= waits[0] < 5


@pytest.mark.parametrize(
    "answer", [problem(429, "rate_limited", retry_after=3600), problem(429, "quota_exceeded", retry_after=1)]
)
def test_longer_waits_than_wanted_and_quotas_are_told_at_once(answer: Answer) -> None:
    server = Server(answer)
    with pytest.raises(ProblemError) as told:
        server.client().keys.list()
    assert len(server.seen) == 1 and told.value.retry_after


def test_as_often_as_is_said_and_no_more(waits: list[float]) -> None:
    server = Server(problem(502, "upstream_unavailable"))
    with pytest.raises(ProblemError):
        server.client(retries=1).keys.list()
    assert len(server.seen) == 2
    with pytest.raises(ProblemError):
        server.client().keys.list(options={"retries": 0})
    assert len(server.seen) == 3 and len(waits) == 1


def test_what_is_refused_for_good_is_told_with_all_that_was_said() -> None:
    errors = [{"field": "name", "code": "required", "message": "must be given"}]
    server = Server(problem(422, "validation_failed", errors=errors))
    with pytest.raises(ProblemError, match="validation_failed") as told:
        server.client().keys.create(kind="secret", name="")
    assert (told.value.status, told.value.request_id, told.value.errors) == (422, "request-1", errors)
    assert is_problem(told.value, "validation_failed") and not is_problem(told.value, "not_found")


def test_an_answer_that_is_no_problem_document_is_a_problem_all_the_same() -> None:
    with pytest.raises(ProblemError) as told:
        Server(lambda _: httpx.Response(413, html="too large")).client().knowledge.query(query="x")
    assert told.value.status == 413


def test_silence_is_a_timeout() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("silent", request=request)

    server = Server(silent)
    with pytest.raises(TimedOut):
        server.client(retries=0).keys.list(options={"timeout": 3})
    assert server.seen[0].extensions["timeout"]["read"] == 3


def test_a_stream_that_ends_before_the_answer_is_an_error_and_is_not_begun_again() -> None:
    server = Server(events(("start", {"id": "a"}), ("delta", {"text": "Ye"})))
    with pytest.raises(StreamCut):
        server.client().chat.stream(message="x").collect()
    assert len(server.seen) == 1


def test_unknown_events_are_passed_over_and_an_error_among_them_is_raised() -> None:
    failure = {"code": "upstream_timeout", "status": 504}
    server = Server(events(("start", {"id": "a"}), ("later", {}), ("error", failure)))
    seen = []
    with pytest.raises(ProblemError) as told, server.client().chat.stream(message="x") as answer:
        for event in answer:
            seen.append(event["type"])
    assert seen == ["start"] and told.value.code == "upstream_timeout"


@pytest.mark.parametrize(("refused", "answer"), [(True, "Sorry."), (False, "The mSorry.")])
def test_of_a_refusal_only_the_sentence_counts_and_thoughts_are_no_answer(refused: bool, answer: str) -> None:
    thought = ("delta", {"text": "Hmm", "kind": "reasoning"})
    deltas = [("delta", {"text": text}) for text in ("The m", "Sorry.")]
    done = ("done", {"usage": {}, "refused": refused, "ai_generated": not refused})
    pieces: list[str] = []
    told = Server(events(thought, *deltas, done)).client().chat.stream(message="x").collect(pieces.append)
    assert told["answer"] == answer and pieces == ["The m", "Sorry."]


def test_names_in_paths_stay_names_and_headers_are_found() -> None:
    server = Server(says(200, {}, ETag='"7"'))
    answer = server.client().workspaces.show("a b/../c?d")
    assert server.seen[0].url.raw_path == b"/api/v1/workspaces/a%20b%2F..%2Fc%3Fd"
    assert response_of(answer).headers["ETag"] == '"7"'


def test_yes_and_no_are_written_as_the_gateway_reads_them() -> None:
    server = Server(says(200, {"data": []}))
    server.client().workspaces.list(archived=True)
    assert server.seen[0].url.query == b"archived=true"


class Kept:
    """Where a refresh token is kept."""

    def __init__(self, token: str | None) -> None:
        self.token = token

    def get(self) -> str | None:
        return self.token

    def set(self, token: str | None) -> None:
        self.token = token


def grant(n: int) -> dict[str, object]:
    return {"access_token": f"access-{n}", "expires_in": 900, "refresh_token": f"refresh-{n}", "user": {}}


def test_a_refresh_whose_answer_is_lost_is_tried_again_with_the_same_token() -> None:
    server, kept = Server(broken, says(200, grant(2)), says(200, {})), Kept("refresh-1")
    server.client(UserSession(kept)).auth.me()
    assert server.seen[0].content == server.seen[1].content == b'{"refresh_token":"refresh-1"}'
    assert server.seen[2].headers["Authorization"] == "Bearer access-2"
    assert kept.token == "refresh-2"


def test_a_token_that_another_process_has_stored_meanwhile_stays() -> None:
    kept = Kept("refresh-1")

    def meanwhile(request: httpx.Request) -> httpx.Response:
        kept.token = "refresh-3"
        return says(200, grant(2))(request)

    Server(meanwhile, says(200, {})).client(UserSession(kept)).auth.me()
    assert kept.token == "refresh-3"


@pytest.mark.parametrize(
    ("answer", "left"), [(problem(401, "expired_token"), None), (problem(503, "service_unavailable"), "refresh-1")]
)
def test_a_session_that_is_over_is_forgotten_and_a_gateway_that_is_away_ends_none(
    answer: Answer, left: str | None
) -> None:
    kept = Kept("refresh-1")
    with pytest.raises(ProblemError):
        Server(answer).client(UserSession(kept)).auth.me()
    assert kept.token == left


@pytest.mark.parametrize("end", ["", "/", "//", "/api/v1", "/api/v1/"])
def test_a_base_address_may_have_what_the_paths_begin_with(end: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={"data": []})

    with Vestibule(
        "https://chat.shop.example" + end,
        "vst_sk_test_x",
        http=httpx.Client(transport=httpx.MockTransport(answer)),
    ) as client:
        client.keys.list()
    assert asked == ["https://chat.shop.example/api/v1/keys"]
