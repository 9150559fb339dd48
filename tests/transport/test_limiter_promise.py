"""The limiter's promise, against servers that count in every way it names, on a clock that jumps."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transport.limits import (
    Answer,
    Anything,
    Bucket,
    FixedWindow,
    Model,
    Server,
    SlidingCounter,
    SlidingLog,
    Travel,
    VirtualLoop,
    Waits,
    bunching,
    call,
    first_refused,
    jitter,
    load,
    run_virtual,
    virtual_loop,
)

from cvsense_async.transport.limiter import Lane, Limiter, LimiterState, RateLimit

Make = Callable[[int, float], Model]
BY_WINDOW: dict[str, Make] = {
    "fixed window": FixedWindow,
    "sliding log": SlidingLog,
    "token bucket of the limit": lambda limit, per: Bucket(limit, limit, per),
}
ALL_KINDS: dict[str, Make] = {
    **BY_WINDOW,
    "sliding counter": SlidingCounter,
    "nginx, burst of a twelfth": lambda limit, per: Bucket(limit // 12, limit, per),
}
NETWORKS: dict[str, Callable[[random.Random], Travel]] = {
    "20 to 800 ms": jitter,
    "heavy tail": lambda rng: jitter(rng, tail=8.0),
    "lossy second": lambda rng: jitter(rng, 0.0, 2.5),
}


async def screening(server: Server, rate: RateLimit) -> tuple[Waits, LimiterState]:
    limiter = Limiter(rate)
    waits = await load(limiter, server, people=60)
    state = limiter.state
    await limiter.aclose()
    return waits, state


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("kind", BY_WINDOW)
def test_no_429_and_97_percent(kind: str, network: str) -> None:
    """Ten minutes of uploads, polls and people: no 429, 97 % used, polls and people do not wait long."""
    server = Server(BY_WINDOW[kind](120, 60.0), NETWORKS[network](random.Random(1)))
    waits, state = run_virtual(screening(server, RateLimit()))
    assert server.refused == []
    assert server.share_used() >= 0.97
    assert waits.percentile(Lane.POLL, 0.95) < 2.5
    assert waits.percentile(Lane.INTERACTIVE, 0.95) < 2.0
    assert not state.strict
    assert state.foreign == 0


async def visited(server: Server, seed: int) -> Waits:
    """A bulk run that always has more to send, and visitors who come by chance, one a second in the mean."""
    limiter, rng, loop = Limiter(), random.Random(seed), asyncio.get_running_loop()
    bulk = loop.create_task(load(limiter, server, uploads=2000, polls=300))
    visits: set[asyncio.Task[Answer]] = set()
    waits = Waits()
    while not bulk.done():
        await asyncio.sleep(rng.expovariate(1.0))
        visits.add(loop.create_task(call(limiter, server, Lane.INTERACTIVE, waits)))
    for visit in visits:
        visit.cancel()
    await asyncio.gather(*visits, return_exceptions=True)
    await limiter.aclose()
    return waits


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", BY_WINDOW)
def test_visitors_do_not_wait_behind_a_bulk_run(kind: str, seed: int) -> None:
    """A visit a second takes half of the quota and a bulk run the rest: few visitors wait for 3 s, and none is lost."""
    server = Server(BY_WINDOW[kind](120, 60.0), jitter(random.Random(seed)))
    waits = run_virtual(visited(server, seed))
    assert server.refused == []
    assert server.share_used() >= 0.97
    assert len(waits.by_lane[Lane.INTERACTIVE]) > 500
    assert waits.percentile(Lane.INTERACTIVE, 0.5) < 1.0
    assert waits.percentile(Lane.INTERACTIVE, 0.95) < 3.0


@pytest.mark.parametrize("network", list(NETWORKS)[:2])
@pytest.mark.parametrize("kind", ALL_KINDS)
def test_strict_no_429_and_95_percent(kind: str, network: str) -> None:
    """Strict: no 429 and 95 % used under a sliding counter and an nginx-like bucket, too."""
    server = Server(ALL_KINDS[kind](120, 60.0), NETWORKS[network](random.Random(2)))
    waits, _ = run_virtual(screening(server, RateLimit(strict=True)))
    assert server.refused == []
    assert server.share_used() >= 0.95
    assert waits.percentile(Lane.POLL, 0.95) < 2.0


@pytest.mark.parametrize("kind", ["sliding counter", "nginx, burst of a twelfth"])
@pytest.mark.parametrize("every", [1.0, 5.0])
def test_strict_survives_a_network_that_lets_all_go_at_once(kind: str, every: float) -> None:
    """Strict counts what is on its way as if it would arrive together, so a bunching network changes nothing."""
    server = Server(ALL_KINDS[kind](120, 60.0), bunching(random.Random(3), every))
    run_virtual(screening(server, RateLimit(strict=True)))
    assert server.refused == []


@pytest.mark.parametrize("start", [0.0, 17.0, 59.9])
def test_the_windows_of_the_server_may_stand_anywhere(start: float) -> None:
    """A bunching network and windows that open elsewhere: the guard does not depend on where windows begin."""
    server = Server(Anything(), bunching(random.Random(4), 4.0))
    run_virtual(screening(server, RateLimit()))
    for make in BY_WINDOW.values():
        for drift in (-1e-4, 0.0, 1e-4):
            assert first_refused(make(120, 60.0), server.counted, offset=start, drift=drift) is None


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("limit", "per"), [(120, 6.0), (1200, 60.0), (10, 1.0), (3, 60.0), (1, 1.0), (2, 1.0), (24, 60.0)]
)
def test_other_rates(limit: int, per: float, strict: bool) -> None:
    """The same holds, scaled, at other limits and periods; a small limit still moves."""
    rate = RateLimit(limit, per=per, strict=strict)
    server = Server(Anything(), jitter(random.Random(5), tail=3.0))

    async def work() -> None:
        limiter = Limiter(rate)
        await load(limiter, server, uploads=limit * 12, polls=limit * 3, people=limit, seconds=per * 10)
        await limiter.aclose()

    run_virtual(work())
    kinds = [*BY_WINDOW.values(), SlidingCounter] if strict else [*BY_WINDOW.values()]
    for make in kinds:
        for offset in (0.0, per * 0.37, per * 0.9):
            assert first_refused(make(limit, per), server.counted, offset=offset) is None
    trip = 0.5
    possible = 10 * limit * per / (per + trip)
    assert len(server.counted) >= possible * (0.2 if strict else 0.75)
    if limit >= 120 and per >= 60:
        assert server.share_used(per, limit) >= (0.95 if strict else 0.97)


@pytest.mark.parametrize("kind", BY_WINDOW)
def test_four_processes_share_a_key(kind: str) -> None:
    """Four limiters with a quarter each stay inside together and use what there is."""
    server = Server(BY_WINDOW[kind](120, 60.0), jitter(random.Random(6)))

    async def work() -> list[LimiterState]:
        limiters = [Limiter(RateLimit(share=Fraction(1, 4))) for _ in range(4)]
        await asyncio.gather(*(load(limiter, server, uploads=400, polls=75) for limiter in limiters))
        states = [limiter.state for limiter in limiters]
        for limiter in limiters:
            await limiter.aclose()
        return states

    states = run_virtual(work())
    assert server.refused == []
    assert server.share_used() >= 0.95
    assert {state.foreign for state in states} == {0}
    assert not any(state.strict for state in states)


@pytest.mark.parametrize("kind", BY_WINDOW)
@pytest.mark.parametrize("dies_at", [3.0, 31.0, 58.0, 75.0])
def test_a_restart_finds_what_the_dead_process_used(kind: str, dies_at: float) -> None:
    """Killed with requests on their way and started again at once: no 429 but perhaps the first request's."""
    server = Server(BY_WINDOW[kind](120, 60.0), jitter(random.Random(7)))

    async def work() -> LimiterState:
        await load(Limiter(), server, seconds=dies_at)
        assert server.refused == []
        limiter = Limiter()
        await load(limiter, server, seconds=200.0)
        state = limiter.state
        await limiter.aclose()
        return state

    state = run_virtual(work())
    assert len(server.refused) <= 1
    assert not state.strict


