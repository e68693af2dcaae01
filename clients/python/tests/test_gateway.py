"""Every part of the client against a running gateway with a stand-in for AnythingLLM behind it."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import Control

from vestibule_client import ProblemError, StreamCut, UserSession, Vestibule, is_problem, models, response_of

MESSAGE = "How long do I have to return an order?"
WORKSPACE = "demo-shop"


def idle(state: Callable[[], Any]) -> None:
    for _ in range(200):
        if state()["open_streams"] == 0:
            return
        threading.Event().wait(0.025)
    pytest.fail("AnythingLLM still writes")


def test_a_question_and_its_answer(client: Vestibule) -> None:
    answer = client.chat.create(message=MESSAGE)
    assert answer["answer"] and answer["workspace"] == WORKSPACE
    assert response_of(answer).headers["X-Request-Id"]


def test_the_same_idempotency_key_gives_the_same_answer(client: Vestibule) -> None:
    key = uuid.uuid4().hex
    first = client.chat.create(message=MESSAGE, idempotency_key=key)
    assert client.chat.create(message=MESSAGE, idempotency_key=key) == first
    with pytest.raises(ProblemError, match="validation_failed"):
        client.chat.create(message="Another one", idempotency_key=key)


def test_a_stream_tells_its_start_its_pieces_its_sources_and_its_end(client: Vestibule) -> None:
    with client.chat.stream(message=MESSAGE) as events:
        seen = [event["type"] for event in events]
    assert seen[0] == "start" and seen[-1] == "done"
    assert seen.count("delta") > 1 and seen.count("sources") == 1


def test_a_stream_read_to_its_end_is_the_answer_and_the_conversation_goes_on(client: Vestibule) -> None:
    pieces: list[str] = []
    answer = client.chat.stream(message=MESSAGE).collect(pieces.append)
    assert answer["answer"] == "".join(pieces) and answer["sources"][0]["title"]
    session = answer["session_id"]
    client.chat.create(message="And how do I send it back?", session_id=session)
    messages = client.messages.list(session_id=session)["data"]
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2
    assert messages[1]["content"] == answer["answer"]
    assert len({message["id"] for message in client.messages.list_all(session_id=session, limit=1)}) == 4
    client.messages.reset(session_id=session)
    assert client.messages.list(session_id=session)["data"] == []


def test_leaving_a_stream_ends_the_answer_at_anythingllm_too(client: Vestibule, upstream: Control) -> None:
    state = upstream(token_delay_ms=50, tokens=2000)
    with client.chat.stream(message=MESSAGE) as events:
        for event in events:
            if event["type"] == "delta":
                assert state()["open_streams"] == 1
                break
    idle(state)


def test_so_does_a_loop_that_ends_without_with(client: Vestibule, upstream: Control) -> None:
    state = upstream(token_delay_ms=50, tokens=2000)
    for event in client.chat.stream(message=MESSAGE):
        if event["type"] == "delta":
            break
    idle(state)


def test_what_fails_in_mid_stream_is_raised(client: Vestibule, upstream: Control) -> None:
    upstream(failure={"drop_mid_stream": {"after_frames": 3}}, times=1)
    with pytest.raises((StreamCut, ProblemError)):
        client.chat.stream(message=MESSAGE).collect()


def test_a_search_finds_passages(client: Vestibule) -> None:
    found = client.knowledge.query(query="returns", top_n=2)
    assert found["workspace"] == WORKSPACE and 0 < len(found["results"]) <= 2


def refreshes(client: Vestibule) -> list[str]:
    """The paths of refreshes, as they are asked from now on."""
    seen: list[str] = []

    def note(request: Any) -> None:
        if request.url.path.endswith("/refresh"):
            seen.append(request.url.path)

    client.transport.http.event_hooks["request"].append(note)
    return seen


def test_a_login_goes_on_by_itself_once_for_all_calls_that_wait(
    gateway: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Vestibule(gateway["base"]) as client:
        first = client.login(gateway["manager_username"], gateway["manager_password"])["access_token"]
        seen = refreshes(client)
        now = time.time()
        monkeypatch.setattr("vestibule_client._sync.clock.time", lambda: now + 3600 if not seen else now)
        with ThreadPoolExecutor(10) as pool:
            users = list(pool.map(lambda _: client.auth.me()["user"]["username"], range(10)))
        assert set(users) == {gateway["manager_username"]} and len(seen) == 1
        assert isinstance(client.transport.credential, UserSession) and client.transport.credential.grant
        assert client.transport.credential.grant["access_token"] != first
        client.logout()
        with pytest.raises(ProblemError, match="unauthenticated"):
            client.auth.me()


def test_a_wrong_password_is_told(gateway: dict[str, str]) -> None:
    with Vestibule(gateway["base"]) as client, pytest.raises(ProblemError, match="invalid_credentials"):
        client.login(f"nobody-{uuid.uuid4().hex}", "wrong")


def shop_key(manager: Vestibule, name: str) -> models.IssuedKey:
    return manager.keys.create(
        kind="publishable", env="test", workspace=WORKSPACE, name=name, allowed_origins=["https://shop.example"]
    )


def test_a_key_is_made_found_changed_rotated_and_revoked(manager: Vestibule) -> None:
    made = shop_key(manager, "Client test")
    assert made["key"].startswith("vst_pk_test_")
    assert manager.keys.show(made["id"])["name"] == "Client test"
    assert manager.keys.change(made["id"], limits={"per_minute": 30})["limits"]["per_minute"] == 30
    assert manager.keys.change(made["id"], limits={"per_minute": None})["limits"]["per_minute"] is None
    with pytest.raises(ProblemError, match="precondition_failed"):
        manager.keys.change(made["id"], if_match='"1"', name="x")
    rotated = manager.keys.rotate(made["id"], grace_seconds=60)
    assert rotated["key"] != made["key"]
    assert "<script" in str(manager.keys.snippet(rotated["id"])) and manager.keys.limits(rotated["id"])["rates"]
    for each in (made, rotated):
        assert manager.keys.revoke(each["id"], reason="test")["status"] == "revoked"


def test_a_list_is_read_over_all_its_pages(manager: Vestibule) -> None:
    name = f"Page test {uuid.uuid4().hex}"
    made = [shop_key(manager, f"{name} {n}")["id"] for n in range(5)]
    assert [key["id"] for key in manager.keys.list_all(q=name, limit=2)] == made
    for each in made:
        manager.keys.revoke(each, reason="test")


def test_a_workspace_is_changed_by_the_version_that_was_read(manager: Vestibule) -> None:
    etag = response_of(manager.workspaces.show(WORKSPACE)).headers["ETag"]
    shelf = uuid.uuid4().hex
    assert manager.workspaces.change(WORKSPACE, if_match=etag, extra={"shelf": shelf})["extra"]["shelf"] == shelf
    with pytest.raises(ProblemError, match="precondition_failed"):
        manager.workspaces.change(WORKSPACE, if_match=etag, extra={})


def test_usage_comes_as_json_and_as_csv(manager: Vestibule) -> None:
    assert isinstance(manager.usage.show(granularity="day"), dict)
    assert isinstance(manager.usage.show(granularity="day", format="csv"), str)


def test_calls_that_need_no_credential_send_none(client: Vestibule) -> None:
    keys = client.auth.keys()
    assert "Authorization" not in response_of(keys).request.headers and keys["keys"]
    assert client.docs.openapi()["openapi"] == "3.1.0"


def asked_with(base: str, credential: str | None) -> object:
    with Vestibule(base, credential) as client:
        return client.keys.list()


Refused = Callable[[Vestibule, Vestibule, str], object]


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("unauthenticated", lambda client, manager, base: asked_with(base, None)),
        ("invalid_token", lambda client, manager, base: asked_with(base, "vst_sk_test_nonsense")),
        ("insufficient_scope", lambda client, manager, base: client.workspaces.create(name="x")),
        ("not_found", lambda client, manager, base: client.chat.create(message=MESSAGE, workspace="no-such-shop")),
        ("validation_failed", lambda client, manager, base: client.chat.create(mesage="Hello")),
        ("body_too_large", lambda client, manager, base: client.chat.create(message="x" * 300_000)),
        ("precondition_required", lambda client, manager, base: manager.workspaces.change(WORKSPACE, if_match="")),
        ("forbidden", lambda client, manager, base: manager.audit.list()),
    ],
)
def test_refusals(
    code: models.ErrorCode, call: Refused, client: Vestibule, manager: Vestibule, gateway: dict[str, str]
) -> None:
    with pytest.raises(ProblemError) as told:
        call(client, manager, gateway["base"])
    assert is_problem(told.value, code), told.value
    assert told.value.request_id and told.value.problem["type"].endswith(f"/docs/errors/{code}")
    if code == "validation_failed":
        assert [(each["field"], each["code"]) for each in told.value.errors] == [
            ("mesage", "unknown"),
            ("message", "required"),
        ]


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("key_disabled", lambda manager, key: manager.keys.change(key, enabled=False)),
        ("key_revoked", lambda manager, key: manager.keys.revoke(key, reason="test")),
        ("quota_exceeded", lambda manager, key: manager.keys.change(key, limits={"messages_per_day": 1})),
        ("rate_limited", lambda manager, key: manager.keys.change(key, limits={"per_minute": 1, "burst": 1})),
    ],
)
def test_refusals_of_a_key(
    code: str, change: Callable[[Vestibule, str], object], manager: Vestibule, gateway: dict[str, str]
) -> None:
    made = manager.keys.create(kind="secret", env="test", name=code, workspace=WORKSPACE)
    change(manager, made["id"])
    with Vestibule(gateway["base"], made["key"], longest_wait=0) as client:
        with pytest.raises(ProblemError) as told:
            for _ in range(100):  # the gateway is told of a change by the database
                client.chat.create(message=MESSAGE)
        assert told.value.code == code
        if told.value.status == 429:
            assert told.value.retry_after and told.value.violated_policies


@pytest.mark.parametrize(("code", "failure"), [("upstream_error", "status_500"), ("upstream_contract", "html")])
def test_refusals_because_of_anythingllm(code: str, failure: str, client: Vestibule, upstream: Control) -> None:
    upstream(failure=failure, path_prefix="/api/v1/workspace")
    with pytest.raises(ProblemError) as told:
        client.chat.create(message=MESSAGE, options={"retries": 0})
    assert told.value.code == code
