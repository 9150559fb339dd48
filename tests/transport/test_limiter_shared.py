"""One count a process: event loops, one after another or side by side in threads, keep the promise together."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import cvs, session_at, stand_in
from transport.limits import FixedWindow, SlidingLog, run_virtual

import cvsense_async as cv
from cvsense_async import CVSenseSession, RateLimit
from cvsense_async.transport import sharing
from cvsense_async.transport.desk import Desk
from cvsense_async.transport.limiter import Lane, Limiter

KEY = "cvs_key_of_the_process"
NOWHERE = "http://127.0.0.1:1"


def in_threads(works: list[Callable[[], Coroutine[Any, Any, Any]]]) -> list[Any]:
    """Each in an event loop of its own, all at once."""
    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(lambda work: asyncio.run(work()), works))


class Counted:
    """A service on the process's own clock, which counts under a lock and says what it counted."""

    def __init__(self, limit: int, per: float) -> None:
        self.models = [SlidingLog(limit, per), FixedWindow(limit, per)]
        self.lock = threading.Lock()
        self.refused = 0
        self.admitted = 0

    async def call(self, limiter: Limiter, lane: Lane = Lane.UPLOAD) -> None:
        permit = await limiter.acquire(lane)
        with self.lock:
            left = [model.admit(time.monotonic()) for model in self.models]
        told = min(-1 if one is None else one for one in left)
        self.refused += told < 0
        self.admitted += told >= 0
        await asyncio.sleep(0.002)
        permit.answered(limit=self.models[0].limit, remaining=max(0, told), refused=told < 0)


async def test_threads_and_loops_in_a_row_meet_no_429_on_one_key() -> None:
    """Three threads at once, then ten loops one after another, at a real server that keeps a sliding log."""
    async with stand_in(throttle="sliding-log", limit=40, period=0.8) as server:

        async def some(count: int) -> None:
            async with session_at(server, rate_limit=RateLimit(40, per=0.8)) as session:
                await asyncio.gather(*[session.account.credits() for _ in range(count)])
                assert session.limiter.state.refused == 0

        def in_a_row() -> None:
            for _ in range(10):
                asyncio.run(some(6))

        await asyncio.to_thread(in_threads, [lambda: some(25)] * 3)
        await asyncio.to_thread(in_a_row)
        (statuses,) = (await server.report())["by_op"].values()
        assert statuses == {"200": 135}


def test_many_threads_use_the_whole_quota_and_no_more() -> None:
    """Four loops that always want more: nothing is refused by log or window, and what there is gets used."""
    service, desk = Counted(60, 0.6), Desk(RateLimit(60, per=0.6), time.monotonic)

    async def work() -> None:
        limiter = Limiter(quota=desk)
        end = time.monotonic() + 2.4

        async def caller() -> None:
            while time.monotonic() < end:
                await service.call(limiter)

        await asyncio.gather(*[caller() for _ in range(10)])
        await limiter.aclose()

    in_threads([work] * 4)
    assert service.refused == 0
    assert service.admitted > 150  # of 240 that four periods hold; a busy machine loses some
    assert desk.state(granted=0, refused=0, waited=0).in_flight == 0


def test_an_answer_in_one_loop_wakes_who_waits_in_another() -> None:
    """A slot that comes free in a thread is taken in another at once, though only an answer could tell of it."""
    desk = Desk(RateLimit(1, per=0.05), time.monotonic)
    taken, woken = threading.Event(), threading.Event()

    async def holds() -> None:
        limiter = Limiter(quota=desk)
        permit = await limiter.acquire(Lane.POLL)
        taken.set()
        while not desk.state(granted=0, refused=0, waited=0).queued[Lane.UPLOAD]:  # noqa: ASYNC110 - another thread's
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)  # it sleeps by now, with no timer
        permit.unsent()

    async def waits() -> None:
        await asyncio.to_thread(taken.wait)
        async with asyncio.timeout(5):
            (await Limiter(quota=desk).acquire(Lane.UPLOAD)).unsent()
        woken.set()

    in_threads([holds, waits])
    assert woken.is_set()


def test_people_in_another_loop_go_before_a_run() -> None:
    """Where slots are few, each that comes back goes to the person in the one loop, not to the run in the other."""
    desk = Desk(RateLimit(20, per=1.0), time.monotonic)
    waits: list[float] = []
    stop = threading.Event()

    async def run() -> None:
        limiter = Limiter(quota=desk)

        async def upload() -> None:
            while not stop.is_set():
                (await limiter.acquire(Lane.UPLOAD)).answered(limit=None, remaining=None)

        uploads = [asyncio.create_task(upload()) for _ in range(40)]
        await asyncio.to_thread(stop.wait)
        for one in uploads:
            one.cancel()
        await asyncio.gather(*uploads, return_exceptions=True)

    async def person() -> None:
        limiter = Limiter(quota=desk)
        await asyncio.sleep(1.2)
        for _ in range(6):
            permit = await limiter.acquire(Lane.INTERACTIVE)
            waits.append(permit.waited)
            permit.answered(limit=None, remaining=None)
            await asyncio.sleep(0.1)
        stop.set()

    in_threads([run, person])
    assert sorted(waits)[3] < 0.5  # in a line behind forty uploads it would be two seconds


