"""What visitors of `examples/fastapi_app` notice of a bulk run of 2,000 CVs in the same process.

    python benchmarks/visitors.py [--cvs 2000] [--visits 1]

The application runs under uvicorn in a process of its own, as it stands but for two things that a measure needs: its
rate limit's period is scaled from 60 s, and a route starts the bulk run. The service is the stand-in of the tests, in a
third process. Visitors come over HTTP, together `visits` calls of the API a second in terms of a 60 s window; one of
them uploads CVs of his own and leaves in the middle. It is so because one process for pages and bulk work is what the
package promises to bear: nobody may wait for it, and who leaves may not go on costing credits.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import functools
import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "fastapi_app"))

import aiohttp
import standin
import watching
from interactive import GOAL_P95, GOAL_STALL, add_arguments, waits
from standin import ContractServer
from tables import MISSED, at, goals, parser
from watching import Seen

from cvsense_async import CVSenseSession, RateLimit
from cvsense_async.integrations.fastapi import SessionDep

LEAVERS_CVS = 30
EXAMPLES_BATCH = 10
SETTLED_WITHIN = 30.0


# --- the application's process ----------------------------------------------------------------------------------------


def serve(given: argparse.Namespace) -> None:
    """The example's application, with the period scaled, a route for the bulk run, and one for what was measured."""
    import main as example
    import uvicorn

    example.CVSenseSession = functools.partial(  # type: ignore[attr-defined]
        CVSenseSession, rate_limit=RateLimit(given.limit, per=given.per)
    )
    seen, screened = Seen(), 0

    @example.app.post("/bulk")
    async def bulk(session: SessionDep) -> dict[str, Any]:
        nonlocal screened
        watching.note_waits(session, seen)
        started = time.perf_counter()
        run = standin.bulk(session, given, given.batch_size)
        example.runs.add(run)
        async with watching.running(watching.stalls(seen)):
            async for _ in run.results():
                screened += 1
        took = time.perf_counter() - started
        return {"screened": screened, "took": took, "waits": seen.waits, "stall": seen.stall}

    uvicorn.run(example.app, host=example.HOST, port=example.PORT, log_level="warning")


@contextlib.contextmanager
def application(server: ContractServer) -> Iterator[str]:
    """The application's process while the block lasts; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    settings = {
        "CVSENSE_API_KEY": server.api_key,
        "CVSENSE_BASE_URL": server.url,
        "PORT": str(port),
        "PUBLIC_URL": url,
    }
    process = subprocess.Popen([sys.executable, __file__, "--serve", *sys.argv[1:]], env={**os.environ, **settings})
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/about", timeout=30).close()
                break
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(20)


# --- the visitors -----------------------------------------------------------------------------------------------------


async def visits(http: aiohttp.ClientSession, url: str, whole: list[float], every: float) -> None:
    """Visitors who come by chance and open the page's `/about`, which is a call of the API."""

    async def visit(_: random.Random) -> None:
        started = time.perf_counter()
        async with http.get(f"{url}/about") as answer:
            answer.raise_for_status()
            await answer.read()
        whole.append(time.perf_counter() - started)

    await watching.by_chance(visit, every)


async def leave_half_way(http: aiohttp.ClientSession, url: str, server: ContractServer, size: int) -> None:
    """Upload CVs in the form, and close the page once some of them hold credits at the service."""
    form = aiohttp.FormData({"title": "Cook", "description": "Cooking for many."})
    for name, content in standin.cvs(LEAVERS_CVS, size + 1):  # no content that the bulk run sends
        form.add_field("files", content, filename=name)
    async with http.post(f"{url}/screenings", data=form) as answer:
        while not any(batch["counts"]["held"] for batch in await batches_of_the_page(server)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        answer.close()


async def batches_of_the_page(server: ContractServer) -> list[dict[str, Any]]:
    """The batches that were uploaded in the form; the bulk run's are larger."""
    return [batch for batch in await server.batches() if batch["counts"]["total"] <= EXAMPLES_BATCH]


async def settled(server: ContractServer) -> tuple[float, dict[str, int]]:
    """Seconds until the batches of who left hold nothing, and how many ended how."""
    started = time.perf_counter()
    while True:
        his = await batches_of_the_page(server)
        took = time.perf_counter() - started
        if not any(batch["counts"]["held"] for batch in his) or took > SETTLED_WITHIN:
            return took, dict(collections.Counter(str(batch["state"]) for batch in his))
        await asyncio.sleep(0.05)


async def measure(given: argparse.Namespace) -> bool:
    """One bulk run with its visitors; prints what was measured, and says whether the goals were met."""
    scale, whole = standin.scale(given), list[float]()
    async with contextlib.AsyncExitStack() as opened:
        server = await opened.enter_async_context(standin.server(given, workers=400, seconds_per_cv=1.0))
        url = opened.enter_context(application(server))
        http = await opened.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=600)))
        async with watching.running(visits(http, url, whole, scale / given.visits)):
            bulk = asyncio.create_task(http.post(f"{url}/bulk"))
            await asyncio.sleep(given.per / 2)
            await leave_half_way(http, url, server, given.size)
            took, ends = await settled(server)
            async with await bulk as answer:
                answer.raise_for_status()
                told = await answer.json()
        report, books = await server.report(), await server.ledger()
    charged = books["used"] - told["screened"]
    print(
        f"{told['screened']} CVs in batches of {given.batch_size}, {given.limit} requests in {given.per:g} s, "
        f"{len(whole)} visits ({len(whole) / told['took']:.1f} a second) in {told['took']:.1f} s\n"
    )
    waits(
        {
            "wait at the limiter, at 60 s": (told["waits"], scale),
            "the same, as it passed": (told["waits"], 1.0),
            "a visit over HTTP, as it passed": (whole, 1.0),
        }
    )
    p95, refused, held = at(told["waits"], 0.95) / scale, report["answered_429"], books["held_by_batch"]
    print(
        f"\nwho left with {LEAVERS_CVS} CVs: batches {ends} within {took:.1f} s, "
        f"{charged} credits for what had been processed"
    )
    return goals(
        {
            f"p95 of the wait ≤ {GOAL_P95:g} s at 60 s": p95 <= GOAL_P95,
            f"longest stall of the application's loop ≤ {GOAL_STALL * 1000:g} ms ({told['stall'] * 1000:.1f} ms)": told[
                "stall"
            ]
            <= GOAL_STALL,
            f"no 429 ({refused})": not refused,
            "who leaves is cancelled and refunded": "cancelled" in ends and not held and charged < LEAVERS_CVS,
        }
    )


def main() -> int:
    """Measure, or (with `--serve`) be the application that is measured."""
    arguments = parser(__doc__)
    add_arguments(arguments)
    arguments.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve:
        serve(given)
        return 0
    return 0 if asyncio.run(measure(given)) else MISSED


if __name__ == "__main__":
    sys.exit(main())
