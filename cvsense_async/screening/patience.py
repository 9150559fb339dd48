"""How long the service is asked again for something that it should know: one reading is never final.

Reads may lag behind what was done (a replica, a queue, a server that goes on after its proxy has given up), so a 404, a
409 or an empty list right after a success says nothing yet. Every wait here ends.
"""

from __future__ import annotations

import asyncio
from typing import TypeVar

from cvsense_async import errors
from cvsense_async.api.endpoint import Call
from cvsense_async.transport.limiter import Lane

from .crew import Crew

T = TypeVar("T")

PATIENCE = 60.0
"""For how long something is asked for without any success, in shortest poll intervals (60 x 5 s: five minutes)."""

A_MINUTE = 12.0
"""The same, where giving up costs nothing that was paid for (12 x 5 s: a minute)."""

A_MOMENT = 1.4
"""The same, where a second look is for the sake of caution alone (7 s)."""

FIRST, LONGEST = 0.2, 6.0
"""The first pause, and the longest, in shortest poll intervals (1 s and 30 s); each is twice as long as the last."""

LAGGING = (
    errors.NotFound,
    errors.Conflict,
    errors.ServerError,
    errors.RateLimited,
    errors.TransportError,
    errors.AmbiguousOutcome,
)
"""What an answer may be that is another one a little later."""

PASSING = frozenset({410, 423, 425})
"""Statuses that say "not now" (gone, locked, too early): a replica, or a lock, may be the reason."""


def is_passing(problem: errors.CVSenseError) -> bool:
    """Whether what was asked for may be answered a little later: also where a success said that it is none, and where a
    page in between (a challenge, a login) was pointed to."""
    if isinstance(problem, LAGGING):
        return True
    return isinstance(problem, errors.StatusError) and (problem.status < 400 or problem.status in PASSING)


class Patience:
    """The pauses between two questions for one thing, and the end of them."""

    def __init__(self, crew: Crew, intervals: float = PATIENCE) -> None:
        options = crew.options
        self._crew = crew
        self._shortest = options.poll_interval[0]
        self._begun = asyncio.get_running_loop().time()
        self._limit = intervals * self._shortest
        if options.batch_deadline is not None:
            self._limit = min(self._limit, options.batch_deadline)
        self._pause = FIRST * self._shortest

    async def more(self) -> bool:
        """Wait until it is time to ask again; `False` at once where it is not worth while any more."""
        limit = self._limit / 5 if self._crew.cancelling else self._limit
        left = self._begun + limit - asyncio.get_running_loop().time()
        if left <= 0:
            return False
        await asyncio.sleep(min(self._pause, left))
        self._pause = min(2 * self._pause, LONGEST * self._shortest)
        return True

    def worth(self, problem: errors.CVSenseError) -> bool:
        """Whether trouble may pass. With a journal nobody waits for a service that is out of reach."""
        out_of_reach = isinstance(problem, errors.ConnectionFailed) and self._crew.journal.durable
        return is_passing(problem) and not out_of_reach


async def ask(crew: Crew, call: Call[T], lane: Lane, patience: Patience) -> T:
    """Carry out a call that may be repeated, again and again while what comes may be for a moment only."""
    while True:
        try:
            return await crew.send(call, lane)
        except errors.CVSenseError as problem:
            if not patience.worth(problem) or not await patience.more():
                raise
