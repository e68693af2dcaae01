# Made by generate.py from _async.py. Do not edit.
"""The client without asyncio."""

from __future__ import annotations

import secrets
import threading
import time
import time as clock
from collections.abc import Callable, Generator, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, cast

import httpx
from typing_extensions import Self, Unpack

from . import models
from ._request import Options, Request, base_of, data_of, query_of, wait_before, written
from ._sync_calls import Calls, Chat
from .chat import ChatEvent, Collector, Question, StreamedAnswer, chat_event
from .credentials import MARGIN, Token, TokenStore, in_memory
from .errors import ConnectionFailed, ProblemError, StreamCut, TimedOut, is_problem, problem_of
from .sse import EventParser


class Credential(Protocol):
    """Gives a request the right to be made."""

    def headers(self, transport: Transport) -> Mapping[str, str]:
        """The headers of a request that is about to be sent."""

    def renew(self, transport: Transport, sent: Mapping[str, str], refusal: ProblemError) -> bool:
        """A request with these headers was answered 401: true if it should be sent again with others."""


class Key:
    """A secret key, or an access token that somebody else looks after."""

    def __init__(self, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}"}

    def headers(self, transport: Transport) -> Mapping[str, str]:
        """The key."""
        return self._headers

    def renew(self, transport: Transport, sent: Mapping[str, str], refusal: ProblemError) -> bool:
        """A key stays what it is."""
        return False


class UserSession:
    """A user who has logged in with an account of AnythingLLM. Renews its token, once for all calls that wait."""

    def __init__(self, store: TokenStore | None = None) -> None:
        self._store = store or in_memory()
        self._lock = threading.Lock()
        self._token: Token | None = None
        self.grant: models.Grant | None = None
        """Of the last login or refresh."""

    def begin(self, transport: Transport, username: str, password: str) -> models.Grant:
        """Begins a session; the client's `login` calls it."""
        body = {"username": username, "password": password}
        answer = transport.call("POST", "/api/v1/auth/login", [], body=body, anonymous=True)
        grant = cast(models.Grant, answer)
        self._store.set(grant["refresh_token"])
        self._keep(grant)
        return grant

    def end(self, transport: Transport) -> None:
        """Ends the session here and at the gateway."""
        try:
            transport.call("POST", "/api/v1/auth/logout", [])
        finally:
            self._token = None
            self._store.set(None)

    def headers(self, transport: Transport) -> Mapping[str, str]:
        """The access token; another one if its time is nearly over."""
        token = self._token
        if token is None or clock.time() >= token.until:
            with self._lock:
                token = self._token  # another call may have renewed it meanwhile
                if token is None or clock.time() >= token.until:
                    token = self._refresh(transport)
        return {"Authorization": f"Bearer {token.text}"}

    def renew(self, transport: Transport, sent: Mapping[str, str], refusal: ProblemError) -> bool:
        """Trades the refresh token, unless another call has done so meanwhile."""
        if not is_problem(refusal, "expired_token", "invalid_token"):
            return False
        with self._lock:
            if self._token is not None and sent["Authorization"] == f"Bearer {self._token.text}":
                self._refresh(transport)
        return True

    def _refresh(self, transport: Transport) -> Token:
        sent = self._store.get()
        if not sent:
            raise logged_out()
        try:
            answer = transport.call(
                "POST",
                "/api/v1/auth/refresh",
                [],
                body={"refresh_token": sent},
                anonymous=True,
                safe=True,
                options={"timeout": 5},
            )
        except ProblemError as problem:
            if problem.status == 401 and self._store.get() == sent:
                self._store.set(None)
            raise
        grant = cast(models.Grant, answer)
        # Another process may have gone on meanwhile: then the store has a newer one.
        if self._store.get() == sent:
            self._store.set(grant["refresh_token"])
        return self._keep(grant)

    def _keep(self, grant: models.Grant) -> Token:
        self.grant = grant
        seconds = grant["expires_in"]
        self._token = Token(grant["access_token"], clock.time() + max(seconds - MARGIN, seconds / 2))
        return self._token


def logged_out() -> ProblemError:
    """There is no session, and it is not worth asking the gateway."""
    return ProblemError(
        {
            "type": "about:blank",
            "title": "Logged out",
            "status": 401,
            "detail": "There is no session: log in.",
            "instance": "",
            "code": "unauthenticated",
            "request_id": "",
        }
    )


