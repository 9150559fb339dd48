"""Who waits, and the task that hands out the turns.

One task alone waits at the pace, so nobody can overtake there; it lives only while somebody waits, and whatever
ends it, nobody is left hanging.
"""

from __future__ import annotations

import asyncio
import contextvars
import math
from collections.abc import Awaitable
from typing import Protocol

from cvsense_async.errors import CVSenseError, SessionClosed

from .lanes import Lane, Lanes
from .permit import Permit

_Waiter = asyncio.Future[Permit]


class Rules(Protocol):
    """What the limiter decides for the turns."""

    def now(self) -> float: ...

    def ready_at(self, now: float) -> float:
        """When the next request may go; infinite when only an answer can tell."""
        ...

    def skips_pace(self, now: float) -> bool:
        """Whether a person may go without waiting for the pace."""
        ...

    def take_turn(self) -> Awaitable[None]:
        """Wait for the pace."""
        ...

    def skip_turn(self, now: float) -> None:
        """A person goes without waiting for the pace."""
        ...

    def keep_turn(self) -> None:
        """A turn was not used."""
        ...

    def grant(self, now: float) -> Permit:
        """Take a slot."""
        ...


class Turns:
    """The queue of the limiter's callers; `ahead` as the lanes have it."""

    def __init__(self, rules: Rules, ahead: int) -> None:
        self._rules = rules
        self._lanes: Lanes[_Waiter] = Lanes(ahead)
        self._task: asyncio.Task[None] | None = None
        self._nap: asyncio.Future[None] | None = None

    @property
    def idle(self) -> bool:
        """Nobody waits, and no task is about to hand out a turn."""
        return self._task is None

    def waiting(self, lane: Lane) -> int:
        return self._lanes.waiting(lane)

    async def wait(self, lane: Lane) -> Permit:
        """Wait in line. Cancelling it loses no slot."""
        loop = asyncio.get_running_loop()
        waiter: _Waiter = loop.create_future()
        self._lanes.add(lane, waiter)
        if self._task is None:
            self._task = loop.create_task(self._hand_out(), name="cvsense limiter", context=contextvars.Context())
            self._task.add_done_callback(self._ended)
        try:
            return await waiter
        except BaseException:
            self._lanes.remove(lane, waiter)
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                waiter.result().unsent()
            if not self._lanes:
                self.rouse()
            raise

    def rouse(self) -> None:
        """Something has changed: look again."""
        if self._nap is not None and not self._nap.done():
            self._nap.set_result(None)

    def fail(self, error: CVSenseError) -> None:
        """Everybody who waits gets this error."""
        while self._lanes:
            waiter = self._lanes.next()
            if not waiter.done():
                waiter.set_exception(error)

    async def aclose(self) -> None:
        """End the task."""
        task = self._task
        if task is not None and not task.done():
            task.cancel()
            if task.get_loop() is asyncio.get_running_loop():
                await asyncio.wait([task])

    async def _hand_out(self) -> None:
        rules, turn = self._rules, False
        try:
            while self._lanes:
                now = rules.now()
                at = rules.ready_at(now)
                if at > now:
                    await self._sleep(at)
                elif self._lanes.waiting(Lane.INTERACTIVE) and rules.skips_pace(now):
                    rules.skip_turn(now)
                    self._hand(self._lanes.first_of(Lane.INTERACTIVE))
                elif turn:
                    turn = False
                    self._hand(self._lanes.next())
                else:
                    await rules.take_turn()
                    turn = True
        finally:
            if turn:
                rules.keep_turn()
            self._task = None

    def _hand(self, waiter: _Waiter) -> None:
        if not waiter.done():
            waiter.set_result(self._rules.grant(self._rules.now()))

    async def _sleep(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        self._nap = loop.create_future()
        timer = loop.call_at(until, self.rouse) if until < math.inf else None
        try:
            await self._nap
        finally:
            self._nap = None
            if timer is not None:
                timer.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        cause = None if task.cancelled() else task.exception()
        if self._task is task:  # cancelled before its first step
            self._task = None
        if self._lanes and self._task is None:
            error = SessionClosed("the limiter's task was ended while this call waited for its turn")
            error.__cause__ = cause
            self.fail(error)
