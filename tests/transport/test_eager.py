"""Under eager tasks (Python 3.12), which run before `create_task` returns them, everything goes as it does otherwise.

The whole suites of the transport and the screening run so with `nox -s eager`; this is the part that every run holds.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from conftest import cvs, session_at, stand_in
from transport.limits import VirtualLoop

import cvsense_async as cv
from cvsense_async.transport.limiter import Lane, Limiter

T = TypeVar("T")

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="tasks are not eager before 3.12")


def eagerly(work: Coroutine[Any, Any, T], *, virtual: bool = False) -> T:
    """`asyncio.run` with eager tasks."""

    async def run() -> T:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]
        return await asyncio.create_task(work)

    with asyncio.Runner(loop_factory=VirtualLoop if virtual else None) as runner:
        return runner.run(run())


def test_the_limiter_serves_whoever_waits() -> None:
    """Callers who wait behind one another are all served, though the task that serves them may end at once."""

    async def work() -> None:
        limiter = Limiter(cv.RateLimit(12, per=6))

        async def caller(lane: Lane) -> None:
            (await limiter.acquire(lane)).answered(limit=None, remaining=None)

        for _ in range(3):
            async with asyncio.timeout(60):
                await asyncio.gather(*[caller(lane) for lane in Lane for _ in range(4)])
            await asyncio.sleep(20)
        assert limiter.state.granted == 3 * 4 * len(Lane)
        await limiter.aclose()

    eagerly(work(), virtual=True)


def test_a_screening_is_done_and_left() -> None:
    """A run to its end, one that is left in the middle, and a session that is closed under a run."""

    async def work() -> None:
        async with stand_in(seconds_per_cv=0.02) as server:
            async with session_at(server) as session:
                job = cv.JobDescription("t", "d")
                run = session.screen(cvs(20), job=job, batch_size=4, poll_interval=(0.02, 0.05))
                assert len([screened async for screened in run.results()]) == 20
                async with session.screen(cvs(20, seed=2), job=job, batch_size=4) as left:
                    async for _ in left:
                        break
                forgotten = session.screen(cvs(20, seed=3), job=job, batch_size=4)
                await forgotten.__aenter__()
                await asyncio.sleep(0.05)
            async with session_at(server) as session:
                assert (await session.account.credits()).reserved == 0
            assert len(asyncio.all_tasks()) == 2  # this one, and the one that waits for it

    eagerly(work())
