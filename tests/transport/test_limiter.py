"""What a caller of the limiter sees: order, cancellation, gates, probes, errors, and a state that tells the truth."""

from __future__ import annotations

import asyncio
import gc
import math
from collections.abc import Callable, Coroutine
from fractions import Fraction
from functools import wraps
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from transport.limits import run_virtual, virtual_loop

from cvsense_async.errors import ConfigurationError, SessionClosed
from cvsense_async.transport.limiter import Lane, Limiter, Permit, RateLimit


def virtual(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test on the virtual clock."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        run_virtual(test(*args, **kwargs))

    return run


def fine(permit: Permit, used: int = 1, limit: int = 120) -> None:
    permit.answered(limit=limit, remaining=limit - used)


def now() -> float:
    return asyncio.get_running_loop().time()


async def opened(rate: RateLimit | None = None) -> Limiter:
    """A limiter whose first request has been answered (by a server that says nothing of its count)."""
    limiter = Limiter(rate)
    (await limiter.acquire(Lane.INTERACTIVE)).answered(limit=None, remaining=None)
    return limiter


async def fill(limiter: Limiter) -> list[Permit]:
    """Take every slot."""
    return [await limiter.acquire(Lane.UPLOAD) for _ in range(limiter.state.free)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0},
        {"limit": 1.5},
        {"limit": True},
        {"per": 0},
        {"per": -1.0},
        {"per": math.inf},
        {"per": math.nan},
        {"share": 0},
        {"share": 1.01},
        {"share": math.nan},
        {"limit": 3, "share": 0.25},
    ],
)
def test_a_rate_that_cannot_work_is_refused(wrong: dict[str, Any]) -> None:
    """A wrong rate is a ConfigurationError, which is a ValueError, before anything runs."""
    with pytest.raises(ConfigurationError) as caught:
        RateLimit(**wrong)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("share", "slots"), [(1, 120), (0.25, 30), (1 / 3, 40), (Fraction(1, 3), 40), (0.1, 12), (Fraction(1, 7), 17)]
)
def test_shares_are_exact(share: float | Fraction, slots: int) -> None:
    """A third of 120 is 40, whether written as a fraction or as a float; parts of a request are left to others."""
    assert RateLimit(share=share).slots == slots


@virtual
async def test_the_first_request_goes_alone() -> None:
    """Nobody else goes before the first one's headers are here; then the slots are what they left."""
    limiter = Limiter()
    first = await limiter.acquire(Lane.POLL)
    second = asyncio.create_task(limiter.acquire(Lane.INTERACTIVE))
    await asyncio.sleep(20)
    assert not second.done()
    first.answered(limit=120, remaining=70)  # 49 were used by somebody before us
    assert (await second).waited == pytest.approx(20, abs=0.01)
    assert limiter.state.free == 120 - 50 - 4 - 1  # four more may still be on their way
    assert limiter.state.foreign == 0
    await limiter.aclose()


@virtual
async def test_a_first_answer_without_headers_opens_all() -> None:
    """Where nothing is known the limiter goes on as if the quota were whole."""
    limiter = await opened()
    assert limiter.state.free == 119
    await limiter.aclose()


@virtual
async def test_a_first_request_that_fails_hands_its_turn_on() -> None:
    """Refused connection or time-out of the first: the next one goes alone in its place."""
    limiter = Limiter()
    (await limiter.acquire(Lane.POLL)).unsent()
    (await limiter.acquire(Lane.POLL)).unknown()
    third = await limiter.acquire(Lane.POLL)
    waiting = asyncio.create_task(limiter.acquire(Lane.POLL))
    await asyncio.sleep(5)
    assert not waiting.done()
    fine(third)
    await waiting
    await limiter.aclose()


@virtual
async def test_a_first_request_that_hangs_holds_the_others_one_period() -> None:
    """After a whole period nothing of what was used before can count any more, so the others go."""
    limiter = Limiter()
    hanging = await limiter.acquire(Lane.UPLOAD)
    waits = [await limiter.acquire(Lane.POLL) for _ in range(3)]
    assert 60 < waits[0].waited < 61
    fine(hanging)
    await limiter.aclose()


