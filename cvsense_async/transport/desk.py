"""The inside of a limiter: what may go now, and what each answer changes.

Pace, window guard, strict level, gate and feedback know nothing of one another; what is decided between them is
decided here, in one place and without a lock, because all of it runs on one event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import deque

from .bucket import SmallBucket
from .feedback import Feedback
from .gate import Gate
from .lanes import Lane
from .level import Level
from .pace import Pace
from .permit import Permit
from .rate import RateLimit
from .turns import Turns
from .window import Window


class Desk:
    """The limiter's parts, what they decide together, and where permits report their end."""

    def __init__(self, rate: RateLimit) -> None:
        self._rate = rate
        self._per = rate.per
        self._reserve = rate.slots // 12
        self._others = 0
        self._fitted = 0
        self._lost: deque[Permit] = deque()
        self._refused_up_to = 0
        self._taken_over_until = -math.inf
        self.after_gate: float = max(0.02, rate.per / 60)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.slots: int = rate.slots
        self.strict: bool = rate.strict
        self.granted: int = 0
        self.refused = 0
        self.refused_in_a_row: int = 0
        self.window: Window = Window(rate.per)
        self.gate: Gate = Gate(self.window.hold)
        self.turns: Turns = Turns(self, ahead=rate.slots)
        self._level = Level(self.slots, rate.per)
        self._feedback = Feedback(rate.per)
        self._bucket = SmallBucket(rate.per)
        self._pace = Pace(self.slots, rate.per, even=self.strict)

    # What may go now.

    @property
    def per_second(self) -> float:
        return self._level.rate if self.strict else self.slots / self._per

    def now(self) -> float:
        if self.loop is not None:
            return self.loop.time()
        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:
            return 0.0

    def foreign(self) -> int:
        """Slots kept for other users of the key, beyond what the configured share leaves them."""
        feedback = self._feedback
        return feedback.suspected + (feedback.foreign - self._others if feedback.foreign > self._others else 0)

    def free(self) -> int:
        foreign = self.foreign()
        kept = foreign + self._reserve if foreign else 0
        return self.slots - self.window.taken - kept

    def ready_at(self, now: float) -> float:
        self.expire(now)
        at = self.gate.ready_at(now)
        if at > now:
            return at
        if self.free() < 1:
            return max(now, min(self.window.next_return(), self._feedback.next_return()))
        return self._level.clear_at(now) if self.strict else now

    def skips_pace(self, now: float) -> bool:
        if self.strict or self.gate.alone:
            return False
        self.expire(now)
        return self.gate.ready_at(now) <= now and self.free() * 2 > self.slots

    def turn_is_there(self) -> bool:
        return self._pace.ready(self._usable(), self.now())

    async def take_turn(self) -> None:
        await self._pace.take(self._usable(), self.now(), pay=not self.turns.waiting(Lane.INTERACTIVE))

    def skip_turn(self, now: float) -> None:
        self._pace.skip(now)

    def keep_turn(self) -> None:
        self._pace.keep()

    def grant(self, now: float) -> Permit:
        self.granted = serial = self.granted + 1
        self.window.take()
        self._level.sent(serial, now)
        if self.gate.alone:
            self.gate.passed(serial, now)
        mark = self._feedback.mark(self.window.returned, self._reserve if self.strict else 0, now)
        return Permit(self, serial, mark, now)

    def close_gate(self, seconds: float) -> None:
        self.gate.close(self.now() + max(0.0, seconds))
        self.turns.rouse()

    def expire(self, now: float) -> None:
        """Take back what is due by now."""
        while self._lost:
            self._lost.popleft().unknown()
        for serial in self.window.expire(now):
            self._level.counted(serial, now)
            self._feedback.counted()
        self._feedback.expire(now)

    def _usable(self) -> int:
        return max(1, self.slots - self.foreign())

    # What the permits report.

    def on_answered(self, permit: Permit, limit: int | None, remaining: int | None, refused: bool) -> None:
        now = self.now()
        self.window.answered(now)
        self._level.counted(permit.serial, now)
        self._feedback.counted()
        if limit is not None and limit > 0:
            if limit != self._fitted:
                self._fit(limit)
            if remaining is not None:
                left = max(0, remaining)
                if not refused and self._bucket.answered(permit.serial, permit.sent_at, limit, left, now):
                    self._respect_bucket()
                if not self._bucket.seen:
                    self._learn(permit, limit, max(0, limit - left), refused, now)
        gate = self.gate
        was_scout = gate.scout is not None and gate.ended(permit.serial)
        if refused:
            told = limit is not None and limit > 0 and remaining == 0
            if not was_scout:
                self._bucket.refuse()
            if not was_scout and now >= self._taken_over_until:
                self._adapt(permit, told and self.foreign() > 0, now)
            self.refused_in_a_row += permit.serial > self._refused_up_to  # those sent together count once
            self._refused_up_to = self.granted
            self.close_gate(self.after_gate)
        else:
            self.refused_in_a_row = 0
            if gate.fresh or was_scout:
                gate.welcomed(was_scout, now)
            if was_scout and self._bucket.curious:
                self.close_gate(1.1 * self._per / self._rate.limit)
        self.turns.rouse()

    def on_unsent(self, permit: Permit) -> None:
        self.window.give_back()
        self._level.unsent(permit.serial)
        self._feedback.unsent()
        self._pace.keep()
        self.gate.ended(permit.serial)
        self.turns.rouse()

    def on_unknown(self, permit: Permit, grace: float) -> None:
        self.window.doubt(permit.serial, self.now() + grace)
        self.gate.ended(permit.serial)
        self.turns.rouse()

    def on_lost(self, permit: Permit) -> None:
        """A permit was thrown away unended. May be called by the garbage collector, so in the middle of anything."""
        self._lost.append(permit)
        if self.loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self.loop.call_soon_threadsafe(self.turns.rouse)

    # What the server said.

    def _respect_bucket(self) -> None:
        """What looked like other users is a bucket of small burst: go evenly, and keep no slots for anybody."""
        self.window.vacate()
        self._feedback.forget()
        self._go_evenly()

    def _fit(self, limit: int) -> None:
        self._fitted = limit
        slots = self._rate.slots_of(limit)
        self._others = max(0, limit - slots)
        if slots != self.slots:
            self.slots = slots
            self._level.resize(slots)

    def _learn(self, permit: Permit, limit: int, used: int, refused: bool, now: float) -> None:
        if not self.gate.fresh:
            self._feedback.observe(permit.mark, limit, used, now)
        elif not refused:
            before = 0
            if used > 1:  # by a process that is dead, perhaps, and may still have a few on their way
                before = min(self.slots, used - 1 + max(1, self.slots // 30))
                self.window.occupy(before, now)
                self._taken_over_until = now + self.window.hold
            self._feedback.seed(permit.mark, limit, used, before, now)

    def _go_evenly(self) -> None:
        if not self.strict:
            self.strict = True
            self._pace = Pace(self._rate.slots, self._per, even=True)

    def _adapt(self, refused: Permit, foreign: bool, now: float) -> None:
        """A 429 that nobody else explains makes us strict; one in spite of it (sent since the last) slows us down."""
        if not self.strict and not foreign:
            self._go_evenly()
        elif self.strict and refused.serial > self._refused_up_to and self._usable() > self.slots // 4:
            self._feedback.suspect(max(1, self._reserve), now)
