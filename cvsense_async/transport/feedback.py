"""What the server says was used, against what our own requests can explain: the rest is somebody else's.

Answers overtake one another and windows turn over, so a surplus counts only when no order in which our own
requests can have arrived explains it.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from .rate import margin


class Mark(NamedTuple):
    """Where the counts stood when a request was sent."""

    settled: int
    floor: int
    low: int | None
    limit: int | None


class Feedback:
    """Counts of our own requests, and the foreign ones that were found.

    Between two answers the server's count can rise by no more than what it counted in between. The earlier answer
    came before the later request was sent, so their order is certain; of ours, at most those can lie between
    that had been sent by the later answer and had no answer when the earlier request was sent. And the server counts
    nothing that is older than a period, but for a sliding counter, whose estimate can be a little higher (`slack`).
    """

    def __init__(self, per: float) -> None:
        self._per = per
        self._hold = per * 61 / 60 + margin(per)
        self._sent = 0
        self._settled = 0
        self._returned = 0
        self._lows: deque[tuple[float, int]] = deque()
        self._found: deque[tuple[float, int]] = deque()
        self._limit: int | None = None
        self._suspects: deque[tuple[float, int]] = deque()
        self.foreign: int = 0
        self.suspected: int = 0

    def mark(self, returned: int, slack: int, now: float) -> Mark:
        """A request is sent now; `returned` of our slots have come back so far."""
        lows, over = self._lows, now - self._per
        while lows and lows[0][0] <= over:
            lows.popleft()
        self._sent += 1
        return Mark(self._settled, slack - returned - self._returned, lows[0][1] if lows else None, self._limit)

    def unsent(self) -> None:
        self._sent -= 1

    def counted(self) -> None:
        """The server has counted one of ours by now."""
        self._settled += 1

    def seed(self, mark: Mark, limit: int, used: int, taken_over: int, now: float) -> None:
        """The first answer of all: `taken_over` requests from before it are counted as if they had been ours."""
        self._sent += taken_over
        self._settled += taken_over
        self._limit = limit
        self._note(now, used - mark.settled - taken_over - 1)

    def observe(self, mark: Mark, limit: int, used: int, now: float) -> None:
        """An answer to the request of `mark` says that `used` of `limit` are used (itself among them)."""
        base, low = mark.floor, mark.low
        if low is not None and low < base and limit == mark.limit:
            base = low
        surplus = used - self._sent - base
        if surplus > 0:
            self._sent += surplus
            self._settled += surplus
            self.foreign += surplus
            self._found.append((now + self._hold, surplus))
        if limit != self._limit:
            self._limit = limit
            self._lows.clear()
        self._note(now, used - mark.settled - 1)

    def suspect(self, slots: int, now: float) -> None:
        """A refusal although we go evenly: somebody is there, or the limit is less than is said. For five periods."""
        self.suspected += slots
        self._suspects.append((now + 5 * self._hold, slots))

    def expire(self, now: float) -> None:
        while self._found and self._found[0][0] <= now:
            _, surplus = self._found.popleft()
            self.foreign -= surplus
            self._returned += surplus
        while self._suspects and self._suspects[0][0] <= now:
            self.suspected -= self._suspects.popleft()[1]

    def forget(self) -> None:
        """What was found and suspected was a misunderstanding."""
        self._returned += self.foreign
        self.foreign = self.suspected = 0
        self._found.clear()
        self._suspects.clear()
        self._lows.clear()

    def next_return(self) -> float:
        return min((due[0][0] for due in (self._found, self._suspects) if due), default=float("inf"))

    def _note(self, now: float, low: int) -> None:
        lows = self._lows
        while lows and lows[-1][1] >= low:
            lows.pop()
        lows.append((now, low))