@virtual
async def test_a_429_on_the_first_request_is_somebody_elses() -> None:
    """The first request met a full window: wait for the gate, go alone again, and do not turn strict."""
    limiter = Limiter()
    first = await limiter.acquire(Lane.POLL)
    first.answered(limit=120, remaining=0, refused=True)
    limiter.refused(retry_after=30)
    assert limiter.state.paused_for == pytest.approx(31)
    second = await limiter.acquire(Lane.INTERACTIVE)
    assert second.waited == pytest.approx(31, abs=0.01)
    third = asyncio.create_task(limiter.acquire(Lane.INTERACTIVE))
    await asyncio.sleep(3)
    assert not third.done()
    fine(second)
    await third
    assert limiter.state.refused == 1
    assert not limiter.state.strict
    await limiter.aclose()


@virtual
async def test_slots_come_back_a_period_after_the_headers() -> None:
    """A slot is taken when a request goes and free again one period and a margin after its answer."""
    limiter = await opened(RateLimit(3, per=60))
    await asyncio.sleep(61)
    permits = [await limiter.acquire(Lane.INTERACTIVE) for _ in range(3)]
    assert limiter.state.free == 0
    assert limiter.state.in_flight == 3
    await asyncio.sleep(7)
    for permit in permits:
        fine(permit, used=3, limit=3)
    start = now()
    await limiter.acquire(Lane.INTERACTIVE)
    assert now() - start == pytest.approx(60.25, abs=0.01)
    await limiter.aclose()


@virtual
async def test_unsent_is_free_at_once_and_unknown_is_late() -> None:
    """Nothing sent: free now. Nobody knows: a grace and a period later. The first ending counts."""
    limiter = await opened(RateLimit(10, per=60))
    free = limiter.state.free
    permit = await limiter.acquire(Lane.INTERACTIVE)
    assert limiter.state.free == free - 1
    permit.unsent()
    permit.unknown()
    fine(permit)
    assert limiter.state.free == free
    (await limiter.acquire(Lane.INTERACTIVE)).unknown(grace=10)
    await asyncio.sleep(70.2)
    assert limiter.state.free == 9
    await asyncio.sleep(0.1)
    assert limiter.state.free == 10
    await limiter.aclose()


@virtual
async def test_a_permit_that_is_forgotten_counts_as_unknown() -> None:
    """A caller who throws the permit away leaks no slot and wakes those who wait."""
    limiter = Limiter()
    waiting = asyncio.create_task(limiter.acquire(Lane.POLL))
    await asyncio.sleep(0)
    assert waiting.done()
    del waiting
    gc.collect()
    second = await limiter.acquire(Lane.POLL)
    assert second.waited < 1
    assert limiter.state.in_flight == 1
    await limiter.aclose()
    second.unsent()


@virtual
async def test_first_in_first_out_within_a_lane() -> None:
    """Nobody overtakes within a lane, not even a newcomer after the loop was held."""
    limiter = await opened()
    order: list[int] = []

    async def caller(number: int) -> None:
        fine(await limiter.acquire(Lane.UPLOAD))
        order.append(number)

    tasks = [asyncio.create_task(caller(number)) for number in range(40)]
    await asyncio.sleep(6)
    virtual_loop().jump(30)
    tasks.append(asyncio.create_task(caller(40)))
    await asyncio.gather(*tasks)
    assert order == list(range(41))
    await limiter.aclose()


@virtual
async def test_bulk_gets_a_quarter_and_no_lane_starves() -> None:
    """Every lane waits at all times: bulk gets a quarter of the grants, and each lane some."""
    limiter = await opened(RateLimit(12000, per=60, strict=True))
    granted: list[Lane] = []

    async def caller(lane: Lane) -> None:
        while True:
            (await limiter.acquire(lane)).answered(limit=None, remaining=None)
            granted.append(lane)

    tasks = [asyncio.create_task(caller(lane)) for lane in Lane for _ in range(300)]
    await asyncio.sleep(2)
    granted.clear()  # at first some had nobody beside them
    await asyncio.sleep(20)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    part = {lane: granted.count(lane) / len(granted) for lane in Lane}
    assert part[Lane.UPLOAD] + part[Lane.CREATE] >= 0.249
    assert part[Lane.INTERACTIVE] > 0.5
    assert min(part.values()) > 0.05
    await limiter.aclose()


