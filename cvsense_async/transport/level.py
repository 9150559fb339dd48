"""The strict guard: the highest level that a server's bucket can stand at, whatever the network did.

Requests can bunch on their way, so each fills the bucket while it is in flight and drains only after its answer:
until then it may arrive together with all the others. Where what drains in a period and the burst are together
within the limit, a sliding counter (the previous window weighted) and a bucket of small burst are kept, too.
"""

from __future__ import annotations

from collections import OrderedDict

LONG_TRAVEL = 10.0
"""Seconds after which a request in flight no longer fills the bucket until its answer: a few large uploads would
block everybody, and it is not to be feared that such requests all arrive together."""
_SLACK = 0.05
_GRAIN = 1e-9


class Level:
    """How full the server's bucket may be, in requests."""

    def __init__(self, slots: int, per: float) -> None:
        self._per = per
        self._travelling: OrderedDict[int, float] = OrderedDict()
        self._settled = 0.0
        self._seen_at = float("-inf")
        self.resize(slots)

    def resize(self, slots: int) -> None:
        """Fit a limit: 120 gives a burst of 4.75 and a rate of 115.2 a period."""
        self.burst: float = max(1.0, min(2.0, slots / 12), slots * 0.0396)
        rate = slots - self.burst - _SLACK
        self.rate: float = max(rate, 0.5) / self._per
        self._highest = 4 * self.burst

    def sent(self, serial: int, now: float) -> None:
        self._travelling[serial] = now

    def unsent(self, serial: int) -> None:
        self._travelling.pop(serial, None)

    def counted(self, serial: int, now: float) -> None:
        """The server has counted it by now."""
        self._travelling.pop(serial, None)
        self._drain(now)
        more = self._settled + 1
        self._settled = more if more < self._highest else self._highest

    def clear_at(self, now: float) -> float:
        """When one more can be sent: now or earlier means at once."""
        self._drain(now)
        while self._travelling and next(iter(self._travelling.values())) <= now - LONG_TRAVEL:
            self._travelling.popitem(last=False)
        room = self.burst - 1 - len(self._travelling)
        if self._settled <= max(room, 0) + _GRAIN and room > -_GRAIN:
            return now
        drained = now + (self._settled - room) / self.rate if room >= 0 else float("inf")
        if self._travelling:
            return min(drained, next(iter(self._travelling.values())) + LONG_TRAVEL)
        return drained

    def _drain(self, now: float) -> None:
        if now > self._seen_at:
            if self._settled:
                left = self._settled - (now - self._seen_at) * self.rate
                self._settled = left if left > 0 else 0.0
            self._seen_at = now
