"""The window guard: which of the slots are taken, and when each comes back.

A slot comes back one period and a margin after its answer's headers, so two requests on one slot are further
than a period apart on any clock of the server's, however long each of them travelled.
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from heapq import heappop, heappush

from .rate import margin


class Window:
    """Slots that are taken: in flight, in doubt (given up, may still arrive), or cooling (answered)."""

    def __init__(self, per: float) -> None:
        self.hold: float = per + margin(per)
        self.taken: int = 0
        self.returned: int = 0
        self._cooling: deque[float] = deque()  # in order
        self._doubtful: list[tuple[float, int]] = []
        self._occupied: list[tuple[float, int]] = []  # until when, and how many

    @property
    def in_flight(self) -> int:
        """Sent, and neither answered nor given up."""
        others = sum(slots for _, slots in self._occupied)
        return self.taken - len(self._cooling) - len(self._doubtful) - others

    def take(self) -> None:
        self.taken += 1

    def give_back(self) -> None:
        """Nothing was sent."""
        self.taken -= 1

    def answered(self, now: float) -> None:
        """The server counted it by now."""
        self._cooling.append(now + self.hold)

    def doubt(self, serial: int, until: float) -> None:
        """The server may count it as late as `until`."""
        heappush(self._doubtful, (until, serial))

    def occupy(self, slots: int, now: float) -> None:
        """Requests of somebody else that the server counted by now."""
        self.taken += slots
        heappush(self._occupied, (now + self.hold, slots))

    def vacate(self) -> None:
        """There was nobody else."""
        self._returns(sum(slots for _, slots in self._occupied))
        self._occupied.clear()

    def expire(self, now: float) -> list[int]:
        """Take slots back that are due; the serials whose doubt has ended."""
        settled: list[int] = []
        while self._doubtful and self._doubtful[0][0] <= now:
            until, serial = heappop(self._doubtful)
            insort(self._cooling, until + self.hold)
            settled.append(serial)
        while self._cooling and self._cooling[0] <= now:
            self._cooling.popleft()
            self._returns(1)
        while self._occupied and self._occupied[0][0] <= now:
            self._returns(heappop(self._occupied)[1])
        return settled

    def next_return(self) -> float:
        """When the next change comes by itself; infinite when only an answer can bring it."""
        firsts = [due[0][0] for due in (self._doubtful, self._occupied) if due]
        return min([*firsts, self._cooling[0]] if self._cooling else firsts, default=float("inf"))

    def _returns(self, slots: int) -> None:
        self.taken -= slots
        self.returned += slots
