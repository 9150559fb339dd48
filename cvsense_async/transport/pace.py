"""The pace: requests go out evenly, a few at a time.

`AsyncLimiter` alone lets C + C*60/P through in a minute and a newcomer overtake; as the pace under a window guard,
with one waiter, it does neither.
"""

from __future__ import annotations

from aiolimiter import AsyncLimiter


class Pace:
    """A leaky bucket of 4 in 2 s at 120 in 60 s (2 in 1 s when even), scaled with limit and period.

    A request costs more tokens while the server, or other users of the key, leave us less than the limit.
    """

    def __init__(self, slots: int, per: float, *, even: bool) -> None:
        burst = max(1.0, slots / (60 if even else 30))
        self._slots = slots
        self._bucket = AsyncLimiter(burst, burst * per / slots)
        self._kept = False

    def ready(self, usable: int) -> bool:
        """Whether `take` would not wait, when `usable` requests a period are left to us."""
        return self._kept or self._bucket.has_capacity(self._cost(usable))

    async def take(self, usable: int) -> None:
        """Wait for a turn. Only one caller may wait at a time."""
        if self._kept:
            self._kept = False
            return
        await self._bucket.acquire(self._cost(usable))

    def keep(self) -> None:
        """A turn was taken and not used: the next one is free (one at most)."""
        self._kept = True

    def _cost(self, usable: int) -> float:
        return min(self._bucket.max_rate, self._slots / max(1, usable))
