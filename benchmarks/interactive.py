"""How long a visitor's call waits at the rate limit while a bulk run goes through the same session.

    python benchmarks/interactive.py [--cvs 2000] [--limit 120] [--per 6] [--visits 1]

The visitors together make `visits` calls a second, in terms of a 60 s window; the period is scaled from 60 s so that a
run takes half a minute, and their calls with it. The server is the stand-in of the tests (`tests/contract_server`), in
a process of its own. It is so because one session for a whole service is what the package asks for: a bulk run must
not make its visitors wait.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import attrs
from contract_server import ContractServer

from cvsense_async import CVSenseSession, JobDescription, Lane, RateLimit

TICK = 0.002
GOAL_P95, GOAL_STALL = 3.0, 0.020


@attrs.define
class Seen:
    """What was measured, in seconds as they passed."""

    waits: list[float] = attrs.field(factory=list[float])
    whole: list[float] = attrs.field(factory=list[float])
    stall: float = 0.0
    screened: int = 0
    took: float = 0.0


def cvs(count: int, size: int) -> Iterator[tuple[str, bytes]]:
    """So many different files that begin as a PDF does."""
    chance = random.Random(1)
    for number in range(count):
        yield f"cv-{number}.pdf", b"%PDF-1.7\n" + chance.randbytes(size)


def watched(session: CVSenseSession, seen: Seen) -> None:
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


async def visits(session: CVSenseSession, seen: Seen, every: float) -> None:
    """Visitors who come by chance, one each `every` seconds in the mean, and do not wait for one another."""
    chance = random.Random(2)

    async def visit() -> None:
        started = time.perf_counter()
        await (session.account.credits() if chance.random() < 0.5 else session.jobs.list())
        seen.whole.append(time.perf_counter() - started)

    async with asyncio.TaskGroup() as visitors:
        while True:
            await asyncio.sleep(chance.expovariate(1 / every))
            visitors.create_task(visit())


async def measure(given: argparse.Namespace) -> tuple[Seen, dict[str, Any]]:
    """One bulk run with its visitors."""
    seen, scale = Seen(), given.per / 60
    async with contextlib.AsyncExitStack() as opened:
        server = ContractServer(process=True, limit=given.limit, period=given.per, workers=50, throttle=given.throttle)
        await opened.enter_async_context(server)
        session = CVSenseSession(server.api_key, server.url, RateLimit(given.limit, per=given.per))
        await opened.enter_async_context(session)
        await session.account.credits()  # modules load and the connection opens before the clock runs
        watched(session, seen)
        watch = asyncio.create_task(stalls(seen))
        visitors = asyncio.create_task(visits(session, seen, scale / given.visits))
        started = time.perf_counter()
        run = session.screen(
            cvs(given.cvs, given.size),
            job=JobDescription("Data engineer", "SQL and Python."),
            batch_size=given.batch_size,
            poll_interval=(5 * scale, 10 * scale),
        )
        async for _ in run.results():
            seen.screened += 1
        seen.took = time.perf_counter() - started
        for task in (visitors, watch):
            task.cancel()
        await asyncio.wait([visitors, watch])
        return seen, await server.report()


def at(values: list[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def main() -> int:
    """Print what was measured; the exit status says whether the goals were met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cvs", type=int, default=2000)
    parser.add_argument("--limit", type=int, default=120)
    parser.add_argument("--per", type=float, default=6.0)
    parser.add_argument("--visits", type=float, default=1.0, help="calls a second, in terms of a 60 s window")
    parser.add_argument("--size", type=int, default=25_000, help="bytes a CV")
    parser.add_argument("--batch-size", type=int, default=50)
    parser.add_argument("--throttle", default="fixed")
    given = parser.parse_args()
    seen, report = await measure(given)
    scale = given.per / 60
    print(
        f"{seen.screened} CVs in batches of {given.batch_size}, {given.limit} requests in {given.per:g} s "
        f"({given.throttle}), {len(seen.waits)} calls of visitors ({len(seen.waits) / seen.took:.1f} a second)"
        f" in {seen.took:.1f} s\n"
    )
    print("| | p50 | p95 | max |\n|---|---|---|---|")
    rows = (
        ("wait at the limiter, s", seen.waits, 1.0),
        ("the same at 60 s, s", seen.waits, scale),
        ("whole call, s", seen.whole, 1.0),
    )
    for name, values, by in rows:
        print(f"| {name} | {' | '.join(f'{at(values, share) / by:.3f}' for share in (0.5, 0.95, 1.0))} |")
    refused, p95 = report["answered_429"], at(seen.waits, 0.95) / scale
    print(f"\nlongest stall of the event loop: {seen.stall * 1000:.1f} ms; answers of 429: {refused}")
    print(f"CVs a minute at 60 s: {seen.screened / seen.took * scale * 60:.0f}")
    good = p95 <= GOAL_P95 and seen.stall <= GOAL_STALL and not refused
    print(
        f"goals (p95 ≤ {GOAL_P95:g} s at 60 s, stall ≤ {GOAL_STALL * 1000:g} ms, no 429): {'met' if good else 'missed'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
