"""Server-sent events, as the HTML standard reads them, from bytes that may be cut anywhere."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

_END = re.compile(r"\r\n|\r|\n")


class ServerSentEvent(NamedTuple):
    """One event of a stream."""

    event: str
    data: str


class EventParser:
    """Takes bytes as they come and gives the events that are complete. Time and memory grow with the text only."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line: list[str] = []  # a line that has not ended, in the pieces in which it came
        self._event = ""
        self._data: list[str] = []
        self._after_return = False  # the line feed of a CR LF may be in the next piece
        self._begun = False

    def push(self, piece: bytes) -> list[ServerSentEvent]:
        """The events that end in this piece."""
        text = self._decoder.decode(piece)
        if not text:
            return []
        if not self._begun:
            self._begun = True
            text = text.removeprefix("\ufeff")
        start = 1 if self._after_return and text.startswith("\n") else 0
        self._after_return = False if text else self._after_return
        events = []
        for end in _END.finditer(text, start):
            self._line.append(text[start : end.start()])
            line = "".join(self._line)
            self._line = []
            if event := self._take(line):
                events.append(event)
            start = end.end()
            self._after_return = end.group() == "\r" and start == len(text)
        if start < len(text):
            self._line.append(text[start:])
        return events

    def _take(self, line: str) -> ServerSentEvent | None:
        if not line:
            event = ServerSentEvent(self._event or "message", "\n".join(self._data)) if self._data else None
            self._event, self._data = "", []
            return event
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._event = value
        elif field == "data":
            self._data.append(value)
        return None  # a line that begins with a colon is a comment: the stream is alive
