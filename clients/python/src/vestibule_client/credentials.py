"""Where a user's refresh token is kept."""

from __future__ import annotations

from typing import NamedTuple, Protocol

MARGIN = 30
"""Seconds before its end at which a token is no longer used: the way takes time, and clocks differ."""


class Token(NamedTuple):
    """An access token, and until when it is used."""

    text: str
    until: float


class TokenStore(Protocol):
    """Where a refresh token is kept between runs, perhaps by several processes together."""

    def get(self) -> str | None:
        """The newest one."""

    def set(self, token: str | None) -> None:
        """Keeps it; None: the session is over."""


class _Memory:
    def __init__(self) -> None:
        self._token: str | None = None

    def get(self) -> str | None:
        return self._token

    def set(self, token: str | None) -> None:
        self._token = token


def in_memory() -> TokenStore:
    """For a session that ends with the program."""
    return _Memory()
