"""Server-sent events, wherever the bytes are cut."""

from __future__ import annotations

import random
import time

import pytest

from vestibule_client import EventParser, ServerSentEvent

STREAM = (
    '\ufeff: hello\r\n\r\nevent: start\r\ndata: {"id":"ä😀"}\r\n\r\nevent: delta\ndata: one\ndata:two\n\n: \n\ndata\n\n'
    "id: 7\rdata: last\r\revent: x\n\nevent:  y\nretry: 1\nnonsense\ndata:  z\r\n\ndata: never ends"
).encode()
EVENTS = [("start", '{"id":"ä😀"}'), ("delta", "one\ntwo"), ("message", ""), ("message", "last"), (" y", " z")]


def parse(*pieces: bytes) -> list[ServerSentEvent]:
    parser = EventParser()
    return [event for piece in pieces for event in parser.push(piece)]


def test_events_are_read_as_the_standard_says() -> None:
    assert parse(STREAM) == EVENTS


@pytest.mark.parametrize("at", range(len(STREAM) + 1))
def test_it_does_not_matter_where_a_stream_is_cut_in_two(at: int) -> None:
    assert parse(STREAM[:at], STREAM[at:]) == EVENTS


def test_nor_into_how_many_pieces_of_what_lengths() -> None:
    chance = random.Random(4711)
    assert parse(*(STREAM[n : n + 1] for n in range(len(STREAM)))) == EVENTS
    for _ in range(2000):
        cuts = sorted(chance.choices(range(len(STREAM)), k=chance.randrange(40)))
        pieces = [STREAM[a:b] for a, b in zip([0, *cuts], [*cuts, len(STREAM)], strict=True)]
        assert parse(*pieces) == EVENTS, pieces


def test_a_line_of_a_megabyte_in_pieces_of_one_letter_takes_no_time_to_speak_of() -> None:
    parser = EventParser()
    begun = time.perf_counter()
    parser.push(b"data: ")
    for _ in range(1_000_000):
        parser.push(b"x")
    assert len(parser.push(b"\n\n")[0].data) == 1_000_000
    assert time.perf_counter() - begun < 20