def test_cancel_storms_lose_no_slot() -> None:
    """Callers who give up while they wait cost nothing: the quota is still used, and nothing is left queued."""
    server = Server(FixedWindow(), jitter(random.Random(8)))
    rng = random.Random(9)

    async def work() -> LimiterState:
        limiter = Limiter()

        async def storm() -> None:
            for _ in range(60):
                impatient = [asyncio.create_task(call(limiter, server, rng.choice(list(Lane)))) for _ in range(50)]
                await asyncio.sleep(rng.random() * 0.05)
                for task in impatient:
                    task.cancel()
                await asyncio.gather(*impatient, return_exceptions=True)
                await asyncio.sleep(rng.random() * 5)

        storms = asyncio.create_task(storm())
        await load(limiter, server, seconds=300.0)
        await storms
        state = limiter.state
        await limiter.aclose()
        return state

    state = run_virtual(work())
    assert server.refused == []
    assert server.share_used() >= 0.95
    assert sum(state.queued.values()) == 0


def test_requests_that_are_given_up_are_counted_all_the_same() -> None:
    """Time-outs whose requests still arrive, seconds later, bring no 429."""
    server = Server(FixedWindow(), jitter(random.Random(10), 0.05, 4.0))

    async def impatient(limiter: Limiter) -> None:
        try:
            async with asyncio.timeout(1.0):
                permit = await limiter.acquire(Lane.UPLOAD)
        except TimeoutError:
            return
        try:
            async with asyncio.timeout(1.0):
                answer = await server.request()
        except TimeoutError:
            permit.unknown()
        else:
            permit.answered(limit=answer.limit, remaining=answer.remaining, refused=answer.refused)

    async def work() -> None:
        limiter = Limiter()
        for _ in range(1500):
            task = asyncio.create_task(impatient(limiter))
            await asyncio.sleep(0.2)
            del task
        await asyncio.sleep(3)
        await limiter.aclose()

    run_virtual(work())
    assert server.refused == []
    assert len(server.counted) > 400


