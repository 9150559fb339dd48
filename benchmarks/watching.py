"""What is watched while something runs: waits at the limiter, the longest stall of the event loop, and memory.

Each watcher runs beside what it watches, in the same loop, because that is where a host would notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs

from cvsense_async import CVSenseSession, Lane

TICK = 0.002

Visit = Callable[[random.Random], Awaitable[object]]


@attrs.define
class Seen:
    """What was measured, in seconds as they passed, and bytes."""

    waits: list[float] = attrs.field(factory=list[float])
    stall: float = 0.0
    memory: int = 0


@contextlib.asynccontextmanager
async def running(watch: Awaitable[None]) -> AsyncIterator[None]:
    """A watcher, for as long as the block lasts."""
    task = asyncio.ensure_future(watch)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
    if not task.cancelled() and (problem := task.exception()) is not None:
        raise problem


def note_waits(session: CVSenseSession, seen: Seen) -> None:
    """Note how long each interactive permit took to get."""
    acquire = session.limiter.acquire

    @functools.wraps(acquire)
    async def noting(lane: Lane) -> Any:
        started = time.perf_counter()
        permit = await acquire(lane)
        if lane is Lane.INTERACTIVE:
            seen.waits.append(time.perf_counter() - started)
        return permit

    session.limiter.acquire = noting  # type: ignore[method-assign]


async def stalls(seen: Seen) -> None:
    """Note the longest time for which the event loop answered nobody."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(TICK)
        seen.stall = max(seen.stall, time.perf_counter() - before - TICK)


async def memory(seen: Seen, every: float = 0.1) -> None:
    """Note the most memory that this process has held."""
    while True:
        seen.memory = max(seen.memory, resident())
        await asyncio.sleep(every)


def resident() -> int:
    """Bytes of memory that this process holds."""
    import psutil

    return int(psutil.Process().memory_info().rss)


async def by_chance(visit: Visit, every: float) -> None:
    """Visitors who come by chance, one each `every` seconds in the mean, and do not wait for one another."""
    chance = random.Random(2)
    async with asyncio.TaskGroup() as visitors:
        while True:
            await asyncio.sleep(chance.expovariate(1 / every))
            visitors.create_task(_visit(visit, chance))


async def _visit(visit: Visit, chance: random.Random) -> None:
    await visit(chance)


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(each.stat().st_size for each in folder.iterdir())
