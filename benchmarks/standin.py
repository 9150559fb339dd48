"""The service that the benchmarks run against: the stand-in of the tests, in a process of its own, and CVs for it.

It is written to the wire contract alone and charges nothing. Its period is scaled from 60 s, so that minutes pass in
seconds; what takes the service or the network time is not scaled, and so weighs more here than it does there.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from contract_server import ContractServer

from cvsense_async import CVSenseSession, JobDescription, RateLimit, ScreeningRun

JOB = JobDescription("Data engineer", "SQL and Python.")
UNHURRIED = RateLimit(10**6, per=1.0)
"""A limit that nobody meets, for benchmarks of anything else."""


def cvs(count: int, size: int) -> Iterator[tuple[str, bytes]]:
    """So many different files that begin as a PDF does, made when they are asked for."""
    chance = random.Random(1)
    for number in range(count):
        yield f"cv-{number}.pdf", b"%PDF-1.7\n" + chance.randbytes(size)


def add_arguments(parser: argparse.ArgumentParser, *, cvs: int, size: int = 25_000) -> None:
    """What the benchmarks at the scaled rate limit have in common."""
    parser.add_argument("--cvs", type=int, default=cvs, help="how many CVs are screened")
    parser.add_argument("--size", type=int, default=size, help="bytes a CV")
    parser.add_argument("--limit", type=int, default=120, help="requests in a period")
    parser.add_argument("--per", type=float, default=6.0, help="seconds of a period, which the service makes 60")


def scale(given: argparse.Namespace) -> float:
    """Seconds here for a second of the service's 60."""
    return float(given.per) / 60


def polls(given: argparse.Namespace) -> tuple[float, float]:
    """The documented 5 to 10 seconds between two polls, scaled."""
    return 5 * scale(given), 10 * scale(given)


def server(given: argparse.Namespace, **switches: Any) -> ContractServer:
    """A stand-in that counts requests in the scaled period; its screening is quick, so that nobody waits for that."""
    switches = {"limit": given.limit, "period": given.per, "retry_after": "tenths", "workers": 50, **switches}
    return ContractServer(process=True, **switches)


def unhurried_server(**switches: Any) -> ContractServer:
    """A stand-in without a rate limit, which screens at once."""
    switches = {"throttle": "none", "seconds_per_cv": 0.0, "workers": 50, "credits": 10**9, **switches}
    return ContractServer(process=True, **switches)


def session(server: ContractServer, rate: RateLimit) -> CVSenseSession:
    """A session at it."""
    return CVSenseSession(server.api_key, server.url, rate)


def bulk(session: CVSenseSession, given: argparse.Namespace, batch_size: int) -> ScreeningRun:
    """The bulk run: all CVs, in batches of so many, polled as documented."""
    return session.screen(cvs(given.cvs, given.size), job=JOB, batch_size=batch_size, poll_interval=polls(given))
