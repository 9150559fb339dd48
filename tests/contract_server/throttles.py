"""Five ways in which a service may count requests, each behind `admit(now)`.

A client must stay free of 429s without knowing which one it meets, so all are here and none is favoured.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import ceil, floor

from .options import Options


@dataclass(slots=True)
class Verdict:
    """Whether a request is admitted, what remains, and in how many seconds a refused one may come back."""

    admitted: bool
    remaining: int
    wait: float


class Throttle:
    """No throttle: every request is admitted."""

    def __init__(self, options: Options) -> None:
        self.limit = options.limit
        self.period = options.period
        self.burst = options.burst
        self.count_refused = options.count_refused

    def admit(self, now: float) -> Verdict:
        """Count one request at `now` (seconds, monotonic)."""
        del now
        return Verdict(True, self.limit, 0.0)

    def remaining(self, now: float) -> int:
        """What remains at `now`, counting nothing."""
        del now
        return self.limit


class Fixed(Throttle):
    """Laravel's: a window opens at the first request and lasts one period."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.opened = float("-inf")
        self.count = 0

    def admit(self, now: float) -> Verdict:
        if now >= self.opened + self.period:
            self.opened, self.count = now, 0
        admitted = self.count < self.limit
        if admitted or self.count_refused:
            self.count += 1
        return Verdict(admitted, max(0, self.limit - self.count), self.opened + self.period - now)

    def remaining(self, now: float) -> int:
        return self.limit if now >= self.opened + self.period else max(0, self.limit - self.count)


class SlidingLog(Throttle):
    """At most `limit` requests in any period."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.times: deque[float] = deque()

    def _expire(self, now: float) -> None:
        while self.times and self.times[0] <= now - self.period:
            self.times.popleft()

    def admit(self, now: float) -> Verdict:
        self._expire(now)
        admitted = len(self.times) < self.limit
        if admitted or self.count_refused:
            self.times.append(now)
        wait = self.times[max(0, len(self.times) - self.limit)] + self.period - now if self.times else 0.0
        return Verdict(admitted, max(0, self.limit - len(self.times)), wait)

    def remaining(self, now: float) -> int:
        self._expire(now)
        return max(0, self.limit - len(self.times))


class SlidingCounter(Throttle):
    """Clock-aligned windows; the window before counts by the part of it that one period back from now still covers."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.window = 0
        self.current = 0
        self.previous = 0

    def _estimate(self, now: float) -> float:
        window = int(now // self.period)
        if window != self.window:
            self.previous = self.current if window == self.window + 1 else 0
            self.window, self.current = window, 0
        return self.previous * (1 - (now % self.period) / self.period) + self.current

    def admit(self, now: float) -> Verdict:
        estimate = self._estimate(now)
        admitted = estimate + 1 <= self.limit
        if admitted or self.count_refused:
            self.current += 1
            estimate += 1
        over = max(0.0, estimate + 1 - self.limit)
        wait = self.period - now % self.period
        if self.previous and over:
            wait = min(wait, over * self.period / self.previous)
        return Verdict(admitted, max(0, floor(self.limit - estimate)), wait)

    def remaining(self, now: float) -> int:
        return max(0, floor(self.limit - self._estimate(now)))


class Gcra(Throttle):
    """A leaky bucket like nginx's limit_req with `burst` and nodelay; `burst = limit - 1` is a token bucket."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.interval = self.period / self.limit
        self.tolerance = self.burst * self.interval
        self.due = float("-inf")

    def admit(self, now: float) -> Verdict:
        due = max(self.due, now)
        wait = due - now - self.tolerance
        admitted = wait <= 1e-9
        if admitted:
            self.due = due + self.interval
            wait = max(0.0, self.due - now - self.tolerance)
        return Verdict(admitted, self.remaining(now), wait)

    def remaining(self, now: float) -> int:
        backlog = max(0.0, self.due - now) if self.due > float("-inf") else 0.0
        return max(0, floor((self.tolerance - backlog) / self.interval + 1 + 1e-6))


KINDS: dict[str, type[Throttle]] = {
    "fixed": Fixed,
    "sliding-log": SlidingLog,
    "sliding-counter": SlidingCounter,
    "gcra": Gcra,
    "none": Throttle,
}


def new_throttle(options: Options) -> Throttle:
    """The throttle that the options name."""
    return KINDS[options.throttle](options)


def whole_seconds(wait: float) -> int:
    """A wait as Retry-After says it: whole seconds, rounded up, at least one."""
    return max(1, ceil(wait))
