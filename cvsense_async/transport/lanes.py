"""Who waits for the limiter, in which lane, and who is next.

What is begun should be finished first, yet no lane may wait for ever: so lanes go by rank, with a quarter kept.
"""

from __future__ import annotations

import enum
from collections import OrderedDict
from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Lane(enum.IntEnum):
    """Why a request is sent; the lower number goes first."""

    INTERACTIVE = 0
    COLLECT = 1
    START = 2
    POLL = 3
    UPLOAD = 4
    CREATE = 5


FINISH = (Lane.INTERACTIVE, Lane.COLLECT, Lane.START, Lane.POLL)
BULK = (Lane.UPLOAD, Lane.CREATE)
IN_A_ROW = 3
"""How many grants the one that ranks first takes before one that waits behind it gets the next: a quarter."""


class Lanes(Generic[T]):
    """Waiters in six queues, first in, first out within each.

    Of four grants in a row the bulk lanes get at least one while they wait, and within the others (and within the
    bulk lanes) at least one of four goes, in turn, to the lanes behind the first. Every step is O(1).
    """

    def __init__(self) -> None:
        self._queues: dict[Lane, OrderedDict[T, None]] = {lane: OrderedDict() for lane in Lane}
        self._bulk = _Turn()
        self._within = {FINISH: _Rotation(), BULK: _Rotation()}
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def waiting(self, lane: Lane) -> int:
        """How many wait in this lane."""
        return len(self._queues[lane])

    def add(self, lane: Lane, waiter: T) -> None:
        """Put a waiter at the end of its lane."""
        self._queues[lane][waiter] = None
        self._size += 1

    def remove(self, lane: Lane, waiter: T) -> None:
        """Take out one who gave up; nothing happens when it is not there any more."""
        if self._queues[lane].pop(waiter, self) is None:
            self._size -= 1

    def first_of(self, lane: Lane) -> T:
        """Take the first of one lane. Raises KeyError when it is empty."""
        waiter, _ = self._queues[lane].popitem(last=False)
        self._size -= 1
        return waiter

    def next(self) -> T:
        """Take whoever is next. Raises KeyError when nobody waits."""
        finish = [lane for lane in FINISH if self._queues[lane]]
        bulk = [lane for lane in BULK if self._queues[lane]]
        if not finish and not bulk:
            raise KeyError("nobody waits")
        group, lanes = (BULK, bulk) if self._bulk.second(bool(finish), bool(bulk)) else (FINISH, finish)
        return self.first_of(self._within[group].choose(lanes))


class _Turn:
    """Two sides: the first one goes first, and the second gets every fourth turn while it waits."""

    def __init__(self) -> None:
        self._row = 0

    def second(self, first_waits: bool, second_waits: bool) -> bool:
        if not first_waits or (second_waits and self._row >= IN_A_ROW):
            self._row = 0
            return True
        self._row = self._row + 1 if second_waits else 0
        return False


class _Rotation:
    """Some lanes in order of rank: the first that waits goes first, those behind it share every fourth turn."""

    def __init__(self) -> None:
        self._turn = _Turn()
        self._last = -1

    def choose(self, lanes: Sequence[Lane]) -> Lane:
        first, behind = lanes[0], lanes[1:]
        if not self._turn.second(True, bool(behind)):
            return first
        after = [lane for lane in behind if lane > self._last]
        lane = (after or behind)[0]
        self._last = lane
        return lane
