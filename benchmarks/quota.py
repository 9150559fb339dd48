"""How fast CVs are screened under the rate limit, how often a client is refused, and what is lost, beside the floor.

    python benchmarks/quota.py [--cvs 10000] [--windows fixed sliding-log] [--limit 120] [--per 6]

The floor is the requests that must be made, sent at exactly the quota: create, upload, start, one poll (none with
webhooks) and the results, for each batch. Beside ours stand two scripts written by hand (`handwritten.py`): one asks
aiolimiter's `AsyncLimiter(120, 60)` before each request, the other asks nobody, and both try again after a 429 when
the service says, ten times. The service is the stand-in of the tests in a process of its own; its period is scaled from
60 s, and so are the pauses between polls and `Retry-After`. Webhooks go over HTTP to a `WebhookReceiver`, signed.

`lost` are CVs without a result, `in vain` the credits charged for those. `quota used` is over the whole windows between
the first and the last upload. Windows that the default mode does not promise to fit are run in `strict` mode.
All of 10,000 CVs takes about 25 minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import aiolimiter
import attrs
import standin
from aiohttp import web
from handwritten import BATCH, Script
from standin import ContractServer
from tables import MISSED, goals, parser, row, table

from cvsense_async import CVSenseSession, RateLimit
from cvsense_async.webhooks import WebhookReceiver

WINDOWS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "fixed": ("fixed window", {"throttle": "fixed"}, False),
    "sliding-log": ("sliding log", {"throttle": "sliding-log"}, False),
    "bucket": ("token bucket", {"throttle": "gcra", "burst": -1}, False),
    "sliding-counter": ("sliding counter", {"throttle": "sliding-counter"}, True),
    "small-burst": ("bucket, burst of 10", {"throttle": "gcra", "burst": 10}, True),
}
GOAL, GOAL_STRICT = 0.97, 0.95
OURS, LIMITED, RETRYING = "cvsense_async", "aiohttp + aiolimiter", "aiohttp + retries"


@attrs.frozen
class Way:
    """One way to screen: who does it, in batches of how many, waiting by what."""

    client: str
    batch: int
    waits_by: str


WAYS = (
    Way(OURS, 50, "polls"),
    Way(OURS, 50, "webhooks"),
    Way(OURS, 200, "polls"),
    Way(OURS, 200, "webhooks"),
    Way(LIMITED, BATCH, "polls"),
    Way(RETRYING, BATCH, "polls"),
)


def per_request(way: Way) -> float:
    """CVs a request at the floor."""
    results, poll = math.ceil(way.batch / 100), way.waits_by == "polls"
    return way.batch / (1 + math.ceil(way.batch / 50) + 1 + poll + results)


async def screen_by_ours(given: argparse.Namespace, server: ContractServer, way: Way, strict: bool) -> int:
    """Screen with a session; gives the number of results."""
    rate = RateLimit(given.limit, per=given.per, strict=strict)
    async with standin.session(server, rate) as session:
        run = standin.bulk(session, given, way.batch)
        async with contextlib.AsyncExitStack() as opened:
            if way.waits_by == "webhooks":
                receiver = await opened.enter_async_context(receiving(session))
                opened.enter_context(receiver.wakes(run))
            return len([each async for each in run.results()])


@contextlib.asynccontextmanager
async def receiving(session: CVSenseSession) -> AsyncIterator[WebhookReceiver]:
    """A receiver behind an HTTP server on this machine, registered at the service."""
    known: list[str] = []
    receiver = WebhookReceiver(lambda: known)

    async def take(request: web.Request) -> web.Response:
        reply = await receiver.receive(await request.read(), request.headers)
        return web.Response(status=reply.status, body=reply.body, headers=dict(reply.headers))

    app = web.Application()
    app.router.add_post("/cvsense", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/cvsense"
        registered = await session.webhooks.register(url, ["batch.completed", "batch.failed", "batch.cancelled"])
        known.append(registered.secret or "")
        async with receiver:
            yield receiver
    finally:
        await runner.cleanup()


async def screen_by_hand(given: argparse.Namespace, server: ContractServer, way: Way, strict: bool) -> int:
    """Screen with one of the scripts; gives the number of results."""
    del strict  # they know one way only
    limiter = aiolimiter.AsyncLimiter(given.limit, given.per) if way.client == LIMITED else None
    job = {"job_title": standin.JOB.title, "job_description": standin.JOB.description}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {server.api_key}"}) as http:
        script = Script(http, server.url, limiter, second=standin.scale(given))
        await script.screen(job, standin.cvs(given.cvs, given.size))
    return len(script.results)


@attrs.frozen
class Run:
    """What one run came to."""

    way: Way
    strict: bool
    refused: int
    share: float
    cells: tuple[object, ...]


async def measure(given: argparse.Namespace, window: str, way: Way) -> Run:
    """One run."""
    name, switches, strict = WINDOWS[window]
    if switches.get("burst") == -1:
        switches = {**switches, "burst": given.limit - 1}
    screen: Callable[..., Awaitable[int]] = screen_by_ours if way.client == OURS else screen_by_hand
    async with standin.server(given, **switches) as server:
        started, used = time.monotonic(), time.process_time()
        screened = await screen(given, server, way, strict)
        elapsed, cpu = time.monotonic() - started, time.process_time() - used
        report, books = await server.report(), await server.ledger(summary=True)
    refused, windows = report["answered_429"], report["quota"]["windows"]
    speed, floor = screened / elapsed, per_request(way) * given.limit / given.per
    strict = strict and way.client == OURS
    cells = (
        name,
        way.client + (", strict" if strict else ""),
        way.batch,
        way.waits_by,
        refused,
        given.cvs - screened,
        books["used"] - screened,
        f"{screened / report['counted']:.1f}",
        f"{report['quota']['share']:.1%}" if windows else "-",
        f"{speed * standin.scale(given) * 60:.0f}",
        f"{floor * standin.scale(given) * 60:.0f}",
        f"{speed / floor:.1%}",
        f"{cpu / elapsed:.0%}",
    )
    return Run(way, strict, refused, speed / floor, cells)


async def main() -> int:
    """Print the table; the exit status says whether the goals were met."""
    arguments = parser(__doc__)
    standin.add_arguments(arguments, cvs=10_000)
    arguments.add_argument("--windows", nargs="+", choices=tuple(WINDOWS), default=list(WINDOWS), help="how it counts")
    arguments.add_argument("--clients", nargs="+", choices=(OURS, LIMITED, RETRYING), help="only these")
    given = arguments.parse_args()
    ways = [way for way in WAYS if not given.clients or way.client in given.clients]
    print(f"{given.cvs} CVs of {given.size} bytes, {given.limit} requests in {given.per:g} s\n")
    heads = ["window", "client", "batch", "waits by", "429", "lost", "in vain", "CVs/request", "quota used"]
    table([*heads, "CVs/min at 60 s", "floor", "of the floor", "CPU"])
    ours: list[Run] = []
    for window in given.windows:
        for way in ways:
            run = await measure(given, window, way)
            row(run.cells)
            ours += [run] if way.client == OURS else []
    if not ours:
        return 0
    met = {"ours: no 429": not any(run.refused for run in ours)}
    for strict, goal in ((False, GOAL), (True, GOAL_STRICT)):
        some = [run.share for run in ours if run.strict is strict and run.way.batch == 50]
        if some:
            words = f"ours at 50{', strict' if strict else ''}: ≥ {goal:.0%} of the floor (least: {min(some):.1%})"
            met[words] = min(some) >= goal
    return 0 if goals(met) else MISSED


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