@virtual
async def test_a_person_skips_the_pace_while_half_is_free() -> None:
    """Twenty people at once do not queue behind the pace; when half is used they do, and in strict mode always."""
    limiter = await opened()
    people = [await limiter.acquire(Lane.INTERACTIVE) for _ in range(58)]
    assert sum(person.waited for person in people) < 0.1
    late = [await limiter.acquire(Lane.INTERACTIVE) for _ in range(10)]
    assert late[-1].waited > 0.4
    await limiter.aclose()
    strict = await opened(RateLimit(strict=True))
    start = now()
    for _ in range(20):
        (await strict.acquire(Lane.INTERACTIVE)).answered(limit=None, remaining=None)
    assert now() - start > 6
    await strict.aclose()


@virtual
async def test_those_who_come_later_pay_for_a_skipped_pace() -> None:
    """Fifty people at once and a bulk run use up the slots when the first come back, not long before."""
    limiter = await opened()
    for _ in range(50):
        (await limiter.acquire(Lane.INTERACTIVE)).answered(limit=None, remaining=None)
    start = now()
    waits: list[float] = []
    while now() < start + 70:
        permit = await limiter.acquire(Lane.UPLOAD)
        permit.answered(limit=None, remaining=None)
        waits.append(permit.waited)
    assert max(waits) < 2.5
    assert len(waits) > 75
    await limiter.aclose()


@virtual
async def test_a_pause_stops_everybody_and_then_one_goes_first() -> None:
    """503 with Retry-After closes the same gate for all, people too."""
    limiter = await opened()
    limiter.pause(12)
    assert limiter.state.paused_for == 12
    limiter.pause(3)
    waiting = [asyncio.create_task(limiter.acquire(lane)) for lane in Lane]
    await asyncio.sleep(11.9)
    assert not any(task.done() for task in waiting)
    await asyncio.sleep(0.2)
    done = [task for task in waiting if task.done()]
    assert done == [waiting[Lane.INTERACTIVE]]
    fine(done[0].result())
    await asyncio.gather(*waiting)
    await limiter.aclose()


@virtual
async def test_refusals_without_a_time_wait_longer_each() -> None:
    """No Retry-After: 5 s, 10 s … up to a period (and the second that is always added); an answer resets it."""
    limiter = await opened()
    waited: list[float] = []
    for _ in range(6):
        permit = await limiter.acquire(Lane.POLL)
        waited.append(permit.waited)
        permit.answered(limit=None, remaining=None, refused=True)
        limiter.refused(retry_after=None)
    assert waited[1:] == pytest.approx([6, 11, 21, 41, 61], abs=0.6)
    await limiter.aclose()


@virtual
async def test_refusals_of_what_was_sent_together_count_once() -> None:
    """Five requests on their way meet the same wall: the gate is that of one refusal."""
    limiter = await opened()
    permits = [await limiter.acquire(Lane.INTERACTIVE) for _ in range(5)]
    for permit in permits:
        permit.answered(limit=None, remaining=None, refused=True)
        limiter.refused(retry_after=None)
    assert limiter.state.paused_for == pytest.approx(6)
    assert limiter.state.refused == 5
    await limiter.aclose()


@virtual
async def test_a_gate_may_close_before_the_first_request() -> None:
    """A pause that is asked for before anything was sent holds, too; whole seconds or not, nonsense is ignored."""
    limiter = Limiter()
    limiter.pause(math.nan)
    limiter.pause(-5)
    limiter.pause(2.5)
    assert (await limiter.acquire(Lane.POLL)).waited == pytest.approx(2.5, abs=0.01)
    await limiter.aclose()


