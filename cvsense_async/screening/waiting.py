"""Who is polled next, and when: polls cost quota, so the first one is sent when a batch should be done.

How long a batch takes is learnt in two ways, and the longer one counts. A quantile is nudged by every batch: up when
its first poll came too early, down a little when it did not; no outlier throws it off. And by Little's law a batch that
joins a queue ends when the service has worked through what is open, at the rate at which it does.
"""

from __future__ import annotations

import asyncio
import collections
from collections.abc import Awaitable, Callable

from cvsense_async.api.endpoint import Id
from cvsense_async.api.screening import BatchState
from cvsense_async.errors import PollTimeout

POLL_SHARE = 1 / 3
"""The part of the quota that all polls together may use."""

RECENT = 20
"""Batches over which the service's rate is taken."""

EARLY, LATE = 1.25, 0.975
"""How the expected time changes when the first poll of a batch came too early, and when it did not."""

TOLD = 2.0
"""How long the first poll waits where webhooks tell of the end, in times that they took: it is for one that is lost."""

A_MINUTE = 12
"""The longest time between two polls of one batch, in shortest intervals (12 x 5 s: a minute)."""


class PollSchedule:
    """When to poll the batches of one run. `interval` is in seconds, `per_second` the quota of the limiter."""

    def __init__(self, interval: tuple[float, float], per_second: float) -> None:
        self.shortest: float = interval[0]
        self.longest: float = interval[1]
        self.at_most: float = max(self.longest, self.shortest * A_MINUTE)
        self._spacing = 1 / (per_second * POLL_SHARE)
        self._next_turn = 0.0
        self._expected: float | None = None  # seconds that a batch of `_size` documents takes
        self._size = 1
        self._open = 0
        self._ends: collections.deque[tuple[float, int]] = collections.deque(maxlen=RECENT)

    def started(self, documents: int) -> None:
        """Take in that a batch of so many documents has been started."""
        self._open += documents

    def ended(self, documents: int, now: float) -> None:
        """Take in that a batch of so many documents is not waited for any more."""
        self._open -= documents
        self._ends.append((now, documents))
        if not self._open:
            self._ends.clear()  # nothing to do is no slowness

    def _queue(self) -> float:
        """Seconds until all that is open has been worked through, at the latest rate; 0 while that is not known."""
        if len(self._ends) < 3:
            return 0.0
        seconds = self._ends[-1][0] - self._ends[0][0]
        done = sum(documents for _, documents in self._ends) - self._ends[0][1]
        return self._open * seconds / done

    def first(self, documents: int, state: BatchState | None = None) -> float:
        """Seconds from the start of a batch to its first poll."""
        if state is not None and state.estimated_seconds_remaining is not None:
            return self._within(state.estimated_seconds_remaining)
        if self._expected is None:
            return self.shortest
        return self._within(max(self._expected * self._scaled(documents), self._queue()))

    def following(self, state: BatchState, elapsed: float, documents: int = 1) -> float:
        """Seconds from a poll that found a batch unfinished to the next one."""
        if state.estimated_seconds_remaining is not None:
            return self._within(state.estimated_seconds_remaining)
        if state.progress is not None and 5 <= state.progress < 100:
            left = elapsed * (100 - state.progress) / state.progress
            return min(max(left, self.shortest), self.longest)
        if self._expected is not None and (left := self._expected * self._scaled(documents) - elapsed) > self.longest:
            return self._within(left)  # it takes longer than a minute, and was polled because of that alone
        return self.longest if self._expected is not None or elapsed > self.longest else self.shortest

    def learn(self, documents: int, seconds: float, *, polls: int) -> None:
        """Take in that a batch was found done after so many seconds, at its `polls`-th poll; 0: a webhook told."""
        if not polls:
            self._expected = max(TOLD * seconds, LATE * self._scaled(documents) * (self._expected or 0.0))
            self._size = max(1, documents)
        elif self._expected is None:
            self._expected, self._size = seconds, max(1, documents)
        elif polls <= 1:
            self._expected *= LATE
        else:
            # Done somewhere between the expectation and now: never beyond what was seen.
            self._expected = min(self._expected * EARLY, max(self._expected, seconds / self._scaled(documents)))

    async def turn(self) -> None:
        """Wait until one more poll keeps all of them within their share of the quota."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next_turn)
        self._next_turn = turn + self._spacing
        if turn > now:
            await asyncio.sleep(turn - now)

    def _scaled(self, documents: int) -> float:
        """Half of a batch's time is taken to be fixed, half to grow with its documents, until more is known."""
        return 0.5 + 0.5 * max(1, documents) / self._size

    def _within(self, seconds: float) -> float:
        return min(max(seconds, self.shortest), self.at_most)


async def follow(
    read: Callable[[], Awaitable[BatchState]],
    schedule: PollSchedule,
    *,
    batch_id: Id,
    documents: int = 1,
    started: BatchState | None = None,
    deadline: float | None = None,
    at_once: bool = False,
    woken: asyncio.Event | None = None,
    told: Callable[[], BatchState | None] = lambda: None,
    enough: Callable[[BatchState], bool] = lambda state: state.ended,
) -> BatchState:
    """Poll a batch until it has ended (or its state is `enough`), and give its last state; an unknown status is no end.

    `deadline` is seconds from now, `at_once` polls first and waits then, `woken` skips the wait when it is set (a
    webhook said so), and `told` gives the end that the webhook told of, which saves the poll. Raises `PollTimeout` at
    the deadline, with the last state.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    ends = begun + deadline if deadline is not None else None
    wait = 0.0 if at_once else schedule.first(documents, started)
    polls = 0
    schedule.started(documents)
    try:
        while True:
            if ends is not None and loop.time() + wait > ends:
                wait = max(0.0, ends - loop.time())
            await _pause(wait, woken)
            if (state := told()) is not None:
                schedule.learn(documents, loop.time() - begun, polls=0)
                return state
            await schedule.turn()
            state = await read()
            polls += 1
            elapsed = loop.time() - begun
            if enough(state):
                if not at_once:
                    schedule.learn(documents, elapsed, polls=polls)
                return state
            if ends is not None and loop.time() >= ends:
                words = f"the batch had not ended after {elapsed:.0f} s; it goes on at the service"
                raise PollTimeout(words, batch_id=batch_id, last_status=state)
            wait = schedule.following(state, elapsed, documents)
    finally:
        schedule.ended(documents, loop.time())


async def _pause(seconds: float, woken: asyncio.Event | None) -> None:
    if woken is None:
        await asyncio.sleep(seconds)
        return
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        pass
    woken.clear()