@pytest.mark.parametrize("strict", [False, True])
def test_a_stall_lets_nothing_burst(strict: bool) -> None:
    """When the loop is held, or the machine sleeps, what was missed is not made up for."""
    server = Server(Anything(), jitter(random.Random(11)))

    async def work() -> None:
        limiter = Limiter(RateLimit(strict=strict))

        async def trouble() -> None:
            for seconds in (5.0, 61.0, 30.0, 3.0, 600.0, 59.0, 1.0):
                await asyncio.sleep(21.0)
                virtual_loop().jump(seconds)

        stalls = asyncio.create_task(trouble())
        await load(limiter, server, seconds=1200.0)
        await stalls
        await limiter.aclose()

    run_virtual(work())
    for kind, make in (ALL_KINDS if strict else BY_WINDOW).items():
        assert first_refused(make(120, 60.0), server.counted) is None, kind


RATES = st.sampled_from([(120, 60.0), (120, 6.0), (10, 1.0), (3, 60.0), (1, 1.0), (40, 20.0)])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rate=RATES,
    strict=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
    slowest=st.sampled_from([0.0, 0.1, 1.0, 4.0]),
    gives_up=st.sampled_from([0.0, 0.1, 0.5]),
    stalls=st.booleans(),
    offset=st.floats(0, 60),
    drift=st.sampled_from([-1e-4, 0.0, 1e-4]),
)
def test_whatever_happens_no_window_holds_more(
    rate: tuple[int, float],
    strict: bool,
    seed: int,
    slowest: float,
    gives_up: float,
    stalls: bool,
    offset: float,
    drift: float,
) -> None:
    """Any rate, network, cancellation and stall: every promised way of counting would have admitted all of it."""
    limit, per = rate
    rng = random.Random(seed)
    server = Server(Anything(), jitter(rng, 0.0, slowest) if rng.random() < 0.7 else bunching(rng, slowest + 0.1))

    async def one(limiter: Limiter, lane: Lane) -> None:
        permit = await limiter.acquire(lane)
        if rng.random() < gives_up / 2:
            permit.unsent()
            return
        if rng.random() < gives_up / 4:
            asyncio.get_running_loop().create_task(server.request()).add_done_callback(lambda _: None)
            await asyncio.sleep(0)
            return  # the permit is thrown away
        try:
            async with asyncio.timeout(rng.random() * slowest if rng.random() < gives_up else None):
                await server.request()
        except BaseException:
            permit.unknown()
            raise
        permit.answered(limit=None, remaining=None)

    async def work() -> None:
        limiter = Limiter(RateLimit(limit, per=per, strict=strict))
        tasks: list[asyncio.Task[None]] = []
        end = asyncio.get_running_loop().time() + per * 4
        while asyncio.get_running_loop().time() < end:
            tasks += [asyncio.create_task(one(limiter, rng.choice(list(Lane)))) for _ in range(rng.randint(0, limit))]
            await asyncio.sleep(rng.random() * per / 4)
            for task in tasks:
                if rng.random() < gives_up / 10:
                    task.cancel()
            if stalls and rng.random() < 0.2:
                virtual_loop().jump(rng.random() * per * 1.5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await limiter.aclose()
        await asyncio.sleep(slowest + 1)

    run_virtual(work())
    kinds = dict(ALL_KINDS if strict else BY_WINDOW)
    if limit < 120:
        kinds.pop("nginx, burst of a twelfth", None)
    for kind, make in kinds.items():
        assert first_refused(make(limit, per), server.counted, offset=offset, drift=drift) is None, kind


def test_the_virtual_clock_moves_on_every_step() -> None:
    """Ten minutes pass in a moment, and time never stands still (aiolimiter would spin)."""
    loop = VirtualLoop()
    try:
        before = loop.time()
        loop.run_until_complete(asyncio.sleep(600))
        assert 600 <= loop.time() - before < 600.1
        before = loop.time()
        loop.run_until_complete(asyncio.sleep(0))
        assert loop.time() - before >= 1e-6
    finally:
        loop.close()
