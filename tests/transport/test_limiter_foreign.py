"""Others who use the same key: they are seen where the headers show them, and never invented where they do not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest
from transport.limits import (
    Bucket,
    FixedWindow,
    Model,
    Server,
    SlidingCounter,
    SlidingLog,
    call,
    jitter,
    load,
    run_virtual,
)

from cvsense_async.transport.limiter import Lane, Limiter, LimiterState, RateLimit

KINDS: dict[str, Callable[[], Model]] = {
    "fixed window": FixedWindow,
    "sliding log": SlidingLog,
    "token bucket": lambda: Bucket(120),
}


async def beside_others(server: Server, per_minute: float, rate: RateLimit | None = None) -> LimiterState:
    limiter = Limiter(rate)
    others = asyncio.create_task(server.foreigner(random.Random(21), per_minute / 60))
    await load(limiter, server)
    others.cancel()
    state = limiter.state
    await limiter.aclose()
    return state


@pytest.mark.parametrize("per_minute", [18.0, 36.0, 72.0])
@pytest.mark.parametrize("kind", KINDS)
def test_others_on_the_key_are_seen_and_left_room(kind: str, per_minute: float) -> None:
    """Others take 15, 30 or 60 % of the quota: hardly a 429, most of the rest is used, and no strict mode."""
    server = Server(KINDS[kind](), jitter(random.Random(20)))
    state = run_virtual(beside_others(server, per_minute))
    assert len(server.refused) <= 3
    assert len(server.counted) >= 0.75 * (1200 - len(server.foreign))
    assert not state.strict


@pytest.mark.parametrize("burst", [None, 10])
def test_others_on_a_strict_server_slow_us_down(burst: int | None) -> None:
    """Where no header shows the others, refusals themselves do: their number stays small."""
    server = Server(SlidingCounter() if burst is None else Bucket(burst), jitter(random.Random(22)))
    state = run_virtual(beside_others(server, 36.0, RateLimit(strict=True)))
    assert len(server.refused) <= 12
    assert len(server.counted) >= 0.7 * (1200 - len(server.foreign))
    assert state.foreign > 0


@pytest.mark.parametrize("kind", ["counter", "nginx"])
def test_a_stricter_server_than_promised_is_learnt(kind: str) -> None:
    """Not strict, and the server is: a few 429s, then strict by itself, then none any more."""
    server = Server(SlidingCounter() if kind == "counter" else Bucket(5), jitter(random.Random(23), 0.02, 2.0))

    async def work() -> LimiterState:
        limiter = Limiter()
        await load(limiter, server, uploads=2000, seconds=900.0)
        state = limiter.state
        await limiter.aclose()
        return state

    state = run_virtual(work())
    assert len(server.refused) <= 3
    assert not server.refused or state.strict
    assert server.share_used() >= 0.85


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_late_answers_invent_nobody(kind: str, seed: int) -> None:
    """Answers that overtake one another, across window turns and idle minutes, make no foreign traffic."""
    rng = random.Random(seed)
    server = Server(KINDS[kind](), jitter(rng, 0.0, 6.0))

    async def work() -> None:
        limiter = Limiter()
        for _ in range(12):
            tasks = [
                asyncio.create_task(call(limiter, server, rng.choice(list(Lane)))) for _ in range(rng.randint(1, 90))
            ]
            await asyncio.gather(*tasks)
            assert limiter.state.foreign == 0
            await asyncio.sleep(rng.choice([0.0, 1.0, 30.0, 61.0, 200.0]) * rng.random())
        await limiter.aclose()

    run_virtual(work())
    assert server.refused == []


@pytest.mark.parametrize("turn", [0, 1])
def test_two_buckets_behind_one_address_invent_nobody(turn: int) -> None:
    """Calls that are counted elsewhere, under another limit, do not mix up the counts."""
    big, small = Server(FixedWindow(), jitter(random.Random(24))), Server(FixedWindow(60), jitter(random.Random(25)))

    async def work() -> LimiterState:
        limiter = Limiter()
        for place in range(200):
            await call(limiter, small if place % 3 == turn else big, Lane.POLL)
        state = limiter.state
        await limiter.aclose()
        return state

    state = run_virtual(work())
    assert state.foreign == 0
    assert big.refused == small.refused == []
