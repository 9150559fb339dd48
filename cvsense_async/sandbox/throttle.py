"""The rate limit as the service keeps it, and as other servers do.

The documented one is Laravel's fixed window [contract: Basics]; the others are there because a client must not lean on
it.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Protocol

import attrs


@attrs.frozen
class Verdict:
    """Whether a request may pass, how many more may follow, and in how many seconds a refused one may come back."""

    allowed: bool
    remaining: int
    retry_after: float = 0.0


class Throttle(Protocol):
    """Counts the requests of one key."""

    def ask(self, now: float) -> Verdict:
        """Count a request at `now` (seconds) and say whether it may pass; a refused one is not counted."""
        ...


class FixedWindow:
    """Laravel's: a window opens at the key's first request, and the next one opens after its end."""

    def __init__(self, limit: int, period: float) -> None:
        self.limit: int = limit
        self.period: float = period
        self.end: float = -math.inf
        self.count: int = 0

    def ask(self, now: float) -> Verdict:
        if now >= self.end:
            self.end, self.count = now + self.period, 0
        if self.count >= self.limit:
            return Verdict(False, 0, self.end - now)
        self.count += 1
        return Verdict(True, self.limit - self.count)


class SlidingLog:
    """Exact: no period, wherever it begins, holds more than the limit."""

    def __init__(self, limit: int, period: float) -> None:
        self.limit: int = limit
        self.period: float = period
        self.log: deque[float] = deque()

    def ask(self, now: float) -> Verdict:
        while self.log and self.log[0] <= now - self.period:
            self.log.popleft()
        if len(self.log) >= self.limit:
            return Verdict(False, 0, self.log[0] + self.period - now)
        self.log.append(now)
        return Verdict(True, self.limit - len(self.log))


class SlidingCounter:
    """Two fixed windows, the earlier one weighed by how much of it still lies within the last period."""

    def __init__(self, limit: int, period: float) -> None:
        self.limit: int = limit
        self.period: float = period
        self.window: int = -1
        self.count: int = 0
        self.before: int = 0

    def ask(self, now: float) -> Verdict:
        window = math.floor(now / self.period)
        if window != self.window:
            self.before = self.count if window == self.window + 1 else 0
            self.window, self.count = window, 0
        left = (window + 1) * self.period - now
        weighed = self.before * left / self.period + self.count
        if weighed + 1 > self.limit:
            return Verdict(False, 0, self._wait(left))
        self.count += 1
        return Verdict(True, max(0, math.floor(self.limit - weighed - 1)))

    def _wait(self, left: float) -> float:
        """Until the earlier window weighs little enough, in this window or in the next."""
        if self.before and self.count + 1 <= self.limit:
            return max(left - (self.limit - 1 - self.count) * self.period / self.before, 0.0)
        return left + max(0.0, self.period - (self.limit - 1) * self.period / max(1, self.count))


class Bucket:
    """nginx's leaky bucket and the token bucket (GCRA): an even rate, and a burst above it."""

    def __init__(self, limit: int, period: float, burst: int) -> None:
        self.step: float = period / limit
        self.burst: int = burst
        self.due: float = -math.inf

    def ask(self, now: float) -> Verdict:
        due = max(self.due, now) + self.step
        ahead = due - now
        slack = self.burst * self.step
        if ahead > slack + 1e-9:
            return Verdict(False, 0, ahead - slack)
        self.due = due
        return Verdict(True, math.floor((slack - ahead) / self.step + 1e-9))


def make(kind: str, limit: int, period: float) -> Throttle:
    """The throttle of that name; `gcra:20` is a bucket with a burst of 20 (10 where none is given)."""
    name, _, burst = kind.partition(":")
    if name == "gcra":
        return Bucket(limit, period, int(burst or 10))
    kinds: dict[str, type[FixedWindow | SlidingLog | SlidingCounter]] = {
        "laravel": FixedWindow,
        "sliding-log": SlidingLog,
        "sliding-counter": SlidingCounter,
    }
    return kinds[name](limit, period)


class Throttles:
    """One throttle a key; all keys that are not known share one."""

    def __init__(self, kind: str, rate_limit: tuple[int, float]) -> None:
        self.kind: str = kind
        self.limit: int = rate_limit[0]
        self.period: float = rate_limit[1]
        self._by_key: dict[str | None, Throttle] = {}
        self.refused: int = 0

    def ask(self, key: str | None, now: float) -> Verdict:
        """Count a request of `key` (`None`: not known)."""
        throttle = self._by_key.get(key) or self._by_key.setdefault(key, make(self.kind, self.limit, self.period))
        verdict = throttle.ask(now)
        self.refused += not verdict.allowed
        return verdict

    def headers(self, verdict: Verdict, now: float) -> dict[str, str]:
        """The headers of every response; a refusal's also say when to come back."""
        made = {"X-RateLimit-Limit": str(self.limit), "X-RateLimit-Remaining": str(verdict.remaining)}
        if not verdict.allowed:
            made["Retry-After"] = str(max(1, math.ceil(verdict.retry_after)))
            made["X-RateLimit-Reset"] = str(math.ceil(now + verdict.retry_after))
        return made

    def reset(self) -> None:
        """Forget every request."""
        self._by_key.clear()
        self.refused = 0
