"""The counts of one bucket in this process: what may go now, and what each answer changes.

Pace, window guard, strict level, gate and feedback know nothing of one another; what is decided between them is
decided here, in one place and under one lock, because event loops in several threads may share one bucket.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections import deque

from .bucket import SmallBucket
from .feedback import Feedback
from .gate import Gate
from .lanes import Lane
from .level import Level
from .pace import Skipped
from .permit import Permit
from .quota import Clock, Holder, clock_of
from .rate import LimiterState, RateLimit
from .window import Window

LEARNT_PERIODS = 60
"""For how many periods of rest it is remembered that the server asks for strictness."""


class Desk:
    """The counts, what they decide together, and where permits report their end. It is a `Quota`.

    `clock` is the process's, unless one is given; without one it becomes that of the first event loop that asks.
    """

    def __init__(self, rate: RateLimit, clock: Clock | None = None) -> None:
        self.rate: RateLimit = rate
        self.clock: Clock | None = clock
        self._lock = threading.RLock()  # a garbage collection may come in the middle of anything
        self._holders: tuple[Holder, ...] = ()  # replaced, never changed: it is read from everywhere
        self._per = rate.per
        self._reserve = rate.slots // 12
        self._others = 0
        self._fitted = 0
        self._lost: deque[Permit] = deque()
        self._refused_up_to = 0
        self._taken_over_until = -math.inf
        self._used_at = -math.inf
        self.after_gate: float = max(0.02, rate.per / 60)
        self.slots: int = rate.slots
        self.strict: bool = rate.strict
        self.skipped: Skipped = Skipped(rate.per)
        self.granted: int = 0
        self.refused_in_a_row: int = 0
        self.window: Window = Window(rate.per)
        self.gate: Gate = Gate(self.window.hold)
        self._level = Level(self.slots, rate.per)
        self._feedback = Feedback(rate.per)
        self._bucket = SmallBucket(rate.per)

    # What may go now.

    @property
    def per_second(self) -> float:
        return self._level.rate if self.strict else self.slots / self._per

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.clock is None:
            self.clock = clock_of(loop)

    def now(self) -> float:
        if self.clock is not None:
            return self.clock()
        try:
            return clock_of(asyncio.get_running_loop())()
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
        with self._lock:
            self.expire(now)
            at = self.gate.ready_at(now)
            if at > now:
                return at
            if self.free() < 1:
                return max(now, min(self.window.next_return(), self._feedback.next_return()))
            return self._level.clear_at(now) if self.strict else now

    def usable(self, holder: Holder) -> int:
        left, holders = self._left_to_us(), self._holders
        if not holders:
            return left
        return max(1, left // (len(holders) + (holder not in holders)))

    def take(self, now: float) -> Permit | None:
        with self._lock:
            return self._grant(now) if self.ready_at(now) <= now else None

    def take_ahead(self, now: float) -> Permit | None:
        with self._lock:
            if self.strict or self.gate.alone:
                return None
            self.expire(now)
            if self.gate.ready_at(now) > now or self.free() * 2 <= self.slots:
                return None
            self.skipped.add(now)
            return self._grant(now)

    def _grant(self, now: float) -> Permit:
        self.granted = serial = self.granted + 1
        self._used_at = now
        self.window.take()
        self._level.sent(serial, now)
        if self.gate.alone:
            self.gate.passed(serial, now)
        mark = self._feedback.mark(self.window.returned, self._reserve if self.strict else 0, now)
        return Permit(self, serial, mark, now)

    def pause(self, seconds: float) -> None:
        with self._lock:
            self.gate.close(self.now() + max(0.0, seconds))
            self._rouse()

    def refuse(self, retry_after: float | None) -> None:
        with self._lock:
            if retry_after is None or math.isnan(retry_after):
                doubled = 2 ** max(0, min(self.refused_in_a_row - 1, 10))
                retry_after = min(self._per, self._per / 12 * doubled)
            self.pause(retry_after + self.after_gate)

    def expire(self, now: float) -> None:
        """Take back what is due by now."""
        while self._lost:
            self._lost.popleft().unknown()
        for serial in self.window.expire(now):
            self._level.counted(serial, now)
            self._feedback.counted()
        self._feedback.expire(now)

    # Who waits.

    def join(self, holder: Holder) -> None:
        with self._lock:
            self._holders = (*self._holders, holder)

    def leave(self, holder: Holder) -> None:
        with self._lock:
            self._holders = tuple([one for one in self._holders if one is not holder])
            self._rouse()

    def people_beside(self, holder: Holder) -> int:
        if not self._holders or (len(self._holders) == 1 and self._holders[0] is holder):
            return 0
        people = sum([one.people for one in self._holders if one is not holder])
        return people if people and self.free() <= people else 0

    def state(self, *, granted: int, refused: int, waited: float) -> LimiterState:
        """How it all stands now, beside what one limiter has granted, met and waited."""
        with self._lock:
            now = self.now()
            self.expire(now)
            holders = self._holders
            return LimiterState(
                free=max(0, self.free()),
                limit=self.slots,
                queued={lane: sum([one.waiting(lane) for one in holders]) for lane in Lane},
                in_flight=self.window.in_flight,
                waited=waited,
                granted=granted,
                refused=refused,
                foreign=self.foreign(),
                strict=self.strict,
                paused_for=max(0.0, self.gate.opens_at - now),
            )

    def remembers(self) -> bool:
        """Whether anything would be forgotten without it: slots that are taken, a closed gate, what was learnt."""
        with self._lock:
            now = self.now()
            self.expire(now)
            learnt = self.strict is not self.rate.strict and now < self._used_at + LEARNT_PERIODS * self._per
            return bool(learnt or self.window.taken or self.foreign() or self.gate.opens_at > now)

    def _left_to_us(self) -> int:
        return max(1, self.slots - self.foreign())

    def _rouse(self) -> None:
        for holder in self._holders:
            holder.rouse()

    # What the permits report.

    def on_answered(self, permit: Permit, limit: int | None, remaining: int | None, refused: bool) -> None:
        with self._lock:
            self._answered(permit, limit, remaining, refused)

    def on_unsent(self, permit: Permit) -> None:
        with self._lock:
            self.window.give_back()
            self._level.unsent(permit.serial)
            self._feedback.unsent()
            self.gate.ended(permit.serial)
            self._rouse()

    def on_unknown(self, permit: Permit, grace: float) -> None:
        with self._lock:
            self.window.doubt(permit.serial, self.now() + grace)
            self.gate.ended(permit.serial)
            self._rouse()

    def on_lost(self, permit: Permit) -> None:
        """A permit was thrown away unended. May be called by the garbage collector, so in the middle of anything."""
        self._lost.append(permit)
        for holder in self._holders:
            holder.rouse_later()

    def _answered(self, permit: Permit, limit: int | None, remaining: int | None, refused: bool) -> None:
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
            self.pause(self.after_gate)
        else:
            self.refused_in_a_row = 0
            if gate.fresh or was_scout:
                gate.welcomed(was_scout, now)
            if was_scout and self._bucket.curious:
                self.pause(1.1 * self._per / self.rate.limit)
        self._rouse()

    # What the server said.

    def _respect_bucket(self) -> None:
        """What looked like other users is a bucket of small burst: go evenly, and keep no slots for anybody."""
        self.window.vacate()
        self._feedback.forget()
        self.strict = True

    def _fit(self, limit: int) -> None:
        self._fitted = limit
        slots = self.rate.slots_of(limit)
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

    def _adapt(self, refused: Permit, foreign: bool, now: float) -> None:
        """A 429 that nobody else explains makes us strict; one in spite of it (sent since the last) slows us down."""
        if not self.strict and not foreign:
            self.strict = True
        elif self.strict and refused.serial > self._refused_up_to and self._left_to_us() > self.slots // 4:
            self._feedback.suspect(max(1, self._reserve), now)
