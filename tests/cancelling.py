"""Screenings that are cancelled at a random moment, in every way in which a host cancels, and what must be left then.

Nothing: no task, no open connection, no credit that is reserved. With a journal what had been started goes on at the
service, so credits are looked at when it has ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import attrs
from conftest import cvs, session_at
from contract_server import ContractServer

import cvsense_async as cv

LONGEST = 0.35
"""Seconds after which the latest cancellation comes; such a run takes about as long."""
SETTLE_SECONDS = 20.0

SERVICE: dict[str, Any] = {
    "throttle": "none",
    "seconds_per_cv": 0.02,
    "workers": 8,
    "latency": 0.004,
    "latency_jitter": 0.008,
}
"""A service at which every step takes long enough to be met by a cancellation."""


class Failed(Exception):
    """Another task of the group failed."""


async def native(work: Callable[[], Awaitable[None]], delay: float) -> None:
    """`task.cancel()`."""
    task = asyncio.ensure_future(work())
    await asyncio.sleep(delay)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def scope(work: Callable[[], Awaitable[None]], delay: float) -> None:
    """A cancel scope of AnyIO."""
    with anyio.move_on_after(delay):
        await work()


async def group(work: Callable[[], Awaitable[None]], delay: float) -> None:
    """A task group of which another task fails."""

    async def fails() -> None:
        await asyncio.sleep(delay)
        raise Failed

    async def works() -> None:
        await work()

    with contextlib.suppress(ExceptionGroup):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(works())
            tasks.create_task(fails())


async def time_out(work: Callable[[], Awaitable[None]], delay: float) -> None:
    """`asyncio.timeout`."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(delay):
            await work()


WAYS = (native, scope, group, time_out)
KINDS = tuple(itertools.product(WAYS, ("plain", "entered"), (False, True)))
"""How it is cancelled, the form of the loop, and whether there is a journal."""


@attrs.frozen
class Left:
    """What a trial has left behind."""

    tasks: list[str]
    reserved: int


async def trial(server: ContractServer, folder: Path, seed: int) -> Left:
    """One screening that is cancelled; the seed says how and when."""
    chance = random.Random(seed)
    way, form, journal = KINDS[seed % len(KINDS)]
    delay = chance.random() * LONGEST

    async def screen() -> None:
        async with session_at(server, rate_limit=cv.RateLimit(100_000, per=1.0)) as session:
            run = session.screen(
                cvs(12, seed=seed),
                job=cv.JobDescription("t", "d"),
                batch_size=4,
                poll_interval=(0.02, 0.05),
                journal=folder / f"{seed}.journal" if journal else None,
            )
            if form == "entered":
                async with run:
                    async for _ in run:
                        await asyncio.sleep(chance.random() * 0.02)
            else:
                async for _ in run:
                    await asyncio.sleep(chance.random() * 0.02)

    before = asyncio.all_tasks()
    await way(screen, delay)
    await asyncio.sleep(0)
    tasks = [task.get_name() for task in asyncio.all_tasks() - before if not task.done()]
    gc.collect()  # what was left open says so now
    await asyncio.sleep(0)
    return Left(tasks, await reserved(server, wait=journal))


async def reserved(server: ContractServer, *, wait: bool) -> int:
    """Credits that the account still holds back; with `wait`, when what was started has ended."""
    async with session_at(server) as session, asyncio.timeout(SETTLE_SECONDS):
        while held := (await session.account.credits()).reserved:
            if not wait:
                return held
            await asyncio.sleep(0.05)
    return 0
