"""When a request may be sent: everything that is sent passes a limiter, which one event loop's callers share.

This is what callers see of it. Who waits stands in `turns`, what may go and what an answer changes in `desk`, which all
limiters of one bucket in a process share.
"""

from __future__ import annotations

import asyncio
import math

from cvsense_async.errors import SessionClosed

from .desk import Desk
from .lanes import Lane
from .permit import UNKNOWN_GRACE, Permit
from .quota import Quota
from .rate import LimiterState, RateLimit
from .turns import Turns

__all__ = ["UNKNOWN_GRACE", "Lane", "Limiter", "LimiterState", "Permit", "RateLimit"]


class Limiter:
    """Lets requests go so that the server, however it counts, sees no more than `rate` allows.

    Promise: no period of the server's clock holds more than the limit, so neither a fixed window, nor a sliding
    log, nor a token bucket of the limit refuses; in strict mode neither a sliding counter nor a bucket of small
    burst. A 429 that no other user of the key explains turns strict mode on. It belongs to the event loop of its
    first `acquire`; limiters of several loops, or threads, keep the promise together where they share a `quota`.
    """

    def __init__(self, rate: RateLimit | None = None, *, quota: Quota | None = None) -> None:
        self.quota: Quota = quota or Desk(rate or RateLimit())
        self.rate: RateLimit = self.quota.rate
        self._turns = Turns(self.quota, ahead=self.rate.slots)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._refused = 0
        self._waited = 0.0

    @property
    def per_minute(self) -> float:
        """Requests a minute that this limiter lets go at most, as the server's limit stands now."""
        return self.quota.per_second * 60

    @property
    def closed(self) -> bool:
        """Whether it lets nobody go any more."""
        return self._closed

    @property
    def state(self) -> LimiterState:
        """How it stands now, with the slots of all event loops; reading it changes nothing a caller could notice."""
        return self.quota.state(granted=self._turns.granted, refused=self._refused, waited=self._waited)

    async def acquire(self, lane: Lane) -> Permit:
        """Wait until one request may be sent and take its slot; the caller must end the permit.

        Cancelling it loses no slot. Raises `SessionClosed` when the limiter is closed or belongs to another event loop.
        """
        quota, turns = self.quota, self._turns
        loop = asyncio.get_running_loop()
        if self._closed or self._loop is not loop:
            self._bind(loop)
        start = quota.now()
        if lane is Lane.INTERACTIVE and not turns.waiting(lane):
            permit = quota.take_ahead(start)
            if permit is not None:
                return turns.taken(permit)
        if turns.idle:
            permit = await turns.take_at_once(start)  # does not suspend: nobody else waits there
            if permit is not None:
                return permit
        permit = await turns.wait(lane)
        permit.waited = quota.now() - start
        self._waited += permit.waited
        return permit

    def refused(self, *, retry_after: float | None) -> None:
        """A 429 came: nobody goes before `retry_after` seconds and a second (scaled) are over, then one alone.

        Without `retry_after` it is a twelfth of the period, doubled with each 429 in a row, up to a whole period.
        Call it after the permit's `answered(refused=True)`.
        """
        self._refused += 1
        self.quota.refuse(retry_after)

    def pause(self, seconds: float) -> None:
        """The service asked for a pause (503 with Retry-After): nobody goes before it is over, then one alone."""
        if not math.isnan(seconds):
            self.quota.pause(seconds)

    async def aclose(self) -> None:
        """Refuse all who wait, and all who come, with `SessionClosed`; no task is left running."""
        self._closed = True
        self._turns.fail(SessionClosed("the limiter was closed while this call waited for its turn"))
        await self._turns.aclose()

    def _bind(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._closed:
            raise SessionClosed("the limiter is closed")
        if self._loop is not None:
            raise SessionClosed("the limiter belongs to another event loop: open one session in each")
        self._loop = loop
        self.quota.bind(loop)
