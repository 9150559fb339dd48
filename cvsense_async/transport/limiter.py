"""When a request may be sent: one limiter a bucket, and everything that is sent passes it.

Pace, window guard, strict level and feedback are parts that know nothing of one another; what is decided
between them is decided here, in one place and without a lock, because all of it runs on one event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import math
from collections import deque

from cvsense_async.errors import CVSenseError, SessionClosed

from .feedback import Feedback
from .lanes import Lane, Lanes
from .level import Level
from .pace import Pace
from .permit import UNKNOWN_GRACE, Permit
from .rate import LimiterState, RateLimit
from .window import Window

__all__ = ["UNKNOWN_GRACE", "Lane", "Limiter", "LimiterState", "Permit", "RateLimit"]

_Waiter = asyncio.Future[Permit]


class Limiter:
    """Lets requests go so that the server, however it counts, sees no more than `rate` allows.

    Promise: no period of the server's clock holds more than the limit, so neither a fixed window, nor a sliding
    log, nor a token bucket of the limit refuses; in strict mode neither a sliding counter nor a bucket of small
    burst. A 429 that no other user of the key explains turns strict mode on. It belongs to the event loop of its
    first `acquire`.
    """

    def __init__(self, rate: RateLimit | None = None) -> None:
        self.rate = rate or RateLimit()
        self._per = self.rate.per
        self._slots = self.rate.slots
        self._reserve = self._slots // 12
        self._others = 0
        self._strict = self.rate.strict
        self._window = Window(self._per)
        self._level = Level(self._slots, self._per)
        self._feedback = Feedback(self._per)
        self._pace = Pace(self._slots, self._per, even=self._strict)
        self._lanes: Lanes[_Waiter] = Lanes()
        self._lost: deque[Permit] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dispatcher: asyncio.Task[None] | None = None
        self._nap: asyncio.Future[None] | None = None
        self._closed = False
        self._gate = -math.inf
        self._refused_in_a_row = 0
        self._fresh = True
        self._alone = True
        self._scout: int | None = None
        self._scout_until = math.inf
        self._taken_over_until = -math.inf
        self._granted = 0
        self._refused_up_to = 0
        self._refused = 0
        self._waited = 0.0

    @property
    def per_minute(self) -> float:
        """Requests a minute that this limiter lets go at most, as the server's limit stands now."""
        return (self._level.rate if self._strict else self._slots / self._per) * 60

    @property
    def state(self) -> LimiterState:
        """How it stands now; reading it changes nothing that a caller could notice."""
        now = self._now()
        self._expire(now)
        return LimiterState(
            free=max(0, self._free()),
            limit=self._slots,
            queued={lane: self._lanes.waiting(lane) for lane in Lane},
            in_flight=self._window.in_flight,
            waited=self._waited,
            granted=self._granted,
            refused=self._refused,
            foreign=self._foreign(),
            strict=self._strict,
            paused_for=max(0.0, self._gate - now),
        )

    async def acquire(self, lane: Lane) -> Permit:
        """Wait until one request may be sent and take its slot; the caller must end the permit.

        Cancelling it loses no slot. Raises `SessionClosed` when the limiter is closed or belongs to another event loop.
        """
        loop = self._bind()
        start = loop.time()
        if self._goes_at_once(lane, start):
            return self._grant(0.0)
        if self._dispatcher is None and self._ready_at(start) <= start and self._pace.ready(self._usable()):
            await self._pace.take(self._usable())  # does not suspend: nobody else waits there
            return self._grant(0.0)
        waiter: _Waiter = loop.create_future()
        self._lanes.add(lane, waiter)
        if self._dispatcher is None:
            self._start_dispatcher(loop)
        try:
            permit = await waiter
        except BaseException:
            self._lanes.remove(lane, waiter)
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                waiter.result().unsent()
            if not self._lanes:
                self._rouse()
            raise
        permit.waited = loop.time() - start
        self._waited += permit.waited
        return permit

    def refused(self, *, retry_after: float | None) -> None:
        """A 429 came: nobody goes before `retry_after` seconds and a second (scaled) are over, then one alone.

        Without `retry_after` it is a twelfth of the period, doubled with each 429 in a row, up to a whole period.
        """
        self._refused += 1
        if retry_after is None or math.isnan(retry_after):
            retry_after = min(self._per, self._per / 12 * 2 ** max(0, min(self._refused_in_a_row - 1, 10)))
        self._close_gate(retry_after + max(0.02, self._per / 60))

    def pause(self, seconds: float) -> None:
        """The service asked for a pause (503 with Retry-After): nobody goes before it is over, then one alone."""
        if not math.isnan(seconds):
            self._close_gate(seconds)

    async def aclose(self) -> None:
        """Refuse all who wait, and all who come, with `SessionClosed`; no task is left running."""
        self._closed = True
        self._fail_waiters(SessionClosed("the limiter was closed while this call waited for its turn"))
        task = self._dispatcher
        if task is not None and not task.done():
            task.cancel()
            if self._loop is asyncio.get_running_loop():
                await asyncio.wait([task])

    # What the permits report.

    def on_answered(self, permit: Permit, limit: int | None, remaining: int | None, refused: bool) -> None:
        now = self._now()
        self._window.answered(now)
        self._level.counted(permit.serial, now)
        self._feedback.counted()
        known = limit is not None and limit > 0 and remaining is not None
        if limit is not None and limit > 0:
            self._fit(limit)
            if remaining is not None:
                self._learn(permit, limit, max(0, limit - max(0, remaining)), refused, now)
        was_scout = self._end_scout(permit)
        if refused:
            foreign = known and remaining == 0 and self._foreign() > 0
            if not was_scout and now >= self._taken_over_until:
                self._adapt(permit, foreign, now)
            self._refused_in_a_row += permit.serial > self._refused_up_to  # those sent together count once
            self._refused_up_to = self._granted
            self._close_gate(max(0.02, self._per / 60))
        else:
            self._fresh = False
            self._refused_in_a_row = 0
            if was_scout and now >= self._gate:
                self._alone = False
        self._rouse()

    def on_unsent(self, permit: Permit) -> None:
        self._window.give_back()
        self._level.unsent(permit.serial)
        self._feedback.unsent()
        self._pace.keep()
        self._end_scout(permit)
        self._rouse()

    def on_unknown(self, permit: Permit, grace: float) -> None:
        self._window.doubt(permit.serial, self._now() + grace)
        self._end_scout(permit)
        self._rouse()

    def on_lost(self, permit: Permit) -> None:
        """A permit was thrown away unended. May be called by the garbage collector, so in the middle of anything."""
        self._lost.append(permit)
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._rouse)

    # What the server said.

    def _learn(self, permit: Permit, limit: int, used: int, refused: bool, now: float) -> None:
        if self._fresh and not refused:
            before = used - 1
            if before > 0:  # also what a dead process may still have on its way
                before = min(self._slots, before + max(1, self._slots // 30))
                self._window.occupy(before, now)
                self._taken_over_until = now + self._window.hold
            self._feedback.seed(permit.mark, limit, used, max(0, before), now)
        elif not self._fresh:
            self._feedback.observe(permit.mark, limit, used, now)

    def _fit(self, limit: int) -> None:
        slots = self.rate.slots_of(limit)
        self._others = max(0, limit - slots)
        if slots != self._slots:
            self._slots = slots
            self._level.resize(slots)

    def _adapt(self, refused: Permit, foreign: bool, now: float) -> None:
        """A 429 that nobody else explains makes us strict; one in spite of it (sent since the last) slows us down."""
        if not self._strict and not foreign:
            self._strict = True
            self._pace = Pace(self.rate.slots, self._per, even=True)
        elif self._strict and refused.serial > self._refused_up_to and self._usable() > self._slots // 4:
            self._feedback.suspect(max(1, self._reserve), now)

    def _close_gate(self, seconds: float) -> None:
        self._gate = max(self._gate, self._now() + max(0.0, seconds))
        self._alone = True
        self._rouse()

    # What may go now.

    def _foreign(self) -> int:
        return max(0, self._feedback.foreign - self._others) + self._feedback.suspected

    def _usable(self) -> int:
        return max(1, self._slots - self._foreign())

    def _free(self) -> int:
        foreign = self._foreign()
        kept = foreign + self._reserve if foreign else 0
        return self._slots - self._window.taken - kept

    def _expire(self, now: float) -> None:
        while self._lost:
            self._lost.popleft().unknown()
        for serial in self._window.expire(now):
            self._level.counted(serial, now)
            self._feedback.counted()
        self._feedback.expire(now)

    def _ready_at(self, now: float) -> float:
        """When the next request may go; infinite when only an answer can tell."""
        if now < self._gate:
            return self._gate
        self._expire(now)
        if self._scout is not None:
            if now < self._scout_until:
                return self._scout_until
            self._scout = None  # a whole period without another request: whatever was used before is over
            self._alone = self._fresh = False
        if self._free() < 1:
            return max(now, min(self._window.next_return(), self._feedback.next_return()))
        return self._level.clear_at(now) if self._strict else now

    def _skips_pace(self, now: float) -> bool:
        return not self._strict and not self._alone and self._ready_at(now) <= now and self._free() * 2 > self._slots

    def _goes_at_once(self, lane: Lane, now: float) -> bool:
        return lane is Lane.INTERACTIVE and not self._lanes.waiting(lane) and self._skips_pace(now)

    def _grant(self, waited: float) -> Permit:
        now = self._now()
        self._granted += 1
        serial = self._granted
        self._window.take()
        self._level.sent(serial, now)
        if self._alone:
            self._scout, self._scout_until = serial, now + self._window.hold
        mark = self._feedback.mark(self._window.returned, self._reserve if self._strict else 0, now)
        return Permit(self, serial, mark, waited)

    def _end_scout(self, permit: Permit) -> bool:
        if self._scout != permit.serial:
            return False
        self._scout = None
        return True

    # The one who hands out the turns.

    async def _dispatch(self) -> None:
        turn = False
        try:
            while self._lanes:
                now = self._now()
                at = self._ready_at(now)
                if at > now:
                    await self._sleep(at)
                elif self._lanes.waiting(Lane.INTERACTIVE) and self._skips_pace(now):
                    self._hand(self._lanes.first_of(Lane.INTERACTIVE))
                elif turn:
                    turn = False
                    self._hand(self._lanes.next())
                else:
                    await self._pace.take(self._usable())
                    turn = True
        finally:
            if turn:
                self._pace.keep()
            self._dispatcher = None

    def _hand(self, waiter: _Waiter) -> None:
        if not waiter.done():
            waiter.set_result(self._grant(0.0))

    async def _sleep(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        self._nap = loop.create_future()
        timer = loop.call_at(until, self._rouse) if until < math.inf else None
        try:
            await self._nap
        finally:
            self._nap = None
            if timer is not None:
                timer.cancel()

    def _rouse(self) -> None:
        if self._nap is not None and not self._nap.done():
            self._nap.set_result(None)

    def _start_dispatcher(self, loop: asyncio.AbstractEventLoop) -> None:
        work = self._dispatch()
        self._dispatcher = loop.create_task(work, name="cvsense limiter", context=contextvars.Context())
        self._dispatcher.add_done_callback(self._dispatcher_ended)

    def _dispatcher_ended(self, task: asyncio.Task[None]) -> None:
        """Whatever ended it, nobody is left hanging."""
        cause = None if task.cancelled() else task.exception()
        if self._dispatcher is task:  # cancelled before its first step
            self._dispatcher = None
        if self._lanes and self._dispatcher is None:
            error = SessionClosed("the limiter's task was ended while this call waited for its turn")
            error.__cause__ = cause
            self._fail_waiters(error)

    def _fail_waiters(self, error: CVSenseError) -> None:
        while self._lanes:
            waiter = self._lanes.next()
            if not waiter.done():
                waiter.set_exception(error)

    def _bind(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        if self._closed:
            raise SessionClosed("the limiter is closed")
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise SessionClosed("the limiter belongs to another event loop: open one session in each")
        return loop

    def _now(self) -> float:
        if self._loop is not None:
            return self._loop.time()
        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:
            return 0.0
