"""A clock that jumps, servers that count in every way the promise names, and a network that plays tricks.

Rate limits are promises about minutes; on a loop whose clock jumps to its next timer ten of them pass in a second.
"""

from __future__ import annotations

import asyncio
import math
import random
import selectors
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Protocol, TypeVar

import attrs

from cvsense_async.transport.limiter import Lane, Limiter

T = TypeVar("T")


class _JumpingSelector(selectors.DefaultSelector):
    """Waits for nothing: what would have been waited is added to the clock, and never less than 1 µs.

    (aiolimiter computes its next moment in floats; on a clock that can stand still it would spin.)
    """

    now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            ready = super().select(2.0)  # nothing is due: a thread may still report
            if not ready:
                raise RuntimeError("everything waits for something that will never come")
            return ready
        self.now += max(timeout, 1e-6)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes as fast as its work is done; `jump` adds time that nobody noticed."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def jump(self, seconds: float) -> None:
        """The machine slept, or the loop was held."""
        self._jumping.now += seconds


def run_virtual(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` on a virtual clock."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


def virtual_loop() -> VirtualLoop:
    """The running loop, which must be a virtual one."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


class Model(Protocol):
    """How a server counts: `admit` counts one request at a moment, or answers None where it refuses.

    It answers how many are left afterwards; `retry_after` is what it would say on a refusal.
    """

    limit: int

    def admit(self, now: float) -> int | None: ...

    def retry_after(self, now: float) -> float | None: ...


class FixedWindow:
    """A window that opens at the first request, lasts `per`, and then forgets (Laravel's throttle)."""

    def __init__(self, limit: int = 120, per: float = 60.0) -> None:
        self.limit, self.per = limit, per
        self.opened, self.count = -math.inf, 0

    def admit(self, now: float) -> int | None:
        if now >= self.opened + self.per:
            self.opened, self.count = now, 0
        if self.count >= self.limit:
            return None
        self.count += 1
        return self.limit - self.count

    def retry_after(self, now: float) -> float | None:
        return self.opened + self.per - now


class SlidingLog:
    """Every request of the last `per` seconds counts."""

    def __init__(self, limit: int = 120, per: float = 60.0) -> None:
        self.limit, self.per = limit, per
        self.log: deque[float] = deque()

    def admit(self, now: float) -> int | None:
        while self.log and self.log[0] <= now - self.per:
            self.log.popleft()
        if len(self.log) >= self.limit:
            return None
        self.log.append(now)
        return self.limit - len(self.log)

    def retry_after(self, now: float) -> float | None:
        return self.log[0] + self.per - now


class SlidingCounter:
    """Cloudflare's estimate: the previous window, weighted by what is left of it, and the current one."""

    def __init__(self, limit: int = 120, per: float = 60.0) -> None:
        self.limit, self.per = limit, per
        self.window, self.previous, self.current = 0, 0, 0

    def admit(self, now: float) -> int | None:
        window = math.floor(now / self.per)
        if window != self.window:
            self.previous = self.current if window == self.window + 1 else 0
            self.window, self.current = window, 0
        estimate = self.previous * (1 - (now / self.per - window)) + self.current
        if estimate + 1 > self.limit:
            return None
        self.current += 1
        return math.floor(self.limit - estimate - 1)

    def retry_after(self, now: float) -> float | None:
        return self.per / 12


class Bucket:
    """A token bucket (GCRA) of `burst` that fills at `limit` a period; nginx is one of small burst.

    One of small burst says nothing of its count, like nginx.
    """

    def __init__(self, burst: int, limit: int = 120, per: float = 60.0) -> None:
        self.limit, self.per, self.burst = limit, per, burst
        self.tokens, self.seen = float(burst), -math.inf

    def admit(self, now: float) -> int | None:
        if now > self.seen:
            self.tokens = min(self.burst, self.tokens + (now - self.seen) * self.limit / self.per)
            self.seen = now
        if self.tokens < 1:
            return None
        self.tokens -= 1
        return math.floor(self.tokens)

    def retry_after(self, now: float) -> float | None:
        return None if self.burst < self.limit else (1 - self.tokens) * self.per / self.limit


Travel = Callable[[float], tuple[float, float]]
"""From the moment of sending: seconds until the server counts, and from there until the headers are here."""


def jitter(rng: random.Random, low: float = 0.02, high: float = 0.8, tail: float = 0.0) -> Travel:
    """Round trips from `low` to `high`, split anywhere; one in fifty takes up to `tail` seconds more."""

    def travel(_: float) -> tuple[float, float]:
        trip = rng.uniform(low, high) + (rng.random() ** 2 * tail if rng.random() < 0.02 else 0.0)
        there = trip * rng.random()
        return there, trip - there

    return travel


def bunching(rng: random.Random, every: float, back: float = 0.3) -> Travel:
    """A network that holds requests and lets them all go at once, every so many seconds."""

    def travel(sent: float) -> tuple[float, float]:
        return every - sent % every, back * rng.random()

    return travel


@attrs.frozen
class Answer:
    """What the headers of an answer say."""

    refused: bool
    limit: int | None
    remaining: int | None
    retry_after: float | None


class Anything:
    """Admits everything and says nothing: what arrived is judged afterwards, with `first_refused`."""

    limit = 120

    def admit(self, now: float) -> int | None:
        return self.limit

    def retry_after(self, now: float) -> float | None:
        return None


def first_refused(model: Model, moments: Iterable[float], *, offset: float = 0.0, drift: float = 0.0) -> float | None:
    """The first of these moments at which a server of this model would have refused; None where it never would."""
    for moment in sorted(moments):
        if model.admit(moment * (1 + drift) + offset) is None:
            return moment
    return None


class Server:
    """One service behind a network: counts with `model`, on a clock of its own (offset and drift)."""

    def __init__(
        self,
        model: Model,
        travel: Travel,
        *,
        offset: float = 12345.678,
        drift: float = 1e-4,
        headers: bool | None = None,
    ) -> None:
        self.model, self.travel = model, travel
        self.offset, self.drift = offset, drift
        silent = isinstance(model, Anything) or (isinstance(model, Bucket) and model.burst < model.limit)
        self.headers = not silent if headers is None else headers
        self.counted: list[float] = []
        self.refused: list[float] = []
        self.foreign: list[float] = []

    async def foreigner(self, rng: random.Random, per_second: float) -> None:
        """Somebody else who uses the same key, at random moments, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(rng.expovariate(per_second))
            if self.model.admit(loop.time() * (1 + self.drift) + self.offset) is not None:
                self.foreign.append(loop.time())

    def count(self, moment: float) -> Answer:
        """One request arrives at this moment of our clock."""
        theirs = moment * (1 + self.drift) + self.offset
        left = self.model.admit(theirs)
        (self.counted if left is not None else self.refused).append(moment)
        said = self.headers
        return Answer(
            refused=left is None,
            limit=self.model.limit if said else None,
            remaining=(left or 0) if said else None,
            retry_after=self.model.retry_after(theirs) if left is None else None,
        )

    async def request(self) -> Answer:
        """Send one. A caller who gives up does not call it back: it is counted all the same."""
        loop = asyncio.get_running_loop()
        sent = loop.time()
        there, back = self.travel(sent)
        arrived: asyncio.Future[Answer] = loop.create_future()

        def arrive() -> None:
            answer = self.count(sent + there)
            if not arrived.done():
                arrived.set_result(answer)

        loop.call_later(there, arrive)
        answer = await arrived
        await asyncio.sleep(back)
        return answer

    def share_used(self, per: float = 60.0, limit: int = 120) -> float:
        """The part of the quota that was used in the whole periods between the first request and the last."""
        first, last = self.counted[0], self.counted[-1]
        whole = math.floor((last - first) / per)
        assert whole, "not one whole period"
        return sum(moment < first + whole * per for moment in self.counted) / (whole * limit)


@attrs.define
class Waits:
    """How long the callers of each lane waited for their turn, in seconds."""

    by_lane: dict[Lane, list[float]] = attrs.field(factory=lambda: {lane: [] for lane in Lane})

    def percentile(self, lane: Lane, part: float) -> float:
        waits = sorted(self.by_lane[lane])
        return waits[min(len(waits) - 1, math.ceil(part * len(waits)))]


async def call(limiter: Limiter, server: Server, lane: Lane, waits: Waits | None = None) -> Answer:
    """One call as the sender makes it: again after each 429, and every permit is ended."""
    while True:
        permit = await limiter.acquire(lane)
        if waits is not None:
            waits.by_lane[lane].append(permit.waited)
        try:
            answer = await server.request()
        except BaseException:
            permit.unknown()
            raise
        permit.answered(limit=answer.limit, remaining=answer.remaining, refused=answer.refused)
        if not answer.refused:
            return answer
        limiter.refused(retry_after=answer.retry_after)


async def load(
    limiter: Limiter,
    server: Server,
    *,
    uploads: int = 1000,
    polls: int = 300,
    people: int = 0,
    seconds: float = 600.0,
) -> Waits:
    """All uploads wait from the start; polls and people come evenly. Ends after `seconds`, whatever is left."""
    loop = asyncio.get_running_loop()
    waits = Waits()
    tasks: set[asyncio.Task[Answer]] = set()

    def arrive(lane: Lane) -> None:
        task = loop.create_task(call(limiter, server, lane, waits))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    for _ in range(uploads):
        arrive(Lane.UPLOAD)
    for lane, number in ((Lane.POLL, polls), (Lane.INTERACTIVE, people)):
        for place in range(number):
            loop.call_later((place + 0.5) * seconds / number, arrive, lane)
    await asyncio.sleep(seconds)
    left = list(tasks)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    return waits