@virtual
async def test_an_unexplained_429_turns_strict_on() -> None:
    """A 429 that nobody else's traffic explains: the limiter is strict from then on, and says so."""
    limiter = await opened()
    permit = await limiter.acquire(Lane.POLL)
    permit.answered(limit=120, remaining=118, refused=True)
    limiter.refused(retry_after=1)
    assert limiter.state.strict
    assert limiter.state.foreign == 0
    await limiter.aclose()


@virtual
async def test_a_429_that_somebody_else_explains_does_not() -> None:
    """The server says the quota is gone, we used three: somebody else did, and slots are kept for them."""
    limiter = await opened()
    for used in (2, 3):
        fine(await limiter.acquire(Lane.POLL), used=used)
    permit = await limiter.acquire(Lane.POLL)
    permit.answered(limit=120, remaining=0, refused=True)
    limiter.refused(retry_after=1)
    state = limiter.state
    assert not state.strict
    assert state.foreign == 120 - 4
    assert state.free == 0
    await asyncio.sleep(62)
    assert limiter.state.foreign == 0
    await limiter.aclose()


@virtual
async def test_a_lower_limit_of_the_server_counts_and_a_higher_one_does_not() -> None:
    """The server's own limit lowers ours, which rises again with it, never above what was configured."""
    limiter = await opened()
    for said, ours in ((30, 30), (60, 60), (500, 120), (None, 120), (0, 120), (-5, 120)):
        (await limiter.acquire(Lane.INTERACTIVE)).answered(limit=said, remaining=said)
        assert limiter.state.limit == ours
    await limiter.aclose()
    quarter = await opened(RateLimit(share=0.25))
    (await quarter.acquire(Lane.INTERACTIVE)).answered(limit=2, remaining=1)
    assert quarter.state.limit == 1
    await quarter.aclose()


@virtual
async def test_waiting_can_be_cancelled_at_any_await() -> None:
    """Cancelled while queued, or in the very moment of its grant: no slot is lost, and the next one goes."""
    limiter = await opened(RateLimit(10, per=60))
    permits = await fill(limiter)
    waiting = [asyncio.create_task(limiter.acquire(Lane.POLL)) for _ in range(4)]
    await asyncio.sleep(1)
    waiting[0].cancel()
    permits[0].unsent()
    while limiter.state.in_flight < 9:  # noqa: ASYNC110 - the very step of the grant is wanted
        await asyncio.sleep(0)
    assert not waiting[1].done()  # granted, but its task has not run yet
    waiting[1].cancel()
    await asyncio.sleep(0.1)
    assert waiting[1].cancelled()
    assert waiting[2].done()
    assert limiter.state.queued[Lane.POLL] == 1
    assert limiter.state.in_flight == 9
    waiting[3].cancel()
    await asyncio.sleep(0)
    assert limiter.state.queued[Lane.POLL] == 0
    await limiter.aclose()


@virtual
async def test_cancel_scopes_of_anyio_work() -> None:
    """Waiting inside an anyio task group and a cancel scope ends with the scope and spoils nothing for others."""
    limiter = await opened(RateLimit(2, per=60))
    await fill(limiter)
    reached: list[str] = []

    async def short() -> None:
        with anyio.move_on_after(5):
            await limiter.acquire(Lane.POLL)
        reached.append("short")

    async def patient() -> None:
        (await limiter.acquire(Lane.POLL)).unsent()
        reached.append("patient")

    async with anyio.create_task_group() as group:
        group.start_soon(short)
        await anyio.lowlevel.checkpoint()
        group.start_soon(patient)
    assert reached == ["short", "patient"]
    assert limiter.state.queued[Lane.POLL] == 0
    await limiter.aclose()


@virtual
async def test_closing_ends_every_wait_and_leaves_no_task() -> None:
    """Who waits and who comes gets a clear error; permits that are out can still be ended."""
    limiter = await opened(RateLimit(2, per=60))
    permits = await fill(limiter)
    waiting = [asyncio.create_task(limiter.acquire(Lane.POLL)) for _ in range(3)]
    await asyncio.sleep(1)
    await limiter.aclose()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(error, SessionClosed) for error in ended)
    with pytest.raises(SessionClosed):
        await limiter.acquire(Lane.POLL)
    permits[0].answered(limit=2, remaining=0)
    await limiter.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@virtual
