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

    Of the grants for which the bulk lanes waited they get at least a quarter, and within the others (and within the
    bulk lanes) at least a quarter goes, in turn, to the lanes behind the first. Those who had more than their quarter
    before may be passed over `ahead` times in a row: people come in clusters, and a run that has long had its part need
    not be in their way. Every step is O(1).
    """

    def __init__(self, ahead: int = IN_A_ROW) -> None:
        self._queues: list[OrderedDict[T, None]] = [OrderedDict() for _ in Lane]  # by number: an enum is slow to hash
        self._bulk = _Turn(ahead)
        self._within = {group: _Rotation(group[0], ahead) for group in (FINISH, BULK)}
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
    """Two sides: the first one goes first, and the second gets a quarter of the turns for which both waited."""

    def __init__(self, ahead: int) -> None:
        self._ahead = max(IN_A_ROW, ahead)
        self._left = IN_A_ROW  # turns that the first one may still take while the second waits

    def second(self, first_waits: bool, second_waits: bool) -> bool:
        if second_waits and not (first_waits and self._left):
            self._left = min(self._left + IN_A_ROW, self._ahead)
            return True
        if second_waits:
            self._left -= 1
        return False


class _Rotation:
    """Some lanes in order of rank: the first that waits goes first, those behind it share a quarter of the turns."""

    def __init__(self, leader: Lane, ahead: int) -> None:
        self._leader = leader
        self._lead = _Turn(ahead)
        self._rest = _Turn(ahead)
        self._last = -1

    def choose(self, lanes: Sequence[Lane]) -> Lane:
        led = lanes[0] is self._leader
        behind = lanes[1:] if led else lanes
        if not self._lead.second(led, bool(behind)):
            return self._leader
        if not led and not self._rest.second(True, len(behind) > 1):
            return behind[0]
        if not led:
            behind = behind[1:]
        after = [lane for lane in behind if lane > self._last]
        lane = (after or behind)[0]
        self._last = lane
        return lane