class Transport:
    """Sends requests: their credential, their time, and whether they are sent again."""

    def __init__(
        self,
        http: httpx.Client,
        base_url: str,
        credential: Credential | None,
        *,
        timeout: float,
        idle_timeout: float,
        retries: int,
        longest_wait: float,
    ) -> None:
        self.http = http
        self.credential = credential
        self.idle_timeout = idle_timeout
        self._base = base_of(base_url)
        self._timeout = timeout
        self._retries = retries
        self._longest_wait = longest_wait

    def send(self, request: Request, options: Options | None, *, stream: bool = False) -> httpx.Response:
        """The successful answer; with `stream` its body is not read yet."""
        given = options or {}
        retries = given.get("retries", self._retries)
        renewed = False
        attempt = 0
        while True:
            credential = None if request.anonymous else self.credential
            sent = credential.headers(self) if credential else {}
            failure: ProblemError | ConnectionFailed
            try:
                response = self._once(request, sent, given, stream)
                if response.is_success or response.status_code == 304:
                    return response
                failure = problem_of(response)
            except httpx.TransportError as error:
                failure = failed(error)
            if isinstance(failure, ProblemError) and failure.status == 401 and credential and not renewed:
                renewed = True
                if credential.renew(self, sent, failure):
                    continue
            wait = wait_before(request, failure, attempt, self._longest_wait)
            if attempt >= retries or wait is None:
                raise failure
            time.sleep(wait)
            attempt += 1

    def _once(self, request: Request, sent: Mapping[str, str], given: Options, stream: bool) -> httpx.Response:
        timeout = given.get("timeout", self._timeout)
        built = self.http.build_request(
            request.method,
            self._base + request.path,
            params=request.query or None,
            json=request.body,
            headers={"Accept": "application/json", **request.headers, **sent, **given.get("headers", {})},
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0), read=self.idle_timeout if stream else timeout),
        )
        response = self.http.send(built, stream=True)
        if not stream or not response.is_success:
            try:
                response.read()
            finally:
                response.close()
        return response

    def call(
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
    ) -> Any:
        """The answer, read to its end."""
        given = {name: value for name, value in (headers or {}).items() if value}
        # Asked twice, a question is answered twice, unless it has a name.
        if template == "/api/v1/chat" and (headers or {}).get("Idempotency-Key") is None:
            given["Idempotency-Key"] = secrets.token_hex(16)
        safe = safe or "Idempotency-Key" in given
        request = Request(method, written(template, path), query_of(query), given, body, safe, anonymous)
        return data_of(self.send(request, options))


def failed(error: httpx.TransportError) -> ConnectionFailed:
    """What an error of the connection means."""
    if isinstance(error, httpx.TimeoutException):
        failure: ConnectionFailed = TimedOut("The gateway was silent for too long.")
    else:
        failure = ConnectionFailed(f"The gateway was not reached, or the connection broke: {error}")
    failure.__cause__ = error
    return failure


class ChatStream:
    """The events of one answer. Asked when it is entered or first iterated; leaving it stops the answer."""

    def __init__(self, transport: Transport, request: Request, options: Options | None) -> None:
        self._transport = transport
        self._request = request
        self._options = options
        self._response: httpx.Response | None = None
        self._events: Generator[ChatEvent, None, None] | None = None

    def __enter__(self) -> Self:
        self._response = self._transport.send(self._request, self._options, stream=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ChatEvent:
        if self._events is None:
            if self._response is None:
                self.__enter__()
            self._events = self._read()
        try:
            return self._events.__next__()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stops the answer, if it is still being written."""
        if self._events is not None:
            self._events.close()
        if self._response is not None:
            self._response.close()

    def collect(self, on_text: Callable[[str], object] | None = None) -> StreamedAnswer:
        """Reads to the end; `on_text` is told each piece of the answer."""
        collector = Collector(on_text)
        with self:
            for event in self:
                collector.take(event)
        return collector.answer()

    def _read(self) -> Generator[ChatEvent, None, None]:
        assert self._response is not None
        parser = EventParser()
        try:
            for piece in self._response.iter_bytes():
                for said in parser.push(piece):
                    event = chat_event(said)
                    if event is None:
                        continue
                    yield event
                    if event["type"] == "done":
                        return
        except httpx.TransportError as error:
            raise failed(error) from error
        finally:
            self._response.close()
        raise StreamCut("The stream ended before the answer did.")


class ChatWithStream(Chat):
    """Asking, at once and while the answer is being written."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport.call)
        self._transport = transport

    def stream(self, *, options: Options | None = None, **body: Unpack[Question]) -> ChatStream:
        """Ask, and be told the answer while it is being written."""
        headers = {"Accept": "text/event-stream"}
        request = Request("POST", "/api/v1/chat", {}, headers, {**body, "stream": True}, safe=False)
        return ChatStream(self._transport, request, options)


class Vestibule(Calls):
    """A client of a gateway."""

    chat: ChatWithStream

    def __init__(
        self,
        base_url: str,
        credential: str | Credential | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 200.0,
        idle_timeout: float = 45.0,
        retries: int = 2,
        longest_wait: float = 60.0,
        http: httpx.Client | None = None,
    ) -> None:
        """
        :param base_url: where the gateway is: `https://chat.shop.example`
        :param credential: a key, or a session of a user
        :param headers: of every call
        :param timeout: seconds for each attempt of a call; an answer may take 180
        :param idle_timeout: seconds that a stream may be silent; the gateway is heard every 15
        :param retries: how often a call that failed is sent again
        :param longest_wait: seconds that the gateway may ask to wait; beyond it the refusal is raised
        :param http: a client of one's own, for proxies and certificates; it is not closed with this one
        """
        self._own = http is None
        self._http = http or httpx.Client()
        self._http.headers.update(headers or {})
        self.transport = Transport(
            self._http,
            base_url,
            Key(credential) if isinstance(credential, str) else credential,
            timeout=timeout,
            idle_timeout=idle_timeout,
            retries=retries,
            longest_wait=longest_wait,
        )
        super().__init__(self.transport.call)
        self.chat = ChatWithStream(self.transport)

    def login(self, username: str, password: str, store: TokenStore | None = None) -> models.Grant:
        """Logs in; from then on the client asks as this user, and stays logged in."""
        session = UserSession(store)
        grant = session.begin(self.transport, username, password)
        self.transport.credential = session
        return grant

    def logout(self) -> None:
        """Ends the session of a user who has logged in."""
        if isinstance(self.transport.credential, UserSession):
            self.transport.credential.end(self.transport)

    def close(self) -> None:
        """Closes the connections."""
        if self._own:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
