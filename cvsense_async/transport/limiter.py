"""When a request may be sent: one limiter a bucket, and everything that is sent passes it.

This is what callers see of it; what is decided, and by which parts, stands in `desk`.
"""

from __future__ import annotations

import asyncio
import math

from cvsense_async.errors import SessionClosed

from .desk import Desk
from .lanes import Lane
from .permit import UNKNOWN_GRACE, Permit
from .rate import LimiterState, RateLimit

__all__ = ["UNKNOWN_GRACE", "Lane", "Limiter", "LimiterState", "Permit", "RateLimit"]


class Limiter:
    """Lets requests go so that the server, however it counts, sees no more than `rate` allows.

    Promise: no period of the server's clock holds more than the limit, so neither a fixed window, nor a sliding
    log, nor a token bucket of the limit refuses; in strict mode neither a sliding counter nor a bucket of small
    burst. A 429 that no other user of the key explains turns strict mode on. It belongs to the event loop of its
    first `acquire`.
    """

    def __init__(self, rate: RateLimit | None = None) -> None:
        self.rate: RateLimit = rate or RateLimit()
        self._desk = Desk(self.rate)
        self._closed = False
        self._waited = 0.0

    @property
    def per_minute(self) -> float:
        """Requests a minute that this limiter lets go at most, as the server's limit stands now."""
        return self._desk.per_second * 60

    @property
    def closed(self) -> bool:
        """Whether it lets nobody go any more."""
        return self._closed

    @property
    def state(self) -> LimiterState:
        """How it stands now; reading it changes nothing that a caller could notice."""
        desk = self._desk
        now = desk.now()
        desk.expire(now)
        return LimiterState(
            free=max(0, desk.free()),
            limit=desk.slots,
            queued={lane: desk.turns.waiting(lane) for lane in Lane},
            in_flight=desk.window.in_flight,
            waited=self._waited,
            granted=desk.granted,
            refused=desk.refused,
            foreign=desk.foreign(),
            strict=desk.strict,
            paused_for=max(0.0, desk.gate.opens_at - now),
        )

    async def acquire(self, lane: Lane) -> Permit:
        """Wait until one request may be sent and take its slot; the caller must end the permit.

        Cancelling it loses no slot. Raises `SessionClosed` when the limiter is closed or belongs to another event loop.
        """
        desk = self._desk
        loop = asyncio.get_running_loop()
        if self._closed or desk.loop is not loop:
            self._bind(loop)
        start = loop.time()
        if lane is Lane.INTERACTIVE and not desk.turns.waiting(lane) and desk.skips_pace(start):
            desk.skip_turn(start)
            return desk.grant(start)
        if desk.turns.idle and desk.ready_at(start) <= start and desk.turn_is_there():
            await desk.take_turn()  # does not suspend: nobody else waits there
            return desk.grant(start)
        permit = await desk.turns.wait(lane)
        permit.waited = desk.now() - start
        self._waited += permit.waited
        return permit

    def refused(self, *, retry_after: float | None) -> None:
        """A 429 came: nobody goes before `retry_after` seconds and a second (scaled) are over, then one alone.

        Without `retry_after` it is a twelfth of the period, doubled with each 429 in a row, up to a whole period.
        Call it after the permit's `answered(refused=True)`.
        """
        desk, per = self._desk, self.rate.per
        desk.refused += 1
        if retry_after is None or math.isnan(retry_after):
            retry_after = min(per, per / 12 * 2 ** max(0, min(desk.refused_in_a_row - 1, 10)))
        desk.close_gate(retry_after + desk.after_gate)

    def pause(self, seconds: float) -> None:
        """The service asked for a pause (503 with Retry-After): nobody goes before it is over, then one alone."""
        if not math.isnan(seconds):
            self._desk.close_gate(seconds)

    async def aclose(self) -> None:
        """Refuse all who wait, and all who come, with `SessionClosed`; no task is left running."""
        self._closed = True
        self._desk.turns.fail(SessionClosed("the limiter was closed while this call waited for its turn"))
        await self._desk.turns.aclose()

    def _bind(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._closed:
            raise SessionClosed("the limiter is closed")
        if self._desk.loop is not None:
            raise SessionClosed("the limiter belongs to another event loop: open one session in each")
        self._desk.loop = loop
