"""What a call costs the client in CPU time: a small GET, one after another and 50 at once.

    python benchmarks/cpu.py [--calls 1000] [--rounds 5]

Every client gets the answer that its own service would give, of about the same size, from a server in another process,
and reads it into its own models; `aiohttp + orjson` reads JSON and no more. It is so because the rate limit hides what
a call costs until a service makes its calls beside much other work.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import peers

if __name__ == "__main__":
    peers.enter()

from answering import answering
from tables import ratio, table

Get = Callable[[], Awaitable[Any]]
BARE, OURS, TRACED = "aiohttp + orjson", "cvsense_async", "cvsense_async, OpenTelemetry loaded"

SHA = "0123456789abcdef0123456789abcdef01234567"
MODEL: dict[str, Any] = {"id": "m-1", "object": "model", "created": 1700000000, "owned_by": "nobody"}
ANSWERS: dict[str, Any] = {
    "/cvsense/account/credits": {"success": True, "data": {"balance": 120, "reserved": 3, "used": 40, "limit": 1000}},
    "/openai/models/m-1": MODEL,
    "/v1/models/m-1": {"id": "m-1", "type": "model", "display_name": "M 1", "created_at": "2025-01-01T00:00:00Z"},
    "/v1/customers/c-1": {"id": "c-1", "object": "customer", "balance": 0, "created": 1700000000, "livemode": False},
    "/repos/a/b/git/ref/heads": {
        "ref": "refs/heads/main",
        "node_id": "x",
        "url": "https://example.org/x",
        "object": {"type": "commit", "sha": SHA, "url": "https://example.org/x"},
    },
}


async def clients(url: str, opened: AsyncExitStack) -> dict[str, Get]:
    """A small GET of each client."""
    import aiohttp
    import orjson

    from cvsense_async import CVSenseSession, RateLimit

    limit = RateLimit(10**9, per=1)
    ours = await opened.enter_async_context(CVSenseSession("cvs_key", f"{url}/cvsense", limit))

    # Two of these load OpenTelemetry, and a session that is opened where it is loaded traces its calls.
    import anthropic
    import githubkit
    import openai
    import stripe

    traced = await opened.enter_async_context(CVSenseSession("cvs_key", f"{url}/cvsense", limit))

    plain = await opened.enter_async_context(aiohttp.ClientSession(headers={"Authorization": "Bearer cvs_key"}))
    credits = f"{url}/cvsense/account/credits"

    async def bare() -> Any:
        async with plain.get(credits) as response:
            return orjson.loads(await response.read())

    ai = await opened.enter_async_context(openai.AsyncOpenAI(api_key="k", base_url=f"{url}/openai"))
    claude = await opened.enter_async_context(anthropic.AsyncAnthropic(api_key="k", base_url=url))
    # Its aiohttp client has no switch for a base address but this one.
    pay = stripe.StripeClient("sk_test_k", base_addresses={"api": url}, http_client=stripe.AIOHTTPClient())
    opened.push_async_callback(pay._requestor._client.close_async)  # type: ignore[union-attr]
    hub = await opened.enter_async_context(githubkit.GitHub("k", base_url=f"{url}/", http_cache=False))

    async def ref() -> Any:
        return (await hub.rest.git.async_get_ref("a", "b", "heads")).parsed_data

    return {
        BARE: bare,
        OURS: ours.account.credits,
        TRACED: traced.account.credits,
        "stripe (aiohttp)": lambda: pay.v1.customers.retrieve_async("c-1"),
        "githubkit": ref,
        "openai": lambda: ai.models.retrieve("m-1"),
        "anthropic": lambda: claude.models.retrieve("m-1"),
    }


async def spent(get: Get, calls: int, at_once: int) -> float:
    """Seconds of this process's CPU time a call."""

    async def some(count: int) -> None:
        for _ in range(count):
            await get()

    gc.collect()
    before = time.process_time()
    await asyncio.gather(*(some(calls // at_once) for _ in range(at_once)))
    return (time.process_time() - before) / (calls // at_once * at_once)


async def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    rounds: dict[int, dict[str, list[float]]] = {}
    with answering({path: json.dumps(body) for path, body in ANSWERS.items()}) as url:
        async with AsyncExitStack() as opened:
            gets = await clients(url, opened)
            for at_once in (1, 50):
                rounds[at_once] = {name: [] for name in gets}
                for get in gets.values():
                    await spent(get, max(100, at_once * 2), at_once)
                for _ in range(given.rounds):
                    for name, get in gets.items():
                        rounds[at_once][name].append(await spent(get, given.calls, at_once))
    rows = [
        [name]
        + [
            word
            for each in rounds.values()
            for word in (f"{statistics.median(each[name]) * 1e6:.0f}", f"{ratio(each, name, BARE):.2f}")
        ]
        for name in gets
    ]
    table(["client", "µs, one by one", "ratio", "µs, 50 at once", "ratio"], rows)


if __name__ == "__main__":
    asyncio.run(main())
