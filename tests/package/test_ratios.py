"""What a call and a page of results cost in CPU time, as ratios against bare aiohttp and orjson.

They are ratios of process CPU time, each side the best of rounds in which both took turns, because absolute times vary
with the machine. The bounds stand far above what is measured: they catch work done twice, not a few per cent.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from cvsense_async import CVSenseSession, RateLimit

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import cpu
import decode
from answering import answering

pytestmark = pytest.mark.alone

PAGE_AGAINST_ORJSON = 10.0  # 6.1 measured
CALL_AGAINST_AIOHTTP = 2.6  # 1.5 one by one, 1.7 at 50 at once


def test_reading_a_page_costs_a_few_times_what_orjson_does() -> None:
    """From bytes to models, a page of 100 results costs at most a small multiple of what reading its JSON costs."""
    body, read = decode.page(), decode.ours()
    read(body)
    rounds = [(decode.spent(read, body, 4), decode.spent(orjson.loads, body, 25)) for _ in range(9)]
    mine, its = zip(*rounds, strict=True)
    assert min(mine) / min(its) < PAGE_AGAINST_ORJSON


@pytest.mark.parametrize("at_once", [1, 50])
async def test_a_small_call_costs_little_beside_aiohttp(at_once: int) -> None:
    """A small GET through the session costs at most a small multiple of the same GET through bare aiohttp."""
    with answering({path: json.dumps(body) for path, body in cpu.ANSWERS.items()}) as url:
        async with (
            aiohttp.ClientSession(headers={"Authorization": "Bearer cvs_key"}) as plain,
            CVSenseSession("cvs_key", f"{url}/cvsense", RateLimit(10**9, per=1)) as session,
        ):

            async def bare() -> Any:
                async with plain.get(f"{url}/cvsense/account/credits") as response:
                    return orjson.loads(await response.read())

            gets: tuple[Callable[[], Awaitable[Any]], ...] = (session.account.credits, bare)
            for get in gets:
                await cpu.spent(get, 100, at_once)
            rounds = [[await cpu.spent(get, 150, at_once) for get in gets] for _ in range(8)]
    mine, its = zip(*rounds, strict=True)
    assert min(mine) / min(its) < CALL_AGAINST_AIOHTTP
