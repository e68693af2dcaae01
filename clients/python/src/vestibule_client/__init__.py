"""The client of Vestibule: typed calls, streamed answers, logins that renew themselves; with and without asyncio."""

from . import models
from ._async import AsyncChatStream, AsyncCredential, AsyncKey, AsyncUserSession, AsyncVestibule
from ._request import Options, response_of
from ._sync import ChatStream, Credential, Key, UserSession, Vestibule
from .chat import ChatDelta, ChatDone, ChatEvent, ChatSources, ChatStart, StreamedAnswer
from .credentials import TokenStore
from .errors import ConnectionFailed, ProblemError, StreamCut, TimedOut, VestibuleError, is_problem
from .sse import EventParser, ServerSentEvent

__all__ = [
    "AsyncChatStream",
    "AsyncCredential",
    "AsyncKey",
    "AsyncUserSession",
    "AsyncVestibule",
    "ChatDelta",
    "ChatDone",
    "ChatEvent",
    "ChatSources",
    "ChatStart",
    "ChatStream",
    "ConnectionFailed",
    "Credential",
    "EventParser",
    "Key",
    "Options",
    "ProblemError",
    "ServerSentEvent",
    "StreamCut",
    "StreamedAnswer",
    "TimedOut",
    "TokenStore",
    "UserSession",
    "Vestibule",
    "VestibuleError",
    "is_problem",
    "models",
    "response_of",
]