def test_a_run_is_not_held_for_ever_by_people_whose_loop_is_held() -> None:
    """People wait in a loop that does not move: the run in the other loop goes on, a little later."""
    desk = Desk(RateLimit(2, per=0.3), time.monotonic)

    class Held:
        people = 5

        def waiting(self, lane: Lane) -> int:
            return 5 * (lane is Lane.INTERACTIVE)

        def rouse(self) -> None: ...

        def rouse_later(self) -> None: ...

    desk.join(Held())

    async def run() -> None:
        limiter = Limiter(quota=desk)
        async with asyncio.timeout(10):
            for _ in range(4):
                (await limiter.acquire(Lane.UPLOAD)).answered(limit=None, remaining=None)

    asyncio.run(run())


def test_strictness_learnt_in_one_loop_holds_in_the_next() -> None:
    """An unexplained 429 makes the whole process strict, also the loop that comes after."""

    async def refused() -> None:
        async with CVSenseSession(KEY, NOWHERE) as session:
            for left, status in ((119, False), (118, True)):
                permit = await session.limiter.acquire(Lane.POLL)
                permit.answered(limit=120, remaining=left, refused=status)

    async def strict() -> bool:
        async with CVSenseSession(KEY, NOWHERE) as session:
            return session.limiter.state.strict

    asyncio.run(refused())
    assert asyncio.run(strict())
    sharing.forget_counts(sharing.bucket_of(NOWHERE, KEY))
    assert not asyncio.run(strict())


def test_a_loop_with_a_time_of_its_own_counts_for_itself() -> None:
    """A loop whose clock jumps neither waits by the process's clock nor spoils its counts."""

    async def use() -> int:
        async with CVSenseSession(KEY + "-jumps", NOWHERE, RateLimit(2, per=60)) as session:
            for _ in range(6):  # three periods, in no time
                (await session.limiter.acquire(Lane.INTERACTIVE)).answered(limit=None, remaining=None)
            return session.limiter.state.free

    assert run_virtual(use()) < 2

    async def free() -> int:
        async with CVSenseSession(KEY + "-jumps", NOWHERE, RateLimit(2, per=60)) as session:
            return session.limiter.state.free

    assert asyncio.run(free()) == 2


def test_what_the_service_has_forgotten_is_kept_for_nobody() -> None:
    """Ten thousand keys, one after another: the counts of those that are over are not held."""

    async def use(number: int) -> None:
        async with CVSenseSession(f"cvs_tenant_{number}", NOWHERE, RateLimit(100, per=0.001)) as session:
            (await session.limiter.acquire(Lane.INTERACTIVE)).answered(limit=None, remaining=None)

    async def all_of_them() -> None:
        for number in range(200):
            await use(number)
            await asyncio.sleep(0.001)

    asyncio.run(all_of_them())
    assert len(sharing._shared.here) < 150


async def test_another_rate_is_refused_while_a_session_is_open_and_only_then() -> None:
    """Two open sessions on a key agree on its rate, and the error says how; one that is closed holds nobody up."""
    first = CVSenseSession(KEY + "-rate", NOWHERE, RateLimit(60))
    async with first:
        with pytest.raises(cv.ConfigurationError, match="close that one"):
            CVSenseSession(KEY + "-rate", NOWHERE, RateLimit(30)).open()
    async with CVSenseSession(KEY + "-rate", NOWHERE, RateLimit(30)) as second:
        assert second.limiter.state.limit == 30


async def test_a_dropped_session_blocks_nobody_and_says_so() -> None:
    """A notebook's cell is run twice: the session that was dropped unclosed warns, and its rate is free again."""
    session = CVSenseSession(KEY + "-cell", NOWHERE, RateLimit(60))
    session.open()
    assert session.jobs is session.jobs  # what hangs on it must not keep it
    session = CVSenseSession(KEY + "-cell", NOWHERE, RateLimit(30))
    with pytest.warns(ResourceWarning, match="unclosed CVSenseSession"):
        session.open()  # the dropped one is in the way, and is collected
    assert session.limiter.state.limit == 30
    await session.aclose()
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == {asyncio.current_task()}


FORKED = """
import asyncio, os, sys
from cvsense_async import CVSenseSession, Lane

async def use(take):
    async with CVSenseSession("cvs_key", "http://127.0.0.1:1") as session:
        for _ in range(take):
            (await session.limiter.acquire(Lane.INTERACTIVE)).answered(limit=None, remaining=None)
        return session.limiter.state.free

assert asyncio.run(use(5)) == 115
child = os.fork()
if child == 0:
    os._exit(0 if asyncio.run(use(0)) == 120 else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_forked_process_begins_as_a_new_one() -> None:
    """It knows nothing of its parent's counts: it learns from its first answer, as any second process does."""
    subprocess.run([sys.executable, "-X", "dev", "-c", FORKED], check=True, timeout=60)


async def test_a_screening_in_a_thread_and_calls_here_share_what_there_is() -> None:
    """A run in a worker thread and people's calls in the main loop, at a server with a fixed window: no 429."""
    async with stand_in(throttle="fixed", limit=40, period=1.0) as server:
        limit = RateLimit(40, per=1.0)

        async def screened() -> int:
            async with session_at(server, rate_limit=limit) as session:
                job = cv.JobDescription("t", "d")
                run = session.screen(list(cvs(20)), job=job, batch_size=2, poll_interval=(0.05, 0.1))
                return len([one async for one in run.results()])

        async with session_at(server, rate_limit=limit) as session:
            run = asyncio.create_task(asyncio.to_thread(lambda: asyncio.run(screened())))
            while not run.done():
                await session.account.credits()
                await asyncio.sleep(0.05)
            assert await run == 20
        assert not any("429" in map(str, by_status) for by_status in (await server.report())["by_op"].values())