async def test_no_task_lives_when_nobody_waits() -> None:
    """The task that hands out turns exists only while somebody waits."""
    limiter = await opened()
    for _ in range(12):
        fine(await limiter.acquire(Lane.POLL))
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    permits = await fill(limiter)
    waiting = asyncio.create_task(limiter.acquire(Lane.POLL))
    await asyncio.sleep(1)
    waiting.cancel()
    await asyncio.sleep(0.1)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    del permits
    await limiter.aclose()


@pytest.mark.parametrize("way", ["cancelled", "broken"])
def test_whoever_kills_the_task_nobody_hangs(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the task that hands out turns is cancelled or fails, those who wait get an error, and later ones go."""

    def broken(_: object, now: float) -> float:
        return now / 0

    async def work() -> None:
        limiter = await opened(RateLimit(2, per=60))
        permits = await fill(limiter)
        waiting = asyncio.create_task(limiter.acquire(Lane.POLL))
        await asyncio.sleep(1)
        if way == "cancelled":
            (task,) = (task for task in asyncio.all_tasks() if task.get_name() == "cvsense limiter")
            task.cancel()
        else:
            with monkeypatch.context() as patch:
                patch.setattr("cvsense_async.transport.desk.Desk.ready_at", broken)
                permits[0].unsent()
                await asyncio.sleep(0.1)
        with pytest.raises(SessionClosed) as caught:
            await waiting
        assert isinstance(caught.value.__cause__, ZeroDivisionError) == (way == "broken")
        permits[0].unsent()
        await limiter.acquire(Lane.POLL)
        await limiter.aclose()

    run_virtual(work())


def test_another_event_loop_is_a_clear_error() -> None:
    """A limiter belongs to the loop of its first caller."""
    limiter = Limiter()

    async def use() -> None:
        fine(await limiter.acquire(Lane.POLL))

    run_virtual(use())
    with pytest.raises(SessionClosed, match="another event loop"):
        run_virtual(use())
    run_virtual(limiter.aclose())


def test_permits_may_outlive_the_loop() -> None:
    """A permit that is thrown away after its loop was closed does no harm."""
    kept: list[Permit] = []

    async def use(limiter: Limiter) -> None:
        kept.append(await limiter.acquire(Lane.POLL))

    limiter = Limiter()
    run_virtual(use(limiter))
    kept.clear()
    gc.collect()
    assert limiter.state.granted == 1


@virtual
async def test_the_state_tells_the_truth() -> None:
    """Granted, waited, queued and in flight are what happened; its repr names nothing but numbers."""
    limiter = await opened(RateLimit(4, per=4))
    permits = await fill(limiter)
    waiting = [asyncio.create_task(limiter.acquire(lane)) for lane in (Lane.POLL, Lane.POLL, Lane.CREATE)]
    await asyncio.sleep(0.01)
    state = limiter.state
    assert (state.granted, state.in_flight, state.free, state.limit) == (4, 3, 0, 4)
    assert state.queued == {**dict.fromkeys(Lane, 0), Lane.POLL: 2, Lane.CREATE: 1}
    waited = state.waited
    for permit in permits:
        permit.answered(limit=None, remaining=None)
    done = await asyncio.gather(*waiting)
    assert limiter.state.waited == pytest.approx(waited + sum(permit.waited for permit in done))
    assert limiter.state.waited > 6
    await limiter.aclose()


def test_a_turn_costs_little() -> None:
    """Ten thousand callers wait and are served for well under a millisecond each, on any machine that runs tests."""
    import time

    async def work() -> float:
        limiter = await opened(RateLimit(20000, per=0.001))

        async def caller() -> None:
            (await limiter.acquire(Lane.UPLOAD)).answered(limit=None, remaining=None)

        start = time.process_time()
        await asyncio.gather(*(caller() for _ in range(10_000)))
        spent = time.process_time() - start
        await limiter.aclose()
        return spent

    assert asyncio.run(work()) < 5
