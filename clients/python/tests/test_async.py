"""The client with asyncio: the same, and what only it can do."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anyio
import pytest
from conftest import Control
from test_gateway import MESSAGE, WORKSPACE, idle

from vestibule_client import AsyncVestibule, ProblemError, StreamCut, response_of

pytestmark = pytest.mark.anyio


async def test_chat_streams_and_lists(gateway: dict[str, str]) -> None:
    async with AsyncVestibule(gateway["base"], gateway["secret_key"]) as client:
        answer = await client.chat.create(message=MESSAGE)
        assert response_of(answer).headers["X-Request-Id"]
        async with client.chat.stream(message=MESSAGE, session_id=answer["session_id"]) as events:
            seen = [event["type"] async for event in events]
        assert seen[0] == "start" and seen[-1] == "done" and seen.count("delta") > 1
        found = [message["id"] async for message in client.messages.list_all(session_id=answer["session_id"], limit=1)]
        assert len(set(found)) == 4
        assert (await client.knowledge.query(query="returns"))["workspace"] == WORKSPACE
        whole = await client.chat.stream(message=MESSAGE).collect()
        assert whole["answer"] and whole["usage"]


async def test_a_task_that_is_cancelled_ends_the_answer_at_anythingllm(
    gateway: dict[str, str], upstream: Control
) -> None:
    state = upstream(token_delay_ms=50, tokens=2000)
    async with AsyncVestibule(gateway["base"], gateway["secret_key"]) as client:
        begun = asyncio.Event()
        task = asyncio.create_task(client.chat.stream(message=MESSAGE).collect(lambda _: begun.set()))
        await begun.wait()
        assert state()["open_streams"] == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await anyio.to_thread.run_sync(idle, state)


async def test_what_fails_in_mid_stream_is_raised(gateway: dict[str, str], upstream: Control) -> None:
    upstream(failure={"drop_mid_stream": {"after_frames": 3}}, times=1)
    async with AsyncVestibule(gateway["base"], gateway["secret_key"]) as client:
        with pytest.raises((StreamCut, ProblemError)):
            await client.chat.stream(message=MESSAGE).collect()


async def test_a_login_goes_on_by_itself_once_for_all_calls_that_wait(
    gateway: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncVestibule(gateway["base"]) as client:
        await client.login(gateway["manager_username"], gateway["manager_password"])
        seen: list[str] = []

        async def note(request: Any) -> None:
            if request.url.path.endswith("/refresh"):
                seen.append(request.url.path)

        client.transport.http.event_hooks = {"request": [note], "response": []}
        now = time.time()
        monkeypatch.setattr("vestibule_client._async.clock.time", lambda: now + 3600 if not seen else now)
        await asyncio.gather(*(client.auth.me() for _ in range(20)))
        assert len(seen) == 1
        with pytest.raises(ProblemError, match="forbidden"):
            await client.audit.list()
        await client.logout()
