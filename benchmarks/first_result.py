"""How soon the first result is there, and how long a visitor's call takes meanwhile.

    python benchmarks/first_result.py [--cvs 4000] [--service-seconds 20] [--visits 0.5]

Seconds from the call that starts the screening to the first result in the caller's hands, in terms of 60 s. The floor
is one batch alone, nobody else on the key: create, upload, start, what the service takes for a batch, results. Beside
ours stand two scripts written by hand (`handwritten.py`) under aiolimiter: one that goes batch by batch, some at once,
and the simpler one that uploads everything and then waits for everything. Visitors ask for the balance through the
same session, or the same limiter, `visits` times a second, and wait for the whole call. It is so because a person
watches the first result come, and another has a page open.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import time
from collections.abc import AsyncIterator

import aiohttp
import aiolimiter
import attrs
import standin
import watching
from handwritten import BATCH, Script
from quota import receiving
from standin import ContractServer
from tables import MISSED, at, goals, parser, row, table

from cvsense_async import RateLimit

OURS, WEBHOOKS = "cvsense_async", "cvsense_async, webhooks"
BY_BATCH, IN_STEPS = "aiohttp + aiolimiter, batch by batch", "aiohttp + aiolimiter, all uploaded first"
GOAL_P95 = 3.0


@attrs.define
class Times:
    """Seconds as they passed: to the first result, to the last, and of each visitor's call."""

    first: float
    last: float
    visits: list[float] = attrs.field(factory=list[float])


async def by_ours(given: argparse.Namespace, server: ContractServer, client: str) -> Times:
    """Screen with a session."""
    visits = list[float]()
    rate = RateLimit(given.limit, per=given.per)
    async with contextlib.AsyncExitStack() as opened:
        session = await opened.enter_async_context(standin.session(server, rate))
        await session.account.credits()  # modules load and the connection opens before the clock runs

        async def visit(_: random.Random) -> None:
            started = time.perf_counter()
            await session.account.credits()
            visits.append(time.perf_counter() - started)

        receiver = await opened.enter_async_context(receiving(session)) if client == WEBHOOKS else None
        await opened.enter_async_context(visiting(given, visit))
        started, first = time.perf_counter(), 0.0
        run = standin.bulk(session, given, BATCH)
        if receiver is not None:
            opened.enter_context(receiver.wakes(run))
        async for _ in run.results():
            first = first or time.perf_counter() - started
        return Times(first, time.perf_counter() - started, visits)


async def by_hand(given: argparse.Namespace, server: ContractServer, client: str) -> Times:
    """Screen with one of the scripts."""
    visits = list[float]()
    job = {"job_title": standin.JOB.title, "job_description": standin.JOB.description}
    limiter = aiolimiter.AsyncLimiter(given.limit, given.per)
    async with contextlib.AsyncExitStack() as opened:
        headers = {"Authorization": f"Bearer {server.api_key}"}
        http = await opened.enter_async_context(aiohttp.ClientSession(headers=headers))
        script = Script(http, server.url, limiter, second=standin.scale(given))
        await script.call("GET", "/account/credits")

        async def visit(_: random.Random) -> None:
            started = time.perf_counter()
            await script.call("GET", "/account/credits")
            visits.append(time.perf_counter() - started)

        await opened.enter_async_context(visiting(given, visit))
        started = asyncio.get_running_loop().time()
        screen = script.screen if client == BY_BATCH else script.screen_in_steps
        await screen(job, standin.cvs(given.cvs, given.size))
        assert script.first is not None
        return Times(script.first - started, asyncio.get_running_loop().time() - started, visits)


@contextlib.asynccontextmanager
async def visiting(given: argparse.Namespace, visit: watching.Visit) -> AsyncIterator[None]:
    """Visitors, for as long as the block lasts."""
    async with watching.running(watching.by_chance(visit, standin.scale(given) / given.visits)):
        yield


async def floor(given: argparse.Namespace, server: ContractServer) -> float:
    """Seconds that one batch takes alone, by five bare requests and the service's own time."""
    files = list(standin.cvs(BATCH, given.size))
    job = {"job_title": standin.JOB.title, "job_description": standin.JOB.description}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {server.api_key}"}) as http:
        script = Script(http, server.url, None, second=standin.scale(given))
        await script.call("GET", "/account/credits")
        started = time.perf_counter()
        batch = await script.begin(job, files)
        await asyncio.sleep(given.service_seconds * standin.scale(given))
        await script.call("GET", f"/screening/batch/{batch}/results?per_page=100")
        return time.perf_counter() - started


async def main() -> int:
    """Print the table; the exit status says whether the goal was met."""
    arguments = parser(__doc__)
    standin.add_arguments(arguments, cvs=4000)
    arguments.add_argument("--service-seconds", type=float, default=20.0, help="seconds at 60 s that a batch takes")
    arguments.add_argument("--visits", type=float, default=0.5, help="calls a second, in terms of a 60 s window")
    given = arguments.parse_args()
    by = standin.scale(given)
    switches = {"screening": "per_batch", "seconds_per_batch": given.service_seconds * by}
    print(
        f"{given.cvs} CVs in batches of {BATCH}, {given.limit} requests in {given.per:g} s; the service takes "
        f"{given.service_seconds:g} s at 60 s for a batch\n"
    )
    heads = ["client", "first result, s at 60 s", "against the floor", "last result, s at 60 s"]
    table([*heads, "a visitor's call, p50, s at 60 s", "p95", "429"])
    async with standin.server(given, **{**switches, "seconds_per_batch": 0.99 * switches["seconds_per_batch"]}) as it:
        least = await floor(given, it)
    row(["the floor: one batch alone", f"{least / by:.1f}", "1.00", "", "", "", ""])
    p95 = 0.0
    for client in (OURS, WEBHOOKS, BY_BATCH, IN_STEPS):
        async with standin.server(given, **switches) as server:
            times = await (by_ours if client in (OURS, WEBHOOKS) else by_hand)(given, server, client)
            refused = (await server.report())["answered_429"]
        visits = [f"{at(times.visits, share) / by:.1f}" for share in (0.5, 0.95)]
        against = f"{times.first / least:.2f}"
        row([client, f"{times.first / by:.1f}", against, f"{times.last / by:.0f}", *visits, refused])
        if client == OURS:
            p95 = at(times.visits, 0.95) / by
    return 0 if goals({f"ours: p95 of a visitor's call ≤ {GOAL_P95:g} s at 60 s": p95 <= GOAL_P95}) else MISSED


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
