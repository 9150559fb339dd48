"""The pace: requests go out evenly, a few at a time.

`AsyncLimiter` alone lets C + C*60/P through in a minute and a newcomer overtake; as the pace under a window guard,
with one waiter, it does neither.
"""

from __future__ import annotations

import contextlib
from collections import deque

from aiolimiter import AsyncLimiter


class Skipped:
    """The turns that people went without waiting for, until their slots come back. Threads may share it."""

    def __init__(self, per: float) -> None:
        self._per = per
        self._moments: deque[float] = deque()

    def __len__(self) -> int:
        return len(self._moments)

    def add(self, now: float) -> None:
        """Somebody goes without waiting for a turn."""
        self.forget(now)
        self._moments.append(now)

    def forget(self, now: float) -> None:
        """Leave out those whose slots are back."""
        moments, over = self._moments, now - self._per
        with contextlib.suppress(IndexError):  # another thread was quicker
            while moments and moments[0] <= over:
                moments.popleft()

    def pay(self) -> None:
        """One of them has been paid for."""
        with contextlib.suppress(IndexError):
            self._moments.popleft()


class Pace:
    """A leaky bucket of 4 in 2 s at 120 in 60 s (2 in 1 s when even), scaled with limit and period.

    A request costs more tokens while the server, or other users of the key, leave us less than the limit. A turn that
    was `skipped` is paid for by those who come later, one each, until its slot comes back: else the slots would be
    used up before the first of them is back, and everybody would wait for it. It belongs to one event loop.
    """

    def __init__(self, slots: int, per: float, *, even: bool, skipped: Skipped) -> None:
        burst = max(1.0, slots / (60 if even else 30))
        self._slots = slots
        self._bucket = AsyncLimiter(burst, burst * per / slots)
        self._kept = False
        self._skipped = skipped

    def ready(self, usable: int, now: float) -> bool:
        """Whether `take` would not wait, when `usable` requests a period are left to us."""
        return self._kept or (not self._owes(now) and self._bucket.has_capacity(self._cost(usable)))

    async def take(self, usable: int, now: float, *, pay: bool) -> None:
        """Wait for a turn, and with `pay` for one that was skipped. Only one caller may wait at a time."""
        if self._kept:
            self._kept = False
            return
        if pay and self._owes(now):
            self._skipped.pay()
            await self._bucket.acquire(self._cost(usable))
        await self._bucket.acquire(self._cost(usable))

    def keep(self) -> None:
        """A turn was taken and not used: the next one is free (one at most)."""
        self._kept = True

    def _owes(self, now: float) -> bool:
        self._skipped.forget(now)
        return bool(self._skipped)

    def _cost(self, usable: int) -> float:
        return min(self._bucket.max_rate, self._slots / max(1, usable))
