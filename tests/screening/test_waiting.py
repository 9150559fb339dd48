"""How often batches are polled, in a time that is told: few polls at a steady service, and never too few."""

from __future__ import annotations

import asyncio
import random

import pytest
from modelled import ToldLoop

from cvsense_async.api.screening import BatchState
from cvsense_async.screening.waiting import PollSchedule, follow


def polls(count: int, *, seconds: float, at_once: int, spread: float) -> tuple[float, float]:
    """Polls a batch, and the longest time without one, for so many batches that take so long."""
    loop, chance = ToldLoop(), random.Random(1)
    gaps: list[float] = []

    async def one(schedule: PollSchedule, turns: asyncio.Semaphore) -> None:
        async with turns:
            begun = last = loop.time()
            takes = seconds * (1 + chance.uniform(-spread, spread))

            async def read() -> BatchState:
                nonlocal last
                gaps.append(loop.time() - last)
                last = loop.time()
                return BatchState(status="completed" if last - begun >= takes else "processing")

            await follow(read, schedule, batch_id=1, documents=50, started=BatchState(status="queued"))

    async def every() -> None:
        schedule, turns = PollSchedule((5.0, 10.0), 2.0), asyncio.Semaphore(at_once)
        await asyncio.gather(*[one(schedule, turns) for _ in range(count)])

    task = loop.create_task(every())
    loop.settle()
    while not task.done():
        assert loop.pass_time()
    loop.close()
    return len(gaps) / count, max(gaps)


@pytest.mark.parametrize("at_once", [4, 20])
@pytest.mark.parametrize("spread", [0.0, 0.1])
@pytest.mark.parametrize(("seconds", "most"), [(8.0, 1.3), (20.0, 1.3), (100.0, 2.5)])
def test_a_steady_service_is_polled_little(seconds: float, most: float, at_once: int, spread: float) -> None:
    """No more than 1.3 polls a batch; one that takes longer than a minute is polled once a minute and at its end."""
    found, longest = polls(200, seconds=seconds, at_once=at_once, spread=spread)
    assert found <= most
    assert longest < 70
