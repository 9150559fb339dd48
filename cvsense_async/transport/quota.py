"""What a limiter asks of whoever keeps the counts of its bucket, and what it is told by them.

Waiting belongs to an event loop; the counts belong to whoever shares the bucket. Between the two stands this protocol,
so that the counts can be kept in the process (`desk`), or leased from a store that several hosts share.
"""

from __future__ import annotations

import asyncio
import time
import types
from collections.abc import Callable
from typing import Protocol

from .lanes import Lane
from .pace import Skipped
from .permit import Permit
from .rate import LimiterState, RateLimit

Clock = Callable[[], float]
"""Seconds, from whenever they are counted; they never go back."""


class Holder(Protocol):
    """Callers of one event loop who wait for slots. All of it may be read and called from any thread."""

    @property
    def people(self) -> int:
        """How many of them are people waiting."""
        ...

    def waiting(self, lane: Lane) -> int:
        """How many of them wait in this lane."""
        ...

    def rouse(self) -> None:
        """Something has changed: look again."""
        ...

    def rouse_later(self) -> None:
        """The same, from the middle of anything."""
        ...


class Quota(Protocol):
    """The counts of one bucket. Every method is quick, waits for nothing, and may be called from any thread.

    A slot that was taken comes back by its permit: answered, unsent, in doubt, or lost.
    """

    rate: RateLimit
    strict: bool
    """Whether everything goes evenly, because of the settings or of what the service did."""
    skipped: Skipped

    @property
    def per_second(self) -> float:
        """Requests a second that may go at most, as the service's limit stands now."""
        ...

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """A limiter of this loop is used from now on."""
        ...

    def now(self) -> float:
        """The moment by the clock that every moment here is told by."""
        ...

    def ready_at(self, now: float) -> float:
        """When the next request may go; infinite when only an answer can tell."""
        ...

    def usable(self, holder: Holder) -> int:
        """Requests a period that are left to us, shared with the other event loops in which somebody waits."""
        ...

    def take(self, now: float) -> Permit | None:
        """Take a slot; `None` where nothing may go now, for somebody else may have been quicker."""
        ...

    def take_ahead(self, now: float) -> Permit | None:
        """Take a slot for a person who does not wait for the pace; `None` where people must wait for it, too."""
        ...

    def people_beside(self, holder: Holder) -> int:
        """People who wait elsewhere and need the slots that are left; 0 where there are enough for all."""
        ...

    def state(self, *, granted: int, refused: int, waited: float) -> LimiterState:
        """How it all stands now, beside what one limiter has granted, met and waited."""
        ...

    def join(self, holder: Holder) -> None:
        """Somebody waits here now: rouse them when something changes."""
        ...

    def leave(self, holder: Holder) -> None:
        """Nobody waits here any more."""
        ...

    def refuse(self, retry_after: float | None) -> None:
        """A 429 came, which says when to come back, or not."""
        ...

    def pause(self, seconds: float) -> None:
        """Nobody goes for so many seconds, and then one alone."""
        ...


def clock_of(loop: asyncio.AbstractEventLoop) -> Clock:
    """The clock by which a loop's callers wait: the process's, but for a loop that goes by a time of its own.

    (Loops for tests do: their class has a `time` written in Python that tells another time.)
    """
    own = isinstance(getattr(type(loop), "time", None), types.FunctionType)
    if own and type(loop).time is not asyncio.BaseEventLoop.time and abs(loop.time() - time.monotonic()) > 1:
        return loop.time
    return time.monotonic
