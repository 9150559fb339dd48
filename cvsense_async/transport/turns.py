"""Who waits in one event loop, and the task that hands out the turns there.

One task alone waits at the pace, so nobody can overtake there; it lives only while somebody waits, and whatever
ends it, nobody is left hanging.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import math

from cvsense_async.errors import CVSenseError, SessionClosed

from .lanes import Lane, Lanes
from .pace import Pace
from .permit import Permit
from .quota import Quota

_Waiter = asyncio.Future[Permit]


class Turns:
    """The queue of the limiter's callers; `ahead` as the lanes have it."""

    def __init__(self, quota: Quota, ahead: int) -> None:
        self._quota = quota
        self._lanes: Lanes[_Waiter] = Lanes(ahead)
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._nap: asyncio.Future[None] | None = None
        self._roused = False
        self.granted: int = 0
        self._even = quota.strict
        self._pace = Pace(quota.rate.slots, quota.rate.per, even=self._even, skipped=quota.skipped)

    @property
    def idle(self) -> bool:
        """Nobody waits, and no task is about to hand out a turn."""
        return self._task is None

    @property
    def people(self) -> int:
        return self._lanes.waiting(Lane.INTERACTIVE)

    def waiting(self, lane: Lane) -> int:
        return self._lanes.waiting(lane)

    async def take_at_once(self, now: float) -> Permit | None:
        """A permit without waiting, where nobody waits and there is a turn and a slot; `None` otherwise."""
        quota, pace = self._quota, self._paced()
        if quota.ready_at(now) > now or not pace.ready(usable := quota.usable(self), now) or quota.people_beside(self):
            return None
        await pace.take(usable, now, pay=True)
        permit = quota.take(now)
        if permit is None:
            pace.keep()
            return None
        return self.taken(permit)

    def taken(self, permit: Permit) -> Permit:
        """A permit is given to one of our callers."""
        self.granted += 1
        permit.pace = self
        return permit

    async def wait(self, lane: Lane) -> Permit:
        """Wait in line. Cancelling it loses no slot."""
        loop = self._loop = asyncio.get_running_loop()
        waiter: _Waiter = loop.create_future()
        self._lanes.add(lane, waiter)
        if self._task is None:
            self._quota.join(self)
            task = loop.create_task(self._hand_out(), name="cvsense limiter", context=contextvars.Context())
            if not task.done():  # an eager task may have handed out all there is before we hear of it
                self._task = task
            task.add_done_callback(self._ended)
        try:
            return await waiter
        except BaseException:
            self._lanes.remove(lane, waiter)
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                waiter.result().unsent()
            if not self._lanes:
                self._wake()
            raise

    def rouse(self) -> None:
        """Something has changed: look again. May be called from any thread."""
        self._roused = True
        loop = self._loop
        if self._nap is None or loop is None:
            return
        if asyncio._get_running_loop() is loop:  # pyright: ignore[reportPrivateUsage]  # documented, and raises nothing
            self._wake()
        else:
            self.rouse_later()

    def rouse_later(self) -> None:
        """The same, from the middle of anything: by the garbage collector, or another thread."""
        self._roused = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it is closed: nobody waits there any more
                self._loop.call_soon_threadsafe(self._wake)

    def keep(self) -> None:
        """A turn was taken and not used."""
        self._pace.keep()

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
        quota, lanes, turn = self._quota, self._lanes, False
        give_way_until: float | None = None
        try:
            while lanes:
                self._roused = False
                now = quota.now()
                at = quota.ready_at(now)
                if at > now:
                    await self._sleep(at)
                elif self.people and self._hand(quota.take_ahead(now), people_only=True):
                    pass
                elif not turn:
                    pay = not lanes.waiting(Lane.INTERACTIVE)
                    await self._paced().take(quota.usable(self), now, pay=pay)
                    turn = True
                elif not self.people and quota.people_beside(self) and now < (give_way_until or math.inf):
                    # A run in one loop lets people in another go first; not for ever, for that loop may be held.
                    give_way_until = give_way_until or now + quota.rate.per / 60
                    await self._sleep(give_way_until)
                elif self._hand(quota.take(now)):
                    turn, give_way_until = False, None
        finally:
            if turn:
                self._pace.keep()
            self._task = None
            quota.leave(self)

    def _hand(self, permit: Permit | None, *, people_only: bool = False) -> bool:
        """Give a permit, if there is one, to the next one who has not given up; nobody else may hold on to it."""
        if permit is None:
            return False
        self.taken(permit)
        while self.people if people_only else self._lanes:
            waiter = self._lanes.first_of(Lane.INTERACTIVE) if people_only else self._lanes.next()
            if not waiter.done():
                waiter.set_result(permit)
                return True
        permit.unsent()
        return True

    def _paced(self) -> Pace:
        """The pace: an even one from the moment at which the counts have become strict."""
        quota = self._quota
        if quota.strict and not self._even:
            self._even = True
            self._pace = Pace(quota.rate.slots, quota.rate.per, even=True, skipped=quota.skipped)
        return self._pace

    async def _sleep(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        self._nap = loop.create_future()
        if self._roused:  # by another thread, since we looked
            self._nap = None
            return
        timer = loop.call_later(until - self._quota.now(), self._wake) if until < math.inf else None
        try:
            await self._nap
        finally:
            self._nap = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if self._nap is not None and not self._nap.done():
            self._nap.set_result(None)

    def _ended(self, task: asyncio.Task[None]) -> None:
        cause = None if task.cancelled() else task.exception()
        if self._task is task:  # cancelled before its first step
            self._task = None
            self._quota.leave(self)
        if self._lanes and self._task is None:
            error = SessionClosed("the limiter's task was ended while this call waited for its turn")
            error.__cause__ = cause
            self.fail(error)
