"""How much of the rate limit a screening run uses, and how often it is refused, under windows of several kinds.

    python benchmarks/quota.py [--cvs 4000] [--limit 120] [--per 6]

The server is the stand-in of the tests (`tests/contract_server`), written to the wire contract alone, in a process of
its own; the period is scaled from 60 s so that a run takes half a minute. `share` is the part of the quota used over
the whole windows between the first and the last upload.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from contract_server import ContractServer

from cvsense_async import CVSenseSession, JobDescription, RateLimit

WINDOWS: tuple[tuple[str, dict[str, Any], bool], ...] = (
    ("fixed window", {"throttle": "fixed"}, False),
    ("sliding log", {"throttle": "sliding-log"}, False),
    ("GCRA, burst of the limit", {"throttle": "gcra"}, False),
    ("sliding counter", {"throttle": "sliding-counter"}, True),
    ("GCRA, burst of 10", {"throttle": "gcra", "burst": 10}, True),
)


def cvs(count: int, size: int) -> Iterator[tuple[str, bytes]]:
    """So many different files that begin as a PDF does."""
    chance = random.Random(1)
    for number in range(count):
        yield f"cv-{number}.pdf", b"%PDF-1.7\n" + chance.randbytes(size)


async def measure(given: argparse.Namespace, switches: dict[str, Any], strict: bool, batch_size: int) -> list[str]:
    """One run; gives the columns of its row."""
    switches = {"burst": given.limit, **switches}
    server = ContractServer(process=True, limit=given.limit, period=given.per, workers=50, **switches)
    scale = given.per / 60
    async with server:
        rate = RateLimit(given.limit, per=given.per, strict=strict)
        started, used = time.monotonic(), time.process_time()
        async with CVSenseSession(server.api_key, server.url, rate) as session:
            job = JobDescription("Data engineer", "SQL and Python.")
            run = session.screen(
                cvs(given.cvs, given.size), job=job, batch_size=batch_size, poll_interval=(5 * scale, 10 * scale)
            )
            screened = len([each async for each in run.results()])
        elapsed, cpu = time.monotonic() - started, time.process_time() - used
        report = await server.report()
    requests, polls = report["requests"], report["polls"]
    return [
        str(screened),
        str(report["answered_429"]),
        f"{report['quota']['share']:.1%}" if report["quota"]["windows"] else "-",
        f"{screened / requests:.1f}",
        f"{polls['total'] / polls['batches']:.2f}",
        f"{screened / elapsed * scale * 60:.0f}",
        f"{cpu / elapsed:.0%}",
    ]


async def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cvs", type=int, default=4000)
    parser.add_argument("--limit", type=int, default=120)
    parser.add_argument("--per", type=float, default=6.0)
    parser.add_argument("--size", type=int, default=25_000, help="bytes a CV")
    given = parser.parse_args()
    print(f"{given.cvs} CVs of {given.size} bytes, {given.limit} requests in {given.per:g} s\n")
    print("| window | mode | batch | screened | 429 | share | CVs/request | polls/batch | CVs/min at 60 s | CPU |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, switches, strict in WINDOWS:
        for batch_size in (50, 200):
            row = await measure(given, switches, strict, batch_size)
            print(f"| {name} | {'strict' if strict else 'default'} | {batch_size} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
