"""How long a visitor's call waits at the rate limit while a bulk run goes through the same session.

    python benchmarks/interactive.py [--cvs 2000] [--visits 1] [--throttle fixed]

The visitors together make `visits` calls a second, in terms of a 60 s window; the period is scaled from 60 s so that a
run takes half a minute, and their calls with it. The service is the stand-in of the tests in a process of its own. It
is so because one session for a whole service is what the package asks for: a bulk run must not make its visitors wait.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Sequence

import standin
import watching
from tables import MISSED, at, goals, parser, table
from watching import Seen

from cvsense_async import RateLimit

GOAL_P95, GOAL_STALL = 3.0, 0.020


def waits(measured: dict[str, tuple[Sequence[float], float]]) -> None:
    """Print how long people waited: names, seconds, and what a second is divided by."""
    table(
        ["what, in seconds", "p50", "p95", "most"],
        [
            [name, *(f"{at(values, share) / by:.3f}" for share in (0.5, 0.95, 1.0))]
            for name, (values, by) in measured.items()
        ],
    )


async def measure(given: argparse.Namespace) -> bool:
    """One bulk run with its visitors; prints what was measured, and says whether the goals were met."""
    seen, whole, screened = Seen(), list[float](), 0
    rate = RateLimit(given.limit, per=given.per)
    async with standin.server(given, throttle=given.throttle) as server, standin.session(server, rate) as session:

        async def visit(chance: random.Random) -> None:
            started = time.perf_counter()
            await (session.account.credits() if chance.random() < 0.5 else session.jobs.list())
            whole.append(time.perf_counter() - started)

        await session.account.credits()  # modules load and the connection opens before the clock runs
        watching.note_waits(session, seen)
        visitors = watching.by_chance(visit, standin.scale(given) / given.visits)
        async with watching.running(watching.stalls(seen)), watching.running(visitors):
            started = time.perf_counter()
            run = standin.bulk(session, given, given.batch_size)
            async for _ in run.results():
                screened += 1
            took = time.perf_counter() - started
        report = await server.report()
    refused, scale = report["answered_429"], standin.scale(given)
    print(
        f"{screened} CVs in batches of {given.batch_size}, {given.limit} requests in {given.per:g} s "
        f"({given.throttle}), {len(whole)} calls of visitors in {took:.1f} s; "
        f"{screened / took * scale * 60:.0f} CVs a minute at 60 s\n"
    )
    waits(
        {
            "wait at the limiter, at 60 s": (seen.waits, scale),
            "the same, as it passed": (seen.waits, 1.0),
            "whole call, as it passed": (whole, 1.0),
        }
    )
    return goals(
        {
            f"p95 of the wait ≤ {GOAL_P95:g} s at 60 s": at(seen.waits, 0.95) / scale <= GOAL_P95,
            f"longest stall ≤ {GOAL_STALL * 1000:g} ms ({seen.stall * 1000:.1f} ms)": seen.stall <= GOAL_STALL,
            f"no 429 ({refused})": not refused,
        }
    )


def add_arguments(arguments: argparse.ArgumentParser) -> None:
    """What both benchmarks of people beside a bulk run have in common."""
    standin.add_arguments(arguments, cvs=2000)
    arguments.add_argument("--visits", type=float, default=1.0, help="calls a second, in terms of a 60 s window")
    arguments.add_argument("--batch-size", type=int, default=50, help="CVs a batch")


def main() -> int:
    """Measure; the exit status says whether the goals were met."""
    arguments = parser(__doc__)
    add_arguments(arguments)
    arguments.add_argument("--throttle", default="fixed", help="how the service counts: see tests/contract_server")
    return 0 if asyncio.run(measure(arguments.parse_args())) else MISSED


if __name__ == "__main__":
    sys.exit(main())
