"""An answer while it is being written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Literal, cast

from typing_extensions import NotRequired, TypedDict

from . import models
from .errors import ProblemError
from .models import ChatMode, Problem, Source, Usage, Visitor
from .sse import ServerSentEvent


class Question(TypedDict):
    """What a streamed answer is asked with: a `ChatRequest` without `stream`."""

    message: str
    session_id: NotRequired[str | None]
    workspace: NotRequired[str | None]
    mode: NotRequired[ChatMode | None]
    visitor: NotRequired[Visitor | None]


class ChatStart(models.ChatStart):
    """The first event."""

    type: Literal["start"]


class ChatDelta(models.ChatDelta):
    """A piece of the answer. With `kind` it is the model thinking aloud, and not the answer."""

    type: Literal["delta"]


class ChatSources(models.ChatSources):
    """What the answer rests on."""

    type: Literal["sources"]


class ChatDone(models.ChatDone):
    """The last event, if all went well."""

    type: Literal["done"]


ChatEvent = ChatStart | ChatDelta | ChatSources | ChatDone


class StreamedAnswer(TypedDict):
    """An answer that was streamed, as a whole."""

    id: str
    session_id: str
    workspace: str
    answer: str
    refused: bool
    ai_generated: bool
    cached: NotRequired[bool]
    handover: NotRequired[bool]
    sources: list[Source]
    usage: Usage


def chat_event(said: ServerSentEvent) -> ChatEvent | None:
    """What an event means; None for kinds that are not known yet. A failure is raised."""
    if said.event == "error":
        raise ProblemError(cast(Problem, json.loads(said.data)))
    if said.event not in ("start", "delta", "sources", "done"):
        return None
    return cast(ChatEvent, {"type": said.event, **json.loads(said.data)})


class Collector:
    """Puts an answer together."""

    def __init__(self, on_text: Callable[[str], object] | None) -> None:
        self._on_text = on_text
        self._whole: dict[str, object] = {"sources": []}
        self._pieces: list[str] = []

    def take(self, event: ChatEvent) -> None:
        """The next event."""
        if event["type"] != "delta":
            self._whole.update({name: value for name, value in event.items() if name != "type"})
        elif "kind" not in event:
            self._pieces.append(event["text"])
            if self._on_text:
                self._on_text(event["text"])

    def answer(self) -> StreamedAnswer:
        """The answer. What was said before a refusal does not count: the last piece is the shop's own sentence."""
        pieces = self._pieces[-1:] if self._whole.get("refused") else self._pieces
        return cast(StreamedAnswer, {**self._whole, "answer": "".join(pieces)})
