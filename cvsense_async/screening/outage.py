"""Tells what is not there from what cannot be reached now, among the errors of file systems that are not local.

Each backend of fsspec fails in ways of its own, and some hide an outage behind "file not found": what caused an error
is looked at first, its HTTP status before all. What may pass is tried again, within a bound for the whole walk.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeAlias, TypeVar, cast

T = TypeVar("T")

Problem: TypeAlias = Literal["missing", "forbidden", "unreachable", "unreadable"]

Pause: TypeAlias = Callable[[float], bool]
"""Waits so many seconds before another try; `True` where there is to be none."""

PHRASES: dict[Problem, str] = {
    "missing": "there is nothing at this address",
    "forbidden": "access to this address, or to a part of it, was refused: check its credentials, then --resume "
    "(session.resume) tries it again",
    "unreachable": "this address, or a part of it, could not be reached, or its server failed, at several tries: "
    "--resume (session.resume) tries it again",
    "unreadable": "the address, or a folder of it, could not be read",
}

PAUSES = (0.5, 2.0, 6.0)
"""Seconds before the second, third and fourth try."""

PATIENCE = 30.0
"""Seconds that a walk waits for what does not answer, until something does."""

_PASSING_ERRORS = (
    "EAGAIN EBUSY ECONNABORTED ECONNREFUSED ECONNRESET EHOSTDOWN EHOSTUNREACH EIO ENETDOWN ENETUNREACH EPIPE ETIMEDOUT"
)
_PASSING = frozenset(getattr(errno, name) for name in _PASSING_ERRORS.split() if hasattr(errno, name))
_PASSING_NAMES = re.compile(r"Connect|Timeout|TimedOut|Disconnected|Payload|IncompleteRead|ServiceRequest|Transport")
_REFUSED_NAMES = re.compile(r"Credential|Authenti|AccessDenied|Forbidden|Unauthorized")
_DEPTH = 10


class Patience:
    """How long a walk goes on waiting for what does not answer."""

    def __init__(self) -> None:
        self._left = PATIENCE

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        """Wait before another try; `True` where there is to be none."""
        self._left -= seconds
        return self._left < 0 or stop.wait(seconds)

    def renew(self) -> None:
        """Something has answered."""
        self._left = PATIENCE


def tried(step: Callable[[], T], pause: Pause) -> T:
    """Do something that an outage may prevent, several times if need be. Raises what the last try raised."""
    for seconds in PAUSES:
        try:
            return step()
        except Exception as error:
            if problem_of(error) != "unreachable" or pause(seconds):
                raise
    return step()


def problem_of(error: BaseException) -> Problem:
    """What an error says of the address: by an HTTP status that is in it, else by its kind."""
    chain = list(_chain(error))
    for each in chain:
        status = _status(each)
        if status is not None:
            return _by_status(status)
    for kind in (_refused, _passing):
        for each in chain:
            found = kind(each)
            if found is not None:
                return found
    return "missing" if any(isinstance(each, FileNotFoundError) for each in chain) else "unreadable"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what led to it, the last cause first."""
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and len(found) < _DEPTH and at not in found:
        found.append(at)
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return reversed(found)


def _status(error: BaseException) -> int | None:
    for candidate in _candidates(error):
        if isinstance(candidate, str) and candidate.isascii() and candidate.isdigit():
            candidate = int(candidate[:4])
        if isinstance(candidate, int) and 400 <= candidate < 600:
            return candidate
    return None


def _candidates(error: BaseException) -> Iterator[Any]:
    """Where the backends' errors keep an HTTP status; one after the other, for some places are deprecated."""
    response: Any = getattr(error, "response", None)
    if isinstance(response, dict):  # botocore
        metadata: Any = cast("dict[str, Any]", response).get("ResponseMetadata")
        yield cast("dict[str, Any]", metadata).get("HTTPStatusCode") if isinstance(metadata, dict) else None
    elif response is not None:
        yield getattr(response, "status_code", None)
    for name in ("status", "status_code", "code"):
        yield getattr(error, name, None)


def _by_status(status: int) -> Problem:
    if status in (404, 410):
        return "missing"
    if status in (401, 403, 407):
        return "forbidden"
    return "unreachable" if status in (408, 421, 425, 429) or status >= 500 else "unreadable"


def _refused(error: BaseException) -> Problem | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "unreadable"  # no later try makes its certificate valid
    named = any(_REFUSED_NAMES.search(kind.__name__) for kind in type(error).__mro__)
    return "forbidden" if named or isinstance(error, PermissionError) else None


def _passing(error: BaseException) -> Problem | None:
    passing = isinstance(error, (ConnectionError, TimeoutError, socket.gaierror)) or (
        isinstance(error, OSError) and error.errno in _PASSING
    )
    named = any(_PASSING_NAMES.search(kind.__name__) for kind in type(error).__mro__)
    return "unreachable" if passing or named else None
