"""The gate: closed for everybody after a 429 or a 503, and a scout goes through it first.

After a refusal, and at the very start, nobody knows how much the server would still take; one request finds out.
"""

from __future__ import annotations

import math


class Gate:
    """Closed until a moment; then one request alone, until its answer is here, it failed, or a period has passed."""

    def __init__(self, hold: float) -> None:
        self._hold = hold
        self.scout: int | None = None
        """The request that is on its way alone."""
        self._scout_until = math.inf
        self.opens_at: float = -math.inf
        self.alone: bool = True
        self.fresh: bool = True
        """Nothing has been answered yet: what a dead or a second process has used is not known."""

    def close(self, until: float) -> None:
        """Nobody goes before this moment, and then one alone. It never opens earlier than was said before."""
        self.opens_at = max(self.opens_at, until)
        self.alone = True

    def ready_at(self, now: float) -> float:
        """When the next request may pass; `now` when it may."""
        if now < self.opens_at:
            return self.opens_at
        if self.scout is not None:
            if now < self._scout_until:
                return self._scout_until
            self.scout = None  # a whole period without another request: whatever was used before it is over
            self.alone = self.fresh = False
        return now

    def passed(self, serial: int, now: float) -> None:
        """A request is sent."""
        if self.alone:
            self.scout, self._scout_until = serial, now + self._hold

    def ended(self, serial: int) -> bool:
        """A request has ended, in whatever way; whether it was the scout."""
        was_scout = self.scout == serial
        if was_scout:
            self.scout = None
        return was_scout

    def welcomed(self, was_scout: bool, now: float) -> None:
        """A request was not refused."""
        self.fresh = False
        if was_scout and now >= self.opens_at:
            self.alone = False
