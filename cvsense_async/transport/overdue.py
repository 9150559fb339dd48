"""Bounds the time of attempts: one timer watches over all that are under way.

An attempt seldom takes its whole time, and a timer of its own, set and taken back each time, costs it more than its
answer's JSON does. An attempt is ended as `asyncio.timeout` ends it: cancelled, and told apart from any other cancel.
"""

from __future__ import annotations

import asyncio
import math
from types import TracebackType


class Overdue:
    """The attempts of one session that are under way. Belongs to one event loop."""

    def __init__(self) -> None:
        self.running: set[Bound] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._looks_at = math.inf

    def after(self, seconds: float) -> Bound:
        """`with overdue.after(60):` raises `TimeoutError` where what is inside is not done by then."""
        return Bound(self, seconds)

    def watch(self, loop: asyncio.AbstractEventLoop, until: float) -> None:
        """Look at this moment, if not before. The timer stays when attempts end: the next one needs it, too."""
        if until < self._looks_at:
            self.close()
            self._looks_at = until
            self._timer = loop.call_at(until, self._look, loop)

    def close(self) -> None:
        """Leave no timer behind."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._looks_at = math.inf

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self.close()
        now = loop.time()
        for bound in [each for each in self.running if each.until <= now]:
            bound.reach()
        self.watch(loop, min([each.until for each in self.running], default=math.inf))


class Bound:
    """The time of one attempt, in the task that makes it."""

    __slots__ = ("_cancelling", "_overdue", "_reached", "_seconds", "_task", "until")

    def __init__(self, overdue: Overdue, seconds: float) -> None:
        self._overdue = overdue
        self._seconds = seconds
        self._reached = False

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a call is made in a task")
        self._task = task
        self._cancelling = task.cancelling()
        self.until: float = loop.time() + self._seconds
        self._overdue.running.add(self)
        self._overdue.watch(loop, self.until)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._overdue.running.discard(self)
        if self._reached and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def reach(self) -> None:
        """The time is over."""
        self._overdue.running.discard(self)
        self._reached = True
        self._task.cancel()
